//! Turns an upstream response into an [`Outcome`]: a pure, total function.
//!
//! Two guarantees take precedence. Only a 2xx whose `status` is exactly `success`, and that contains no contradiction,
//! is verified. And an outage is never reported as bad credentials: a refusal requires a well-formed JSON answer in
//! CleverTap's wording, whose HTTP status, `status`, `code` and message agree and whose message does not mention an
//! outage.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::Value;

pub use super::message::Asked;
use super::message::Message;
use crate::{
    model::{Fault, FaultKind, MAX_RETRY_AFTER, Outcome, Refusal, Verdict},
    observe::UpstreamResult,
    verify::Attempt,
};

/// The maximum number of bytes read of an answer; real answers have fewer than 200.
pub const MAX_ANSWER: usize = 64 * 1024;

/// The result of one HTTP exchange.
#[derive(Debug, Clone, Copy)]
pub enum Wire<'a> {
    /// A complete answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header.
        retry_after: Option<&'a str>,
        /// The body; `None` if it exceeded [`MAX_ANSWER`].
        body: Option<&'a [u8]>,
    },
    /// No complete answer.
    Failure(TransportError),
}

/// Why there was no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportError {
    /// The time limit expired.
    Timeout,
    /// The connection was not established.
    Connect,
    /// The host name did not resolve.
    Dns,
    /// TLS failed: the certificate is not trusted, or no common protocol exists.
    Tls,
    /// The connection ended before the answer was complete.
    Reset,
    /// The response is not valid HTTP.
    Protocol,
}

/// Interprets an attempt. `now` turns a `Retry-After` date into a duration.
pub fn classify(wire: Wire<'_>, asked: Asked<'_>, now: SystemTime) -> Attempt {
    match wire {
        Wire::Failure(error) => failure(error),
        Wire::Answer { status, retry_after, body } => {
            let Reading { mut outcome, counts_as } = read(status, body, asked);
            if let Outcome::Fault(fault) = &mut outcome {
                fault.retry_after = retry_after.and_then(|text| parse_retry_after(text, now));
            }
            let is_retryable = matches!(counts_as, 429 | 502 | 503 | 504);
            Attempt { outcome, result: Ok(result_of(status)), status: Some(status), is_retryable }
        }
    }
}

fn failure(error: TransportError) -> Attempt {
    let (kind, result) = match error {
        TransportError::Timeout => (FaultKind::UpstreamTimeout, UpstreamResult::Timeout),
        TransportError::Connect => (FaultKind::UpstreamUnavailable, UpstreamResult::Connect),
        TransportError::Dns => (FaultKind::UpstreamUnavailable, UpstreamResult::Dns),
        TransportError::Tls => (FaultKind::UpstreamUnavailable, UpstreamResult::Tls),
        TransportError::Reset => (FaultKind::UpstreamUnavailable, UpstreamResult::Reset),
        TransportError::Protocol => (FaultKind::UpstreamUnavailable, UpstreamResult::Protocol),
    };
    Attempt { outcome: Fault::new(kind).into(), result: Ok(result), status: None, is_retryable: true }
}

fn result_of(status: u16) -> UpstreamResult {
    match status {
        200..=299 => UpstreamResult::Success,
        300..=399 => UpstreamResult::Redirect,
        429 => UpstreamResult::TooManyRequests,
        400..=499 => UpstreamResult::ClientError,
        500..=599 => UpstreamResult::ServerError,
        _ => UpstreamResult::Protocol,
    }
}

/// The meaning of an answer.
struct Reading {
    outcome: Outcome,
    /// The HTTP status that the answer is equivalent to.
    counts_as: u16,
}

impl Reading {
    fn verdict(verdict: Verdict, counts_as: u16) -> Self {
        Self { outcome: verdict.into(), counts_as }
    }

    fn fault(kind: FaultKind, counts_as: u16) -> Self {
        Self { outcome: Fault::new(kind).into(), counts_as }
    }

    fn unexpected(counts_as: u16) -> Self {
        let may_be_refusal = is_refusal(counts_as);
        let fault = Fault { may_be_refusal, ..Fault::new(FaultKind::UpstreamUnexpected) };
        Self { outcome: fault.into(), counts_as }
    }
}

