//! Makes an [`Outcome`] of what came over the wire: a pure, total function.
//!
//! Two promises stand above all others. Nothing but a 2xx whose `status` is exactly `success`, and which says nothing
//! to the contrary, is ever verified. And an outage is never called bad credentials: a refusal is believed only from a
//! well-formed JSON answer that says so as CleverTap does, whose HTTP status, `status`, `code` and message agree, and
//! whose message does not speak of an outage.

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

/// The most that is read of an answer; the real ones have less than 200 bytes.
pub const MAX_ANSWER: usize = 64 * 1024;

/// What came over the wire.
#[derive(Debug, Clone, Copy)]
pub enum Wire<'a> {
    /// A complete answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header.
        retry_after: Option<&'a str>,
        /// The body; `None` when it was longer than [`MAX_ANSWER`].
        body: Option<&'a [u8]>,
    },
    /// No complete answer.
    Failure(TransportError),
}

/// Why there was no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportError {
    /// It took too long.
    Timeout,
    /// No connection.
    Connect,
    /// The host's name has no address.
    Dns,
    /// No trust, or no common language, in TLS.
    Tls,
    /// The connection ended half-way.
    Reset,
    /// What came is not HTTP.
    Protocol,
}

/// Understands an attempt. `now` turns a `Retry-After` date into a duration.
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

/// What an answer means.
struct Reading {
    outcome: Outcome,
    /// The HTTP status that the answer amounts to.
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
    // What a server error or a 429 says in its body changes nothing: it is often a proxy's page.
    if let Some(kind) = outage_of(status) {
        return Reading::fault(kind, status);
    }
    let is_2xx = (200..=299).contains(&status);
    let Some(answer) = body.and_then(Answer::parse) else { return Reading::unexpected(status) };
    let counts_as = if is_2xx { answer.code.number().unwrap_or(status) } else { status };
    let is_failure = match status {
        200..=299 => answer.status == Status::Fail,
        // An answer in another shape is no refusal, and it may still speak of an outage.
        400..=499 => answer.status != Status::Success,
        _ => false,
    };
    if !is_failure {
        return match answer.is_success() {
            true if is_2xx => Reading::verdict(Verdict::Verified, status),
            // It may be a refusal in a shape that is not known.
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
        // As good as a 503: the same question may be answered in a moment.
        return Reading::fault(FaultKind::UpstreamUnavailable, 503);
    }
    match messages.first().and_then(|message| answer.refusal(status, message)) {
        Some(verdict) => Reading::verdict(verdict, counts_as),
        // A failure in words that are not known may be a refusal, and must not be an unlimited oracle.
        None if is_2xx && !answer.code.is_known() => Reading::unexpected(400),
        None => Reading::unexpected(counts_as),
    }
}

/// The outage that a status means by itself.
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

/// What an answer says.
#[derive(Debug)]
struct Answer {
    status: Status,
    code: Code,
    /// There is an `error`, a text or not.
    has_error: bool,
    error: Option<String>,
    message: Option<String>,
}

/// The members of an answer that count, each at most once; `null` is absent.
#[derive(Deserialize)]
struct Members {
    status: Option<Value>,
    code: Option<Value>,
    error: Option<Value>,
    message: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// There is neither a `status` nor an `error` in words.
    None,
    Success,
    /// `fail`, or an `error` in words without a `status`.
    Fail,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    /// There is no `code`.
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

    /// Whether it is a code of a failure as HTTP knows them.
    fn is_known(self) -> bool {
        matches!(self, Self::Number(400..=599))
    }
}

impl Answer {
    /// Reads a JSON object. `None`: it is not one, or a member that counts occurs twice.
    fn parse(body: &[u8]) -> Option<Self> {
        // Serde reads a struct from an array, too.
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

    /// The texts for people; the first one says what a failure is about.
    fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.error, &self.message].into_iter().flatten().map(String::as_str)
    }

    /// The verdict of a failure, if it is a refusal: CleverTap's way to say so, at a status that goes with it.
    fn refusal(&self, status: u16, message: &Message) -> Option<Verdict> {
        if self.status != Status::Fail {
            return None;
        }
        // `None`: neither a status nor a code that means something; the message alone decides.
        let counts_as = match (status, self.code) {
            (200..=299, Code::None) => None,
            (200..=299, Code::Number(code)) => Some(code),
            (_, Code::None) => Some(status),
            // These are used for one another across the API, so a code among them contradicts none of them.
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

/// Reads `Retry-After`, seconds or a date (RFC 9110, section 10.2.3), up to [`MAX_RETRY_AFTER`].
fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    let after = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits are a long time, too.
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
