//! Every answer that is no verdict: RFC 9457, in one place.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::{Response, context::RequestContext, wire};
use crate::{
    guidance::{Advisor, Circumstances, Language, Subject},
    model::{Fault, FaultKind, FieldError, ProblemCode, RegionOutcome},
};

/// A problem on its way to becoming an answer.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    code: ProblemCode,
    retry_after: Option<Duration>,
    errors: &'a [FieldError],
    regions: &'a [RegionOutcome],
    circumstances: Circumstances<'a>,
    language: Option<Language>,
    allow: Option<&'a str>,
    closes: bool,
}

impl<'a> Problem<'a> {
    pub(super) fn new(code: impl Into<ProblemCode>) -> Self {
        Self {
            code: code.into(),
            retry_after: None,
            errors: &[],
            regions: &[],
            circumstances: Circumstances::default(),
            language: None,
            allow: None,
            closes: false,
        }
    }

    pub(super) fn of(fault: &'a Fault) -> Self {
        Self { retry_after: fault.retry_after, regions: &fault.regions, ..Self::new(fault.kind) }
    }

    pub(super) fn retry_after(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    pub(super) fn errors(self, errors: &'a [FieldError]) -> Self {
        Self { errors, ..self }
    }

    pub(super) fn circumstances(self, circumstances: Circumstances<'a>) -> Self {
        Self { circumstances, ..self }
    }

    pub(super) fn language(self, language: Language) -> Self {
        Self { language: Some(language), ..self }
    }

    /// Names the methods that the route takes.
    pub(super) fn allowing(self, methods: &'a str) -> Self {
        Self { allow: Some(methods), ..self }
    }

    /// Ends the connection with the answer: what follows on it cannot be trusted, or would have to be read for nothing.
    pub(super) fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    pub(super) fn respond(self, advisor: &Advisor, context: &RequestContext) -> Response {
        let language = self.language.unwrap_or(context.language);
        let time = humantime::format_rfc3339_seconds(context.started_at).to_string();
        let circumstances = Circumstances { request_id: &context.request_id, time: &time, ..self.circumstances };
        let subject = Subject::Problem { code: self.code, retry_after: self.retry_after, errors: self.errors };
        let guidance = advisor.advise(language, &subject, &circumstances);
        let retry_after = guidance.retry_after_seconds;
        let body = wire::problem_body(
            advisor,
            language,
            self.code,
            status_of(self.code),
            self.errors,
            self.regions,
            guidance,
            &context.request_id,
        );
        let mut response = Response::new(Bytes::from(wire::render(&body)).into());
        *response.status_mut() =
            StatusCode::from_u16(status_of(self.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == ProblemCode::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(methods) = self.allow.and_then(|methods| HeaderValue::from_str(methods).ok()) {
            headers.insert(header::ALLOW, methods);
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
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