fn read(status: u16, body: Option<&[u8]>, asked: Asked<'_>) -> Reading {
    // The body of a server error or a 429 is ignored: it is often a proxy's page.
    if let Some(kind) = outage_of(status) {
        return Reading::fault(kind, status);
    }
    let is_2xx = (200..=299).contains(&status);
    let Some(answer) = body.and_then(Answer::parse) else { return Reading::unexpected(status) };
    let counts_as = if is_2xx { answer.code.number().unwrap_or(status) } else { status };
    let is_failure = match status {
        200..=299 => answer.status == Status::Fail,
        // An answer in another shape is not a refusal, but may still mention an outage.
        400..=499 => answer.status != Status::Success,
        _ => false,
    };
    if !is_failure {
        return match answer.is_success() {
            true if is_2xx => Reading::verdict(Verdict::Verified, status),
            // It may be a refusal in an unknown shape.
            false if is_2xx && (answer.has_error || answer.status != Status::None) && !answer.code.is_known() => {
                Reading::unexpected(400)
            }
            _ => Reading::unexpected(counts_as),
        };
    }
    if let Some(kind) = outage_of(counts_as) {
        return Reading::fault(kind, counts_as);
    }
    let messages: Vec<Message> = answer.texts().map(|text| Message::new(text, asked)).collect();
    if messages.iter().any(Message::speaks_of_outage) {
        // Equivalent to a 503: the same request may succeed shortly.
        return Reading::fault(FaultKind::UpstreamUnavailable, 503);
    }
    match messages.first().and_then(|message| answer.refusal(status, message)) {
        Some(verdict) => Reading::verdict(verdict, counts_as),
        // A failure with unknown wording may be a refusal; without this, it would allow unlimited guesses.
        None if is_2xx && !answer.code.is_known() => Reading::unexpected(400),
        None => Reading::unexpected(counts_as),
    }
}

/// Returns the outage that a status alone implies.
fn outage_of(status: u16) -> Option<FaultKind> {
    match status {
        500..=599 => Some(FaultKind::UpstreamUnavailable),
        429 => Some(FaultKind::UpstreamBusy),
        _ => None,
    }
}

fn is_refusal(status: u16) -> bool {
    matches!(status, 400 | 401 | 403)
}

/// The content of an answer.
#[derive(Debug)]
struct Answer {
    status: Status,
    code: Code,
    /// An `error` member is present, of any type.
    has_error: bool,
    error: Option<String>,
    message: Option<String>,
}

/// The relevant members of an answer, each at most once; `null` counts as absent.
#[derive(Deserialize)]
struct Members {
    status: Option<Value>,
    code: Option<Value>,
    error: Option<Value>,
    message: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Neither a `status` nor a textual `error` is present.
    None,
    Success,
    /// `fail`, or a textual `error` without a `status`.
    Fail,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    /// No `code` is present.
    None,
    Number(u16),
    Unusable,
}

impl Code {
    fn number(self) -> Option<u16> {
        match self {
            Self::Number(number) => Some(number),
            Self::None | Self::Unusable => None,
        }
    }

    /// Whether the code is one of HTTP's error codes.
    fn is_known(self) -> bool {
        matches!(self, Self::Number(400..=599))
    }
}

impl Answer {
    /// Parses a JSON object. Returns `None` if it is not one, or if a relevant member occurs twice.
    fn parse(body: &[u8]) -> Option<Self> {
        // Serde also reads a struct from an array.
        if !body.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let members: Members = serde_json::from_slice(body).ok()?;
        let has_error = members.error.is_some();
        let error = members.error.and_then(text_of);
        let status = match members.status {
            None if error.is_some() => Status::Fail,
            None => Status::None,
            Some(status) => match status.as_str() {
                Some("success") => Status::Success,
                Some("fail") => Status::Fail,
                _ => Status::Other,
            },
        };
        let code = members.code.map_or(Code::None, read_code);
        Some(Self { status, code, has_error, error, message: members.message.and_then(text_of) })
    }

    fn is_success(&self) -> bool {
        let contradicts = self.has_error || !matches!(self.code, Code::None | Code::Number(200..=299));
        self.status == Status::Success && !contradicts
    }

    /// The human-readable texts; the first describes the failure.
    fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.error, &self.message].into_iter().flatten().map(String::as_str)
    }

    /// Returns the verdict of a failure that is a refusal: CleverTap's wording with a matching status.
    fn refusal(&self, status: u16, message: &Message) -> Option<Verdict> {
        if self.status != Status::Fail {
            return None;
        }
        // `None`: neither the status nor a code is significant, so the message alone decides.
        let counts_as = match (status, self.code) {
            (200..=299, Code::None) => None,
            (200..=299, Code::Number(code)) => Some(code),
            (_, Code::None) => Some(status),
            // The API uses these codes interchangeably, so one of them contradicts none of the others.
            (_, Code::Number(code)) if code == status || (is_refusal(code) && is_refusal(status)) => Some(status),
            _ => return None,
        };
        if message.speaks_of_whitelisting() {
            return matches!(counts_as, None | Some(400 | 403)).then_some(Verdict::PartnerNotWhitelisted);
        }
        let (of_account, of_passcode) = (message.speaks_of_account(), message.speaks_of_passcode());
        let is_refused =
            (of_account || of_passcode) && message.speaks_of_refusal() && matches!(counts_as, None | Some(400 | 401));
        let refusal = if of_account && !of_passcode { Refusal::UnknownAccount } else { Refusal::Credentials };
        is_refused.then_some(Verdict::InvalidCredentials { refusal })
    }
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn read_code(value: Value) -> Code {
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.and_then(|number| u16::try_from(number).ok()).map_or(Code::Unusable, Code::Number)
}

/// Parses `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3), up to [`MAX_RETRY_AFTER`].
fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    let after = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large to parse also means a long wait.
        text.parse().map_or(MAX_RETRY_AFTER, Duration::from_secs)
    } else {
        httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()
    };
    Some(after.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod gateway_tests;
