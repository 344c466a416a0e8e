//! What is known of a request before anybody looks at its body.

use std::{net::IpAddr, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use tokio::time::Instant;
use uuid::Uuid;

use super::{REQUEST_ID, Response};
use crate::{
    admission::Admission,
    guidance::Language,
    observe::{Observe, RemoteTrace, Span},
    server::Peer,
};

/// A request without its body. It has no `Debug`: the caller's key is among its headers.
pub(super) struct RequestContext {
    /// The caller's own id, if it has a fit one, or ours.
    pub(super) request_id: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    /// The host that the request was sent to; read only where a browser sends an `Origin` to compare with.
    pub(super) host: Option<String>,
    /// The caller's address, behind the proxies that are trusted.
    pub(super) address: IpAddr,
    /// What the headers and the query ask for; a body may ask for another.
    pub(super) language: Language,
    /// The span of the whole request.
    pub(super) span: Span,
    pub(super) started: Instant,
    pub(super) started_at: SystemTime,
}

impl RequestContext {
    pub(super) fn new<B>(
        request: &Request<B>,
        headers: HeaderMap,
        peer: Peer,
        admission: &Admission,
        observe: &Observe,
    ) -> Self {
        let started = Instant::now();
        let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        // Two of them are none (W3C Trace Context, section 3.2).
        let traceparent = only(&headers, "traceparent");
        let span = observe.request_span(RemoteTrace { traceparent, tracestate: only(&headers, "tracestate") });
        let request_id = text(REQUEST_ID).filter(|id| is_request_id(id)).map(str::to_owned);
        let query = request.uri().query();
        let wish = query.and_then(|query| {
            url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang").map(|(_, value)| value)
        });
        let language = Language::choose(wish.as_deref(), text(header::ACCEPT_LANGUAGE));
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
        Self {
            request_id: request_id.unwrap_or_else(|| Uuid::now_v7().simple().to_string()),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            host: headers
                .get(header::HOST)
                .and_then(|host| host.to_str().ok())
                .or_else(|| request.uri().authority().map(|authority| authority.as_str()))
                .filter(|_| headers.contains_key(header::ORIGIN))
                .map(str::to_owned),
            address,
            language,
            span,
            started,
            started_at: SystemTime::now(),
            headers,
        }
    }

    /// Returns a header's value, where it stands once and is text.
    pub(super) fn header(&self, name: &header::HeaderName) -> Option<&str> {
        only(&self.headers, name)
    }

    /// Answers with a body, or with 304 where the caller has it already (RFC 9110, section 13.1.2).
    pub(super) fn unless_known(&self, etag: &HeaderValue, body: Bytes) -> Response {
        let is_known = self.headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
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

    /// Returns the language that a body asks for, else that of the request.
    pub(super) fn language_for(&self, wish: Option<&str>) -> Language {
        match wish {
            Some(wish) => Language::choose(Some(wish), Some(self.language.tag())),
            None => self.language,
        }
    }
}

fn only(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// Tells whether a caller's id can be kept: 1 to 128 of `A-Z a-z 0-9 - _ . :`.
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
