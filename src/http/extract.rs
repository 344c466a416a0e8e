//! Extracts what a handler needs from a request, with a size and time limit on everything.

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::{Version, header, request::Parts, uri::Authority};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::{
    content::BodyStream,
    context::{RequestContext, only},
};
use crate::{admission::Presented, model::ProblemCode, verify::Freshness};

/// Returns whether the request names exactly one valid host (RFC 9112, section 3.2). HTTP/1.0 does not require one.
pub(super) fn has_valid_host(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    let authority = head.uri.authority();
    match (host, another, authority) {
        // In HTTP/2, the request target contains the host.
        (None, None, Some(authority)) => head.version != Version::HTTP_11 && is_host(authority.as_str()),
        (None, None, None) => head.version == Version::HTTP_10,
        (Some(host), None, authority) => {
            // Different hosts in target and header would be ambiguous.
            host.to_str().is_ok_and(|host| {
                is_host(host) && authority.is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host))
            })
        }
        _ => false,
    }
}

fn is_host(text: &str) -> bool {
    // A name or an IPv4 address without a port needs no parser.
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')) {
        return true;
    }
    let Ok(authority) = text.parse::<Authority>() else { return false };
    let port = authority.as_str().rsplit_once(':').map(|(_, port)| port).filter(|_| !text.ends_with(']'));
    !authority.host().is_empty()
        && !text.contains(['@', ',', ' '])
        && port.is_none_or(|port| port.is_empty() || port.parse::<u16>().is_ok())
}

/// Returns the credentials that the caller presents for admission.
pub(super) fn presented(head: &Parts) -> Presented<'_> {
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| head.uri.authority().map(|authority| authority.as_str()));
    Presented { bearer: bearer(head), origin: only(&head.headers, header::ORIGIN), host }
}

fn bearer(head: &Parts) -> Option<&str> {
    let value = only(&head.headers, header::AUTHORIZATION)?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Returns whether the content type is JSON.
pub(super) fn is_json(head: &Parts) -> bool {
    has_type(head, &["application/json"])
}

/// Returns whether the content type is one of these.
pub(super) fn has_type(head: &Parts, types: &[&str]) -> bool {
    only(&head.headers, header::CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| types.iter().any(|kind| essence.trim().eq_ignore_ascii_case(kind)))
}

/// Returns the maximum age of the answer, from `Cache-Control` (RFC 9111, section 5.2.1).
pub(super) fn freshness(context: &RequestContext) -> Freshness {
    let mut freshness = Freshness::Any;
    for value in context.head.headers.get_all(header::CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or_default().split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim().to_ascii_lowercase();
            if name == "no-cache" {
                return Freshness::New;
            }
            if name == "max-age"
                && let Ok(seconds) = argument.trim().trim_matches('"').parse::<u32>()
            {
                freshness = Freshness::YoungerThan(std::time::Duration::from_secs(seconds.into()));
            }
        }
    }
    freshness
}

/// A request's body, complete in memory.
pub(super) enum WholeBody {
    /// As received: most bodies arrive in one piece.
    Received(Bytes),
    /// Copied from several pieces, and wiped after use because it contains a passcode.
    Joined(Zeroizing<Vec<u8>>),
}

impl std::ops::Deref for WholeBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Received(bytes) => bytes,
            Self::Joined(bytes) => bytes,
        }
    }
}

/// Returns the length of the body, as far as the head announces it.
pub(super) fn announced_length(head: &Parts) -> Option<u64> {
    only(&head.headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// Reads a body of at most `most` bytes before a deadline.
pub(super) async fn body(
    context: &RequestContext,
    mut stream: BodyStream,
    most: usize,
    until: Instant,
) -> Result<WholeBody, ProblemCode> {
    let announced = announced_length(&context.head);
    if announced.is_some_and(|length| length > most as u64) {
        return Err(ProblemCode::PayloadTooLarge);
    }
    // Allocated in full, so that growing leaves no copy of part of a secret in memory.
    let room = announced.map_or(most, |length| usize::try_from(length).unwrap_or(most));
    let mut body = WholeBody::Received(Bytes::new());
    loop {
        // Create a timer only for a body that has not arrived completely.
        let next = match stream.next().now_or_never() {
            Some(next) => next,
            None => Box::pin(timeout_at(until, stream.next())).await.map_err(|_| ProblemCode::RequestTimeout)?,
        };
        let chunk = match next {
            None => return Ok(body),
            Some(chunk) => chunk.map_err(|_| ProblemCode::BadRequest)?,
        };
        if body.len() + chunk.len() > most {
            return Err(ProblemCode::PayloadTooLarge);
        }
        match &mut body {
            WholeBody::Received(first) if first.is_empty() => body = WholeBody::Received(chunk),
            WholeBody::Received(first) => {
                let mut joined = Zeroizing::new(Vec::with_capacity(room.max(first.len() + chunk.len())));
                joined.extend_from_slice(first);
                joined.extend_from_slice(&chunk);
                body = WholeBody::Joined(joined);
            }
            WholeBody::Joined(joined) => joined.extend_from_slice(&chunk),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_valid(request: http::request::Builder) -> bool {
        has_valid_host(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn wants_exactly_one_possible_host() {
        let get = |uri: &str| http::Request::get(uri.to_owned());
        for host in ["example.com", "example.com:8080", "127.0.0.1", "[::1]:80", "[::1]", "EXAMPLE.com:"] {
            assert!(is_valid(get("/").header("host", host)), "{host}");
        }
        for host in
            ["", " ", "a b", "user@example.com", "a, b", "a,b", "example.com:99999", "example.com:x", "/", "a/b"]
        {
            assert!(!is_valid(get("/").header("host", host)), "{host}");
        }
        assert!(!is_valid(get("/")));
        assert!(!is_valid(get("/").header("host", "a").header("host", "a")));
        assert!(is_valid(get("http://a/").header("host", "a")));
        assert!(!is_valid(get("http://b/").header("host", "a")));
        assert!(!is_valid(get("http://b/")));
        assert!(is_valid(get("http://b/").version(Version::HTTP_2)));
        assert!(!is_valid(get("/").version(Version::HTTP_2)));
        let old = || get("/").version(Version::HTTP_10);
        assert!(is_valid(old()) && is_valid(old().header("host", "a")));
        assert!(is_valid(get("http://b/").version(Version::HTTP_10)));
        assert!(!is_valid(old().header("host", "a").header("host", "a")) && !is_valid(old().header("host", "a@b")));
    }
}
