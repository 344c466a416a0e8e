//! Takes what a handler needs out of a request, with a cap and a timeout on everything.

use bytes::Buf;
use futures_util::{Stream, StreamExt};
use http::{Version, header, request::Parts, uri::Authority};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::context::RequestContext;
use crate::{admission::Presented, model::ProblemCode, verify::Freshness};

/// Whether the request names exactly one host, and a possible one (RFC 9112, section 3.2). HTTP/1.0 needs none.
pub(super) fn has_valid_host(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    let authority = head.uri.authority();
    match (host, another, authority) {
        // HTTP/2 names the host in the target.
        (None, None, Some(authority)) => head.version != Version::HTTP_11 && is_host(authority.as_str()),
        (None, None, None) => head.version == Version::HTTP_10,
        (Some(host), None, authority) => {
            // A target with another host than the header could be read in two ways.
            host.to_str().is_ok_and(|host| {
                is_host(host) && authority.is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host))
            })
        }
        _ => false,
    }
}

fn is_host(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else { return false };
    let port = authority.as_str().rsplit_once(':').map(|(_, port)| port).filter(|_| !text.ends_with(']'));
    !authority.host().is_empty()
        && !text.contains(['@', ',', ' '])
        && port.is_none_or(|port| port.is_empty() || port.parse::<u16>().is_ok())
}

/// Returns what the caller presents to be admitted.
pub(super) fn presented(context: &RequestContext) -> Presented<'_> {
    Presented { bearer: bearer(context), origin: context.header(&header::ORIGIN), host: context.host() }
}

fn bearer(context: &RequestContext) -> Option<&str> {
    let value = context.header(&header::AUTHORIZATION)?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Tells whether the body says that it is JSON.
pub(super) fn is_json(context: &RequestContext) -> bool {
    has_type(context, &["application/json"])
}

/// Reports whether the body says that it is of one of these types.
pub(super) fn has_type(context: &RequestContext, types: &[&str]) -> bool {
    context
        .header(&header::CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| types.iter().any(|kind| essence.trim().eq_ignore_ascii_case(kind)))
}

/// Returns how old an answer may be, from `Cache-Control` (RFC 9111, section 5.2.1).
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

/// Reads a body of at most `most` bytes until a moment. What was read is wiped after use: there is a passcode in it.
pub(super) async fn body<S, B, E>(
    context: &RequestContext,
    stream: S,
    most: usize,
    until: Instant,
) -> Result<Zeroizing<Vec<u8>>, ProblemCode>
where
    S: Stream<Item = Result<B, E>>,
    B: Buf,
{
    let announced = context.header(&header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most as u64) {
        return Err(ProblemCode::PayloadTooLarge);
    }
    // Room for all of it from the start, so that no half of a secret is left behind by growing.
    let room = announced.map_or(most, |length| usize::try_from(length).unwrap_or(most));
    let mut body = Zeroizing::new(Vec::with_capacity(room));
    let mut stream = std::pin::pin!(stream);
    loop {
        match timeout_at(until, stream.next()).await {
            Err(_) => return Err(ProblemCode::RequestTimeout),
            Ok(None) => return Ok(body),
            Ok(Some(Err(_))) => return Err(ProblemCode::BadRequest),
            Ok(Some(Ok(mut chunk))) => {
                if body.len() + chunk.remaining() > most {
                    return Err(ProblemCode::PayloadTooLarge);
                }
                while chunk.has_remaining() {
                    let part = chunk.chunk();
                    body.extend_from_slice(part);
                    let length = part.len();
                    chunk.advance(length);
                }
            }
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
