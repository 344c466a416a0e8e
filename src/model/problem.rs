//! The problem codes: every way in which an answer is no verdict.

use super::{FaultKind, labels, region_names};

/// The `code` of a problem, and the last part of its `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// The body is no JSON object, or has a duplicate or unknown member.
    MalformedJson,
    /// HTTP itself is wrong.
    BadRequest,
    /// A field is missing or unusable.
    InvalidRequest,
    /// No key, or an unknown one.
    Unauthenticated,
    /// The key may not do this.
    Forbidden,
    /// There is no such route.
    NotFound,
    /// The route is there and does not take this method.
    MethodNotAllowed,
    /// The body is of another type.
    UnsupportedMediaType,
    /// The body is too long.
    PayloadTooLarge,
    /// The request did not come in time.
    RequestTimeout,
    /// The target is too long.
    UriTooLong,
    /// The head is too long.
    HeadersTooLarge,
    /// The client's own rate.
    RateLimited,
    /// A fault of the use case.
    Fault(FaultKind),
}

/// Where and why a body is not the JSON object that is expected. It holds no text of the body, which may be a secret in
/// the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedJson {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in bytes, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: MalformedKind,
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedKind {
    /// It is no JSON, or no object.
    Syntax,
    /// It has this member more than once.
    Duplicate(&'static str),
    /// It has a member that is not known; this one is called alike.
    Unknown(Option<&'static str>),
}

impl MalformedKind {
    /// Looks for the member that an unknown name may stand for.
    pub fn unknown(name: &str) -> Self {
        Self::Unknown(match labels::fold(name).as_str() {
            folded if labels::names_account_id(folded) => Some("account_id"),
            folded if labels::names_passcode(folded) => Some("passcode"),
            folded if region_names::is_region_word(folded) || folded == "regionid" => Some("region"),
            "suggestregion" | "suggest" => Some("suggest_region"),
            "language" | "locale" | "lang" => Some("lang"),
            _ => None,
        })
    }
}

impl ProblemCode {
    /// All codes, in the order of the documents.
    pub const ALL: [Self; 20] = [
        Self::MalformedJson,
        Self::BadRequest,
        Self::InvalidRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::PayloadTooLarge,
        Self::RequestTimeout,
        Self::UriTooLong,
        Self::HeadersTooLarge,
        Self::RateLimited,
        Self::Fault(FaultKind::TooManyAttempts),
        Self::Fault(FaultKind::UpstreamUnexpected),
        Self::Fault(FaultKind::UpstreamUnavailable),
        Self::Fault(FaultKind::UpstreamBusy),
        Self::Fault(FaultKind::UpstreamTimeout),
        Self::Fault(FaultKind::Overloaded),
        Self::Fault(FaultKind::Internal),
    ];

    /// Returns the code of the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed_json",
            Self::BadRequest => "bad_request",
            Self::InvalidRequest => "invalid_request",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::PayloadTooLarge => "payload_too_large",
            Self::RequestTimeout => "request_timeout",
            Self::UriTooLong => "uri_too_long",
            Self::HeadersTooLarge => "headers_too_large",
            Self::RateLimited => "rate_limited",
            Self::Fault(kind) => kind.code(),
        }
    }

    /// Finds a code by its name on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

impl From<FaultKind> for ProblemCode {
    fn from(kind: FaultKind) -> Self {
        Self::Fault(kind)
    }
}
