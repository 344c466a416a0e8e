//! Everything that can happen and that somebody may want to know.

use std::{net::IpAddr, time::Duration};

use tracing::{debug, error, info, warn};

use super::{Event, metrics::Metrics};
use crate::model::mask_account_id;

/// A verification came to its end.
#[derive(Debug)]
pub struct VerificationDone<'a> {
    /// The caller.
    pub client: &'a str,
    /// The caller's partner.
    pub partner: &'a str,
    /// The account that it was about, unmasked; empty when the request was not readable.
    pub account_id: &'a str,
    /// The region's id, if there is one.
    pub region: Option<&'a str>,
    /// The status, or the problem code.
    pub outcome: &'static str,
    /// Where the answer came from.
    pub source: &'static str,
    /// From the request's head to the answer.
    pub duration: Duration,
    /// The request.
    pub request_id: &'a str,
}

impl Event for VerificationDone<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.verification(self.partner, self.region, self.outcome, self.source, self.duration);
        // Hits are the bulk, and a line for each would cost a fifth of the time that a hit takes.
        if self.source == "cache" {
            debug!(
                request_id = self.request_id,
                client = self.client,
                partner = self.partner,
                account_id = mask_account_id(self.account_id),
                region = self.region.unwrap_or("none"),
                outcome = self.outcome,
                source = self.source,
                duration_ms = millis(self.duration),
                "verification done"
            );
        } else {
            info!(
                request_id = self.request_id,
                client = self.client,
                partner = self.partner,
                account_id = mask_account_id(self.account_id),
                region = self.region.unwrap_or("none"),
                outcome = self.outcome,
                source = self.source,
                duration_ms = millis(self.duration),
                "verification done"
            );
        }
    }
}

/// A request on the public listener was answered.
#[derive(Debug)]
pub struct HttpAnswered<'a> {
    /// The route's template, or `none`.
    pub route: &'static str,
    /// The method.
    pub method: &'a str,
    /// The status.
    pub status: u16,
    /// From the request's head to its answer.
    pub duration: Duration,
    /// The request.
    pub request_id: &'a str,
    /// Who called, as far as that is known.
    pub address: IpAddr,
}

impl Event for HttpAnswered<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.http(self.route, self.method, self.status, self.duration);
        debug!(
            request_id = self.request_id,
            route = self.route,
            method = self.method,
            status = self.status,
            address = %self.address,
            duration_ms = millis(self.duration),
            "request answered"
        );
    }
}

/// The `result` label of `upstream_requests_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamResult {
    /// `2xx`
    Success,
    /// `3xx`
    Redirect,
    /// `4xx`
    ClientError,
    /// `429`
    TooManyRequests,
    /// `5xx`
    ServerError,
    /// `timeout`
    Timeout,
    /// `connect`
    Connect,
    /// `dns`
    Dns,
    /// `tls`
    Tls,
    /// `reset`
    Reset,
    /// `protocol`
    Protocol,
}

impl UpstreamResult {
    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Redirect => "3xx",
            Self::ClientError => "4xx",
            Self::TooManyRequests => "429",
            Self::ServerError => "5xx",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Reset => "reset",
            Self::Protocol => "protocol",
        }
    }
}

/// An attempt at the upstream came to its end.
#[derive(Debug)]
pub struct UpstreamAttempted<'a> {
    /// The region's id.
    pub region: &'a str,
    /// The account that it was about, unmasked.
    pub account_id: &'a str,
    /// What came over the wire.
    pub result: UpstreamResult,
    /// What it means.
    pub outcome: &'static str,
    /// How long it took.
    pub duration: Duration,
}

impl Event for UpstreamAttempted<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.upstream(self.region, self.result.as_str(), self.duration);
        debug!(
            region = self.region,
            account_id = mask_account_id(self.account_id),
            result = self.result.as_str(),
            outcome = self.outcome,
            duration_ms = millis(self.duration),
            "upstream attempted"
        );
    }
}

