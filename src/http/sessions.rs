//! `POST /v1/sessions`: creates a token that lets one page verify.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Parts, Response, content::BodyStream, context::RequestContext, extract, problem, verify};
use crate::{
    admission::{
        Action, Principal,
        sessions::{MAX_ATTEMPTS, MAX_TTL, SessionGrant},
    },
    model::{Field, FieldError, FieldErrorCode, ProblemCode},
    present::{Problem, render},
};

/// A request for a session.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SessionRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionRequest {
    /// The origin of the page that will call: one of the client's `allowed_origins`.
    #[schema(value_type = String, example = "https://dash.example.com")]
    origin: Option<serde_json::Value>,
    /// The lifetime of the session in seconds: 1 to 86400; by default `sessions.ttl`.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 86400, example = 900)]
    ttl_seconds: Option<serde_json::Value>,
    /// The number of verifications that the session allows: 1 to 1000; by default `sessions.max_attempts`.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1000, example = 10)]
    max_attempts: Option<serde_json::Value>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionBody<'a> {
    /// The token, for `Authorization: Bearer`.
    token: &'a str,
    /// When the session expires.
    #[schema(format = DateTime, example = "2026-11-24T02:15:00Z")]
    expires_at: String,
}

/// Creates a session.
pub(super) async fn create(parts: &Parts, context: &RequestContext, body: BodyStream) -> Response {
    let admitted = {
        let span = context.span.child("admission");
        parts.admission.admit(extract::presented(&context.head), context.address, &span)
    };
    let caller = match admitted {
        Ok(caller) => caller,
        Err(refusal) => return verify::refuse(parts, context, &refusal),
    };
    let mut response = if caller.may(Action::CreateSession) {
        handle(parts, context, &caller, body).await
    } else {
        problem::refuse(parts, context, &Problem::new(ProblemCode::Forbidden))
    };
    verify::show_rate(&mut response, caller.rate);
    response
}

async fn handle(parts: &Parts, context: &RequestContext, caller: &Principal, body: BodyStream) -> Response {
    let refuse = |problem: Problem<'_>| problem::refuse(parts, context, &problem);
    if !extract::is_json(&context.head) {
        return refuse(Problem::new(ProblemCode::UnsupportedMediaType));
    }
    let body = match extract::body(context, body, parts.max_body_bytes, context.started + parts.body_timeout).await {
        Ok(body) => body,
        Err(code) => return refuse(Problem::new(code)),
    };
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let Some(asked) = serde_json::from_slice::<SessionRequest>(&body).ok().filter(|_| is_object) else {
        return refuse(Problem::new(ProblemCode::MalformedJson));
    };
    let (origin, ttl, attempts) = match asked.read(parts) {
        Ok(read) => read,
        Err(errors) => return refuse(Problem::new(ProblemCode::InvalidRequest).errors(&errors)),
    };
    if !caller.may_grant(&origin) {
        return refuse(Problem::new(ProblemCode::Forbidden));
    }
    let grant = SessionGrant { client: &caller.client.name, origin: &origin, ttl, attempts };
    match parts.admission.sessions().create(&grant, SystemTime::now()) {
        Ok((token, expires)) => created(&token, expires),
        Err(error) => {
            tracing::error!(error, request_id = context.request_id.as_str(), "cannot sign a session token");
            refuse(Problem::new(crate::model::FaultKind::Internal))
        }
    }
}

fn created(token: &SecretString, expires: SystemTime) -> Response {
    let expires_at = humantime::format_rfc3339_seconds(expires).to_string();
    let body: Bytes = render(&SessionBody { token: token.expose_secret(), expires_at });
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl SessionRequest {
    /// Validates every member; on failure returns all errors.
    fn read(self, parts: &Parts) -> Result<(String, Duration, u32), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut fail = |field, code| errors.push(FieldError::new(field, code));
        let origin = match self.origin {
            None => {
                fail(Field::Origin, FieldErrorCode::Missing);
                String::new()
            }
            Some(serde_json::Value::String(origin)) if is_origin(&origin) => origin,
            Some(serde_json::Value::String(_)) => {
                fail(Field::Origin, FieldErrorCode::NoOrigin);
                String::new()
            }
            Some(other) => {
                fail(Field::Origin, FieldErrorCode::WrongType(type_of(&other)));
                String::new()
            }
        };
        let mut number = |value: Option<serde_json::Value>, field, usual: u64, most: u64| match value {
            None => usual,
            Some(value) => match whole(&value).filter(|number| (1..=most).contains(number)) {
                Some(number) => number,
                None if value.is_number() => {
                    errors.push(FieldError::new(field, FieldErrorCode::OutOfRange(most)));
                    usual
                }
                None => {
                    errors.push(FieldError::new(field, FieldErrorCode::WrongType(type_of(&value))));
                    usual
                }
            },
        };
        let ttl = number(self.ttl_seconds, Field::TtlSeconds, parts.sessions.ttl.as_secs().max(1), MAX_TTL.as_secs());
        let usual = u64::from(parts.sessions.max_attempts.get());
        let attempts = number(self.max_attempts, Field::MaxAttempts, usual, u64::from(MAX_ATTEMPTS));
        if errors.is_empty() { Ok((origin, Duration::from_secs(ttl), attempts as u32)) } else { Err(errors) }
    }
}

/// Returns whether a text consists of scheme, host and port only, as browsers write an origin.
fn is_origin(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let has_host = match url.host() {
        Some(url::Host::Domain(name)) => name.split('.').all(is_label),
        host => host.is_some(),
    };
    has_host
        && url.port() != Some(0)
        && matches!(url.scheme(), "http" | "https")
        && url.origin().ascii_serialization() == text
}

/// Returns whether this is a label of a host name. URLs allow further characters, but no page has them.
fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Returns a whole number. JSON Schema accepts 60.0 as one, too.
fn whole(value: &serde_json::Value) -> Option<u64> {
    let whole = |number: &f64| number.fract() == 0.0 && (0.0..1e9).contains(number);
    value.as_u64().or_else(|| value.as_f64().filter(whole).map(|number| number as u64))
}

fn type_of(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "boolean",
        serde_json::Value::Number(_) => "number",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Array(_) => "array",
        serde_json::Value::Object(_) => "object",
    }
}
