//! Events of verifications at CleverTap.

use std::time::Duration;

use tracing::{debug, warn};

use super::{Resource, label, millis};
#[cfg(test)]
use crate::observe::{Recorded, RecordedAttempt};
use crate::{
    model::{OutcomeLabel, mask_account_id},
    observe::{Event, Metrics, Span},
};

label! {
    /// The `result` label of `upstream_requests_total`.
    UpstreamResult {
        /// A status from 200 to 299.
        Success = "2xx",
        /// A status from 300 to 399.
        Redirect = "3xx",
        /// A status from 400 to 499, except 429.
        ClientError = "4xx",
        /// The upstream's own rate limit.
        TooManyRequests = "429",
        /// A status from 500 to 599.
        ServerError = "5xx",
        /// No complete answer in time.
        Timeout = "timeout",
        /// The connection was not established.
        Connect = "connect",
        /// The host name did not resolve.
        Dns = "dns",
        /// TLS failed, or the certificate is not trusted.
        Tls = "tls",
        /// The connection broke.
        Reset = "reset",
        /// The response is not valid HTTP.
        Protocol = "protocol",
    }
}

/// An attempt at the upstream, when it ends.
#[derive(Debug)]
pub struct UpstreamAttempt<'a> {
    /// The attempt's span.
    pub span: &'a Span,
    /// The region's id.
    pub region: &'a str,
    /// The account id, unmasked.
    pub account_id: &'a str,
    /// The number of the retry; 0 is the first attempt.
    pub retry: u32,
    /// The duration.
    pub duration: Duration,
}

/// An attempt completed.
#[derive(Debug)]
pub struct UpstreamAttempted<'a> {
    /// Which one.
    pub attempt: UpstreamAttempt<'a>,
    /// The result of the HTTP exchange, or the missing resource of this process if nothing was sent.
    pub result: Result<UpstreamResult, Resource>,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The resulting status or problem code.
    pub outcome: OutcomeLabel,
    /// Whether that is not a verdict.
    pub is_fault: bool,
}

/// An attempt was cancelled before its answer: every caller had disconnected, or another region had verified.
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
        /// Less than a second: impatient callers.
        Short = "short",
        /// A second or longer: the region hangs.
        Long = "long",
    }
}

impl Waited {
    /// Classifies a duration.
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

    #[cfg(test)]
    fn recorded(&self) -> RecordedAttempt {
        RecordedAttempt {
            region: self.region.to_owned(),
            account_id: self.account_id.to_owned(),
            retry: self.retry,
            duration: self.duration,
        }
    }
}

impl Event for UpstreamAttempted<'_> {
    fn record(&self, metrics: &Metrics) {
        let Self { attempt, status, .. } = self;
        let outcome = self.outcome.as_str();
        let result = match self.result {
            Ok(result) => {
                metrics.upstream(attempt, result);
                result.as_str()
            }
            Err(resource) => {
                metrics.resource_exhausted(resource);
                "not_sent"
            }
        };
        attempt.note();
        attempt.span.set("result", || result);
        attempt.span.set("outcome", || outcome);
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

    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        let Self { result, status, outcome, is_fault, .. } = *self;
        Recorded::UpstreamAttempted { attempt: self.attempt.recorded(), result, status, outcome, is_fault }
    }
}

impl Event for UpstreamAbandoned<'_> {
    fn record(&self, metrics: &Metrics) {
        let Self { attempt, waited } = self;
        metrics.upstream_abandoned(attempt.region, *waited);
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

    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        Recorded::UpstreamAbandoned { attempt: self.attempt.recorded(), waited: self.waited }
    }
}

/// An attempt at the upstream is retried.
#[derive(Debug)]
pub struct UpstreamRetried<'a> {
    /// The flight's span.
    pub span: &'a Span,
    /// The region's id.
    pub region: &'a str,
    /// The reason for the retry.
    pub reason: RetryReason,
}

label! {
    /// The `reason` label of `upstream_retries_total`.
    RetryReason {
        /// Connection failure, or a server error.
        Unavailable = "unavailable",
        /// No complete answer in time.
        Timeout = "timeout",
        /// The upstream's own rate limit.
        Busy = "busy",
    }
}

impl Event for UpstreamRetried<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.upstream_retry(self.region, self.reason);
        let reason = self.reason.as_str();
        debug!(trace_id = %self.span.trace_id(), region = self.region, reason, "upstream retried");
    }

    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        Recorded::UpstreamRetried { region: self.region.to_owned(), reason: self.reason }
    }
}

/// A region's breaker changed its state.
#[derive(Debug)]
pub struct BreakerMoved<'a> {
    /// The region's id.
    pub region: &'a str,
    /// The previous state.
    pub from: BreakerState,
    /// The new state.
    pub to: BreakerState,
}

label! {
    /// The state of a breaker. Its index is the value of the metric `breaker_state`.
    BreakerState {
        /// Admits all calls.
        Closed = "closed",
        /// Admits one call as a probe.
        HalfOpen = "half-open",
        /// Admits no calls.
        Open = "open",
    }
}

impl Event for BreakerMoved<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.breaker(self.region, self.to);
        warn!(region = self.region, from = self.from.as_str(), to = self.to.as_str(), "breaker moved");
    }

    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        Recorded::BreakerMoved { region: self.region.to_owned(), from: self.from, to: self.to }
    }
}

/// A verdict was looked up in the cache.
#[derive(Debug)]
pub struct CacheLookedUp<'a> {
    /// The look-up's span.
    pub span: &'a Span,
    /// The region's id.
    pub region: &'a str,
    /// The result of the look-up.
    pub result: CacheResult,
}

label! {
    /// The `result` label of `cache_requests_total`.
    CacheResult {
        /// The verdict was cached.
        Hit = "hit",
        /// The verdict was not cached.
        Miss = "miss",
        /// Another request was already asking.
        Collapsed = "collapsed",
        /// Redis did not answer, or with what is no verdict of ours.
        Error = "error",
    }
}

label! {
    /// The `tier` label of the cache's metrics.
    CacheTier {
        /// The cache in this process.
        Memory = "memory",
        /// Redis, shared by all instances.
        Redis = "redis",
    }
}

/// A request shares the flight that another one started.
#[derive(Debug)]
pub struct FlightShared<'a> {
    /// The request's own span for the flight.
    pub span: &'a Span,
    /// The region's id.
    pub region: &'a str,
}

impl Event for FlightShared<'_> {
    fn record(&self, metrics: &Metrics) {
        let result = CacheResult::Collapsed;
        metrics.cache(CacheTier::Memory, result);
        self.span.set("result", || result.as_str());
        self.span.set("region", || self.region.to_owned());
    }

    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        Recorded::FlightShared { region: self.region.to_owned() }
    }
}

impl Event for CacheLookedUp<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.cache(CacheTier::Memory, self.result);
        self.span.set("result", || self.result.as_str());
        self.span.set("region", || self.region.to_owned());
    }

    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        Recorded::CacheLookedUp { region: self.region.to_owned(), result: self.result }
    }
}