/// An attempt at the upstream is made again.
#[derive(Debug)]
pub struct UpstreamRetried<'a> {
    /// The region's id.
    pub region: &'a str,
    /// What made it necessary.
    pub reason: RetryReason,
}

/// The `reason` label of `upstream_retries_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryReason {
    /// No connection, or a server error.
    Unavailable,
    /// No complete answer in time.
    Timeout,
    /// The upstream's own limit.
    Busy,
}

impl Event for UpstreamRetried<'_> {
    fn record(&self, metrics: &Metrics) {
        let reason = match self.reason {
            RetryReason::Unavailable => "unavailable",
            RetryReason::Timeout => "timeout",
            RetryReason::Busy => "busy",
        };
        metrics.upstream_retry(self.region, reason);
        debug!(region = self.region, reason, "upstream retried");
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
pub struct CacheLookedUp {
    /// What came of it.
    pub result: CacheResult,
}

/// The `result` label of `cache_requests_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheResult {
    /// It was there.
    Hit,
    /// It was not.
    Miss,
    /// It was not, and another caller was asking already.
    Collapsed,
}

impl Event for CacheLookedUp {
    fn record(&self, metrics: &Metrics) {
        metrics.cache(
            "memory",
            match self.result {
                CacheResult::Hit => "hit",
                CacheResult::Miss => "miss",
                CacheResult::Collapsed => "collapsed",
            },
        );
    }
}

/// A limit was met.
#[derive(Debug)]
pub struct RateLimited<'a> {
    /// Which one.
    pub limit: RateLimit,
    /// The caller's partner; `none` for a caller without a key.
    pub partner: &'a str,
}

/// The `limit` label of `rate_limited_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    /// The client's own rate, or an address's.
    Client,
    /// The guess budget or the concurrency of an account.
    Account,
    /// A region's rate or concurrency.
    Upstream,
}

impl Event for RateLimited<'_> {
    fn record(&self, metrics: &Metrics) {
        let limit = match self.limit {
            RateLimit::Client => "client",
            RateLimit::Account => "account",
            RateLimit::Upstream => "upstream",
        };
        metrics.rate_limited(limit, self.partner);
        debug!(limit, partner = self.partner, "rate limited");
    }
}

/// Work was refused to protect the service.
#[derive(Debug)]
pub struct Shed {
    /// Why.
    pub reason: ShedReason,
}

/// The `reason` label of `shed_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShedReason {
    /// Too much work that needs the upstream.
    InFlight,
    /// All connections are taken.
    Connections,
    /// A client that sends or reads too slowly.
    Slow,
}

impl Event for Shed {
    fn record(&self, metrics: &Metrics) {
        let reason = match self.reason {
            ShedReason::InFlight => "in_flight",
            ShedReason::Connections => "connections",
            ShedReason::Slow => "slow",
        };
        metrics.shed(reason);
        debug!(reason, "shed");
    }
}

/// Something that is re-read while the service runs was re-read.
#[derive(Debug)]
pub struct ConfigReloaded<'a> {
    /// What: `clients` or `tls`.
    pub what: &'static str,
    /// How many entries there are now, or why the new version was refused and the old one stays.
    pub result: Result<usize, &'a str>,
}

impl Event for ConfigReloaded<'_> {
    fn record(&self, metrics: &Metrics) {
        match self.result {
            Ok(entries) => {
                metrics.reload("success");
                info!(what = self.what, entries, "configuration reloaded");
            }
            Err(reason) => {
                metrics.reload("error");
                error!(what = self.what, reason, "configuration not reloaded, the old one stays in force");
            }
        }
    }
}

/// A handler panicked. The panic's own text is not told: it could carry anything.
#[derive(Debug)]
pub struct HandlerPanicked<'a> {
    /// The request.
    pub request_id: &'a str,
}

impl Event for HandlerPanicked<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.panic();
        error!(request_id = self.request_id, "handler panicked");
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
