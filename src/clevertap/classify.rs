//! Makes an [`Outcome`] of what came over the wire: a pure, total function.
//!
//! Two promises stand above all others. Nothing but a 2xx whose `status` is exactly `success`, and which says nothing
//! to the contrary, is ever verified. And an outage is never called bad credentials: a refusal is believed only from a
//! well-formed JSON answer whose HTTP status, `status`, `code` and message agree.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use crate::{
    model::{Fault, FaultKind, Outcome, Refusal, Verdict},
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
pub fn classify(wire: Wire<'_>, now: SystemTime) -> Attempt {
    match wire {
        Wire::Failure(error) => failure(error),
        Wire::Answer { status, retry_after, body } => {
            let outcome = match understand(status, body) {
                Outcome::Fault(mut fault) => {
                    fault.retry_after = retry_after.and_then(|text| parse_retry_after(text, now));
                    Outcome::Fault(fault)
                }
                verdict @ Outcome::Verdict(_) => verdict,
            };
            let effective = effective_status(status, body);
            let is_retryable = matches!(effective, 429 | 502 | 503 | 504);
            Attempt { outcome, result: result_of(status), status: Some(status), is_retryable }
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
    Attempt { outcome: Fault::new(kind).into(), result, status: None, is_retryable: true }
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

fn understand(status: u16, body: Option<&[u8]>) -> Outcome {
    // What a server error or a 429 says in its body changes nothing: it is often a proxy's page.
    match status {
        500..=599 => return Fault::new(FaultKind::UpstreamUnavailable).into(),
        429 => return Fault::new(FaultKind::UpstreamBusy).into(),
        _ => {}
    }
    let unexpected = || Outcome::from(Fault::new(FaultKind::UpstreamUnexpected));
    let Some(answer) = body.and_then(Answer::parse) else { return unexpected() };
    match (status, answer.status) {
        (200..=299, Status::Success) if answer.contradicts_success() => unexpected(),
        (200..=299, Status::Success) => Verdict::Verified.into(),
        (200..=299, Status::Fail) => match answer.code {
            // A failure inside a 200 counts as if its code were the HTTP status.
            Code::Number(500..=599) => Fault::new(FaultKind::UpstreamUnavailable).into(),
            Code::Number(429) => Fault::new(FaultKind::UpstreamBusy).into(),
            Code::Number(code) => refusal(code, &answer).map_or_else(unexpected, Outcome::from),
            Code::None => refusal_by_message(&answer).map_or_else(unexpected, Outcome::from),
            Code::Unusable => unexpected(),
        },
        (400..=499, Status::Fail | Status::None) if answer.code_agrees_with(status) => {
            refusal(status, &answer).map_or_else(unexpected, Outcome::from)
        }
        _ => unexpected(),
    }
}

/// The HTTP status that an answer amounts to, for the question whether to try again.
fn effective_status(status: u16, body: Option<&[u8]>) -> u16 {
    match (status, body.and_then(Answer::parse)) {
        (200..=299, Some(Answer { status: Status::Fail, code: Code::Number(code), .. })) => code,
        _ => status,
    }
}

fn refusal(status: u16, answer: &Answer) -> Option<Verdict> {
    let verdict = refusal_by_message(answer)?;
    match (status, &verdict) {
        (400 | 403, Verdict::PartnerNotWhitelisted) | (400 | 401, Verdict::InvalidCredentials { .. }) => Some(verdict),
        _ => None,
    }
}

fn refusal_by_message(answer: &Answer) -> Option<Verdict> {
    let message = answer.message.as_deref()?.to_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if speaks_of(&["whitelist", "white list", "white-list", "allowlist", "allow-list"]) {
        return Some(Verdict::PartnerNotWhitelisted);
    }
    let of_account = speaks_of(&["account id", "account info", "accountid", "account-id"]);
    let of_passcode = speaks_of(&["credential", "passcode"]);
    let refusal = if of_account && !of_passcode { Refusal::UnknownAccount } else { Refusal::Credentials };
    (of_account || of_passcode).then_some(Verdict::InvalidCredentials { refusal })
}

/// The members of an answer that count.
#[derive(Debug, Default)]
struct Answer {
    status: Status,
    code: Code,
    message: Option<String>,
    has_error: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// There is no `status`.
    #[default]
    None,
    Success,
    Fail,
    Other,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Code {
    /// There is no `code`.
    #[default]
    None,
    Number(u16),
    Unusable,
}

impl Answer {
    /// Reads a JSON object. `None`: it is none, or it says a thing that counts twice.
    fn parse(body: &[u8]) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let answer = deserializer.deserialize_map(AnswerVisitor).ok()?;
        deserializer.end().ok()?;
        Some(answer)
    }

    fn contradicts_success(&self) -> bool {
        self.has_error || !matches!(self.code, Code::None | Code::Number(200..=299))
    }

    /// 400, 401 and 403 are used for one another across the API, so a code among them contradicts none of them.
    fn code_agrees_with(&self, status: u16) -> bool {
        match self.code {
            Code::None => true,
            Code::Number(code) => code == status || (is_refusal(code) && is_refusal(status)),
            Code::Unusable => false,
        }
    }
}

fn is_refusal(status: u16) -> bool {
    matches!(status, 400 | 401 | 403)
}

struct AnswerVisitor;

impl<'de> Visitor<'de> for AnswerVisitor {
    type Value = Answer;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answer, A::Error> {
        use serde::de::Error as _;
        use serde_json::Value;

        let mut answer = Answer::default();
        let (mut error, mut message, mut seen) = (None, None, [false; 4]);
        while let Some(key) = map.next_key::<String>()? {
            let Some(index) = ["status", "code", "error", "message"].iter().position(|name| *name == key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if std::mem::replace(&mut seen[index], true) {
                return Err(A::Error::custom("a member that counts stands twice"));
            }
            match (index, map.next_value::<Value>()?) {
                (0, Value::String(text)) => {
                    answer.status = match text.as_str() {
                        "success" => Status::Success,
                        "fail" => Status::Fail,
                        _ => Status::Other,
                    }
                }
                (0, _) => answer.status = Status::Other,
                (1, Value::Null) => {}
                (1, value) => answer.code = read_code(&value),
                (2, Value::Null) => {}
                (2, value) => {
                    answer.has_error = true;
                    error = value.as_str().map(str::to_owned);
                }
                (_, value) => message = value.as_str().map(str::to_owned),
            }
        }
        answer.message = error.or(message);
        // An answer without a status that carries an error is a failure all the same.
        if answer.status == Status::None && answer.has_error {
            answer.status = Status::Fail;
        }
        Ok(answer)
    }
}

fn read_code(value: &serde_json::Value) -> Code {
    let number = match value {
        serde_json::Value::Number(number) => number.as_u64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.and_then(|number| u16::try_from(number).ok()).map_or(Code::Unusable, Code::Number)
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
