//! What happens between a question and CleverTap.

use std::time::Duration;

use tracing::{debug, warn};

use super::{Label as _, Resource, label, millis};
use crate::{
    model::mask_account_id,
    observe::{Event, Metrics, Span},
};

label! {
    /// The `result` label of `upstream_requests_total`.
    UpstreamResult {
        /// A status from 200 to 299.
        Success = "2xx",
        /// A status from 300 to 399.
        Redirect = "3xx",
        /// A status from 400 to 499, but 429.
        ClientError = "4xx",
        /// The upstream's own limit.
        TooManyRequests = "429",
        /// A status from 500 to 599.
        ServerError = "5xx",
        /// No complete answer in time.
        Timeout = "timeout",
        /// No connection.
        Connect = "connect",
        /// The host's name has no address.
        Dns = "dns",
        /// No agreement on TLS, or a certificate that is not trusted.
        Tls = "tls",
        /// The connection broke off.
        Reset = "reset",
        /// No HTTP.
        Protocol = "protocol",
    }
}

/// An attempt at the upstream, at its end.
#[derive(Debug)]
pub struct UpstreamAttempt<'a> {
    /// The attempt's span.
    pub span: &'a Span,
    /// The region's id.
    pub region: &'a str,
    /// The account that it is about, unmasked.
    pub account_id: &'a str,
    /// Which retry it is; 0 is the first attempt.
    pub retry: u32,
    /// How long it took.
    pub duration: Duration,
}

/// An attempt brought a result.
#[derive(Debug)]
pub struct UpstreamAttempted<'a> {
    /// Which one.
    pub attempt: UpstreamAttempt<'a>,
    /// What came over the wire, or which resource of this process was missing, so that nothing was sent.
    pub result: Result<UpstreamResult, Resource>,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What it means: a status, or a problem code.
    pub outcome: &'static str,
    /// Whether that is no verdict.
    pub is_fault: bool,
}

/// An attempt was ended before its answer: every caller had left, or another region had verified.
#[derive(Debug)]
pub struct UpstreamAbandoned<'a> {
    /// Which one.
    pub attempt: UpstreamAttempt<'a>,
    /// How long its callers had waited.
    pub waited: Waited,
}

label! {
    /// The `waited` label of `upstream_requests_abandoned_total`.
    Waited {
        /// Under a second: callers in a hurry.
        Short = "short",
        /// A second or longer: the region hangs.
        Long = "long",
    }
}

impl Waited {
    /// Sorts a time.
    pub fn of(time: Duration) -> Self {
        if time < Duration::from_secs(1) { Self::Short } else { Self::Long }
    }
}

impl UpstreamAttempt<'_> {
    fn note(&self) {
        self.span.set("region", || self.region.to_owned());
        self.span.set("retry", || i64::from(self.retry));
        self.span.set("http.request.method", || "GET");
    }
}

impl Event for UpstreamAttempted<'_> {
    fn record(&self, metrics: &Metrics) {
        let Self { attempt, status, outcome, .. } = self;
        let result = match self.result {
            Ok(result) => {
                metrics.upstream(attempt, result.as_str());
                result.as_str()
            }
            Err(resource) => {
                metrics.resource_exhausted(resource.as_str());
                "not_sent"
            }
        };
        attempt.note();
        attempt.span.set("result", || result);
        attempt.span.set("outcome", || *outcome);
        if let Some(status) = *status {
            attempt.span.set("http.response.status_code", || i64::from(status));
        }
        if self.is_fault {
            attempt.span.fail(outcome);
        }
        debug!(
            trace_id = %attempt.span.trace_id(),
            region = attempt.region,
            account_id = mask_account_id(attempt.account_id),
            result,
            status,
            outcome,
            retry = attempt.retry,
            duration_ms = millis(attempt.duration),
            "upstream attempted"
        );
    }
}

impl Event for UpstreamAbandoned<'_> {
    fn record(&self, metrics: &Metrics) {
        let Self { attempt, waited } = self;
        metrics.upstream_abandoned(attempt.region, waited.as_str());
        attempt.note();
        attempt.span.set("abandoned", || true);
        debug!(
            trace_id = %attempt.span.trace_id(),
            region = attempt.region,
            account_id = mask_account_id(attempt.account_id),
            retry = attempt.retry,
            duration_ms = millis(attempt.duration),
            "upstream attempt abandoned"
        );
    }
}

/// An attempt at the upstream is made again.
#[derive(Debug)]
pub struct UpstreamRetried<'a> {
    /// The flight's span.
    pub span: &'a Span,
    /// The region's id.
    pub region: &'a str,
    /// What made it necessary.
    pub reason: RetryReason,
}

label! {
    /// The `reason` label of `upstream_retries_total`.
    RetryReason {
        /// No connection, or a server error.
        Unavailable = "unavailable",
        /// No complete answer in time.
        Timeout = "timeout",
        /// The upstream's own limit.
        Busy = "busy",
    }
}

impl Event for UpstreamRetried<'_> {
    fn record(&self, metrics: &Metrics) {
        let reason = self.reason.as_str();
        metrics.upstream_retry(self.region, reason);
        debug!(trace_id = %self.span.trace_id(), region = self.region, reason, "upstream retried");
    }
}

/// A region's breaker changed its state.
#[derive(Debug)]
pub struct BreakerMoved<'a> {
    /// The region's id.
    pub region: &'a str,
    /// The state before: 0 closed, 1 half-open, 2 open.
    pub from: u8,
    /// The state now.
    pub to: u8,
}

impl Event for BreakerMoved<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.breaker(self.region, self.to);
        let name = |level| ["closed", "half-open", "open"].get(usize::from(level)).copied().unwrap_or("unknown");
        warn!(region = self.region, from = name(self.from), to = name(self.to), "breaker moved");
    }
}

/// A verdict was looked up.
#[derive(Debug)]
pub struct CacheLookedUp<'a> {
    /// The look-up's span.
    pub span: &'a Span,
    /// The region's id.
    pub region: &'a str,
    /// What came of it.
    pub result: CacheResult,
}

label! {
    /// The `result` label of `cache_requests_total`.
    CacheResult {
        /// It was there.
        Hit = "hit",
        /// It was not.
        Miss = "miss",
        /// Another caller was already asking.
        Collapsed = "collapsed",
        /// Redis did not answer, or with what is no verdict of ours.
        Error = "error",
    }
}

/// A caller shares the flight that another one began.
#[derive(Debug)]
pub struct FlightShared<'a> {
    /// The caller's own span for the flight.
    pub span: &'a Span,
    /// The region's id.
    pub region: &'a str,
}

impl Event for FlightShared<'_> {
    fn record(&self, metrics: &Metrics) {
        let result = CacheResult::Collapsed.as_str();
        metrics.cache("memory", result);
        self.span.set("result", || result);
        self.span.set("region", || self.region.to_owned());
    }
}

impl Event for CacheLookedUp<'_> {
    fn record(&self, metrics: &Metrics) {
        let result = self.result.as_str();
        metrics.cache("memory", result);
        self.span.set("result", || result);
        self.span.set("region", || self.region.to_owned());
    }
}
