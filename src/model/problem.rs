//! The problem codes: every kind of answer that is not a verdict.

use super::{FaultKind, labels, region_names};

/// The `code` of a problem, and the last part of its `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// The body is not a JSON object, or has a duplicate or unknown member.
    MalformedJson,
    /// The request violates HTTP.
    BadRequest,
    /// A field is missing or unusable.
    InvalidRequest,
    /// The key is missing or unknown.
    Unauthenticated,
    /// The key does not allow this request.
    Forbidden,
    /// The route does not exist.
    NotFound,
    /// The route does not accept this method.
    MethodNotAllowed,
    /// The body has an unsupported media type.
    UnsupportedMediaType,
    /// The body is too long.
    PayloadTooLarge,
    /// The request did not arrive in time.
    RequestTimeout,
    /// The request target is too long.
    UriTooLong,
    /// The request head is too long.
    HeadersTooLarge,
    /// The client exceeded its rate limit.
    RateLimited,
    /// A fault of the use case.
    Fault(FaultKind),
}

/// Where and why a body is not the expected JSON object. It contains no text of the body, which could be a misplaced
/// secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedJson {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in bytes, counted from 1.
    pub column: usize,
    /// What is wrong at that position.
    pub kind: MalformedKind,
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedKind {
    /// It is not JSON, or not an object.
    Syntax,
    /// It has this member more than once.
    Duplicate(&'static str),
    /// It has an unknown member; the value is a known member with a similar name.
    Unknown(Option<&'static str>),
}

impl MalformedKind {
    /// Finds a known member with a name similar to the unknown one.
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

    /// Returns the wire name of the code.
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

    /// Finds a code by its wire name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

impl From<FaultKind> for ProblemCode {
    fn from(kind: FaultKind) -> Self {
        Self::Fault(kind)
    }
}
