//! Responses that are not a verdict (RFC 9457).

use std::time::Duration;

use crate::model::{Fault, FaultKind, FieldError, ProblemCode, Region, RegionOutcome};

/// The content of a problem reply.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// The code.
    pub code: ProblemCode,
    /// When to retry; a default applies if it is not known.
    pub retry_after: Option<Duration>,
    /// The errors of the fields.
    pub errors: &'a [FieldError],
    /// The outcome of each region, if several were asked.
    pub regions: &'a [RegionOutcome],
    /// The region that was asked.
    pub region: Option<&'a Region>,
    /// What is wrong with this request, for the developer; replaces the default detail.
    pub cause: Option<&'a str>,
}

impl<'a> Problem<'a> {
    /// Creates a problem with no further details.
    pub fn new(code: impl Into<ProblemCode>) -> Self {
        Self { code: code.into(), retry_after: None, errors: &[], regions: &[], region: None, cause: None }
    }

    /// Creates the problem of a fault.
    pub fn of(fault: &Fault) -> Self {
        Self { retry_after: fault.retry_after, ..Self::new(fault.kind) }
    }

    /// Sets when to retry.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    /// Sets the errors of the fields.
    #[must_use]
    pub fn errors(self, errors: &'a [FieldError]) -> Self {
        Self { errors, ..self }
    }

    /// Sets what is wrong with the request.
    #[must_use]
    pub fn cause(self, cause: &'a str) -> Self {
        Self { cause: Some(cause), ..self }
    }
}

/// Returns the HTTP status of a problem.
pub fn status_of(code: ProblemCode) -> u16 {
    match code {
        ProblemCode::MalformedJson | ProblemCode::BadRequest => 400,
        ProblemCode::Unauthenticated => 401,
        ProblemCode::Forbidden => 403,
        ProblemCode::NotFound => 404,
        ProblemCode::MethodNotAllowed => 405,
        ProblemCode::RequestTimeout => 408,
        ProblemCode::PayloadTooLarge => 413,
        ProblemCode::UriTooLong => 414,
        ProblemCode::UnsupportedMediaType => 415,
        ProblemCode::InvalidRequest => 422,
        ProblemCode::RateLimited | ProblemCode::Fault(FaultKind::TooManyAttempts) => 429,
        ProblemCode::HeadersTooLarge => 431,
        ProblemCode::Fault(FaultKind::Internal) => 500,
        ProblemCode::Fault(FaultKind::UpstreamUnexpected) => 502,
        ProblemCode::Fault(FaultKind::UpstreamUnavailable | FaultKind::UpstreamBusy | FaultKind::Overloaded) => 503,
        ProblemCode::Fault(FaultKind::UpstreamTimeout) => 504,
    }
}
