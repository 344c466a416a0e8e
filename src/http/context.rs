//! What is known of a request before its body is read.

use std::{
    net::IpAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use tokio::time::Instant;
use uuid::Builder;

use super::{REQUEST_ID, Response};
use crate::{
    admission::Admission,
    guidance::Language,
    observe::{Observe, RemoteTrace, Span},
    server::Peer,
    verify::Moment,
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A request without its body. It has no `Debug` implementation, because its headers contain the caller's key.
pub(super) struct RequestContext {
    pub(super) head: Parts,
    pub(super) request_id: RequestId,
    /// The caller's address, as reported by trusted proxies.
    pub(super) address: IpAddr,
    /// The language from the headers and the query; a body may specify another.
    pub(super) language: Language,
    /// The span of the whole request.
    pub(super) span: Span,
    pub(super) started: Instant,
    pub(super) started_at: SystemTime,
}

/// The id of a request: the caller's if it is valid, otherwise generated.
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    fn new(sent: Option<&HeaderValue>, now: SystemTime) -> Self {
        match sent.filter(|value| value.to_str().is_ok_and(is_request_id)) {
            Some(value) => Self(value.clone()),
            None => Self::generate(now),
        }
    }

    /// Generates a UUID (version 7). It is an identifier without security relevance, so the random part needs no system
    /// call.
    fn generate(now: SystemTime) -> Self {
        let millis = now.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64);
        let mut random = [0; 10];
        fastrand::fill(&mut random);
        let mut text = [0; 32];
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid().simple().encode_lower(&mut text);
        // Hexadecimal digits are always a valid header value.
        Self(HeaderValue::from_maybe_shared(Bytes::from_owner(text)).unwrap_or(HeaderValue::from_static("none")))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl RequestContext {
    pub(super) fn new(head: Parts, peer: Peer, admission: &Admission, observe: &Observe) -> Self {
        let now = Instant::now();
        let started = peer.received.unwrap_or(now);
        let started_at = SystemTime::now() - now.duration_since(started);
        let headers = &head.headers;
        // Repeated headers are ignored (W3C Trace Context, section 3.2).
        let trace = RemoteTrace { traceparent: only(headers, TRACEPARENT), tracestate: only(headers, TRACESTATE) };
        let span = observe.request_span(trace);
        let wish = head.uri.query().and_then(|query| {
            url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang").map(|(_, value)| value)
        });
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = Language::choose(wish.as_deref(), accepted);
        let address = if admission.trusts(&peer.address) {
            let forwarded: Vec<&str> = headers
                .get_all("x-forwarded-for")
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .collect();
            admission.caller_address(peer.address, forwarded.into_iter())
        } else {
            peer.address
        };
        let request_id = RequestId::new(headers.get(REQUEST_ID), started_at);
        Self { head, request_id, address, language, span, started, started_at }
    }

    /// Returns the current time, from one reading of the clock.
    pub(super) fn now(&self) -> Moment {
        let instant = Instant::now();
        Moment { instant, wall: self.started_at + instant.duration_since(self.started) }
    }

    pub(super) fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// Returns the value of a header that occurs once and is text.
    pub(super) fn header(&self, name: &header::HeaderName) -> Option<&str> {
        only(&self.head.headers, name)
    }

    /// Returns the body, or a 304 if the caller already has it (RFC 9110, section 13.1.2).
    pub(super) fn unless_known(&self, etag: &HeaderValue, body: Bytes) -> Response {
        let is_known = self.head.headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
            let mut candidates = value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
            candidates.any(|candidate| candidate == b"*" || candidate.strip_prefix(b"W/").unwrap_or(candidate) == etag)
        });
        let mut response = Response::new(if is_known { Bytes::new().into() } else { body.into() });
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        response.headers_mut().insert(header::ETAG, etag.clone());
        response
    }

    /// Returns the language that a body specifies, or else that of the request.
    pub(super) fn language_for(&self, wish: Option<&str>) -> Language {
        match wish {
            Some(wish) => Language::choose(Some(wish), Some(self.language.tag())),
            None => self.language,
        }
    }
}

/// Returns the value of a header that occurs once and is text.
pub(super) fn only(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// Returns whether a caller's id is valid: 1 to 128 characters of `A-Z a-z 0-9 - _ . :`.
fn is_request_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_fit_ids_alone() {
        for id in ["a", "A-b_c.d:9", &"x".repeat(128)] {
            assert!(is_request_id(id), "{id}");
        }
        for id in ["", "a b", "a\"", "é", "a/b", &"x".repeat(129)] {
            assert!(!is_request_id(id), "{id}");
        }
    }
}
