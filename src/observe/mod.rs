//! Observability: each kind of event is a type in `events`, and a single [`Observe::record`] counts it, logs it and
//! adds it to its span, so that metrics, logs and traces stay consistent.
//!
//! Every room may report events here; this room depends on none of them.

mod events;
mod export;
mod exposition;
mod families;
mod handles;
mod http_series;
mod json_lines;
pub mod logs;
mod metrics;
mod process;
#[cfg(test)]
mod recorded;
mod timings;
mod traces;

use std::{fmt, sync::Arc};

pub use events::{
    BreakerMoved, BreakerState, CacheLookedUp, CacheResult, CacheTier, CertificateLoaded, ConfigReloaded, FlightShared,
    HttpAbandoned, HttpAnswered, HttpRequest, MethodLabel, Panicked, Place, RateLimit, RateLimited, RedisAsked,
    RedisMoved, RedisOperation, RedisServerMoved, RedisServerState, Reloaded, Resource, ResourceExhausted, RetryReason,
    SharedLookedUp, Shed, ShedReason, UpstreamAbandoned, UpstreamAttempt, UpstreamAttempted, UpstreamResult,
    UpstreamRetried, Verification, VerificationAbandoned, VerificationDone, Waited,
};
pub use exposition::Format;
pub use families::{BATCH_DEFINITIONS, DEFINITIONS, Definition};
pub use metrics::Metrics;
use prometheus::IntGauge;
#[cfg(test)]
pub use recorded::{Attempt as RecordedAttempt, Recorded};
pub use traces::{RemoteTrace, Span, SpanLink, TraceId};

use self::traces::Tracer;
use crate::{config::Config, outbound::OutboundError};

/// Records events.
#[derive(Debug)]
pub struct Observe {
    metrics: Arc<Metrics>,
    tracer: Tracer,
    #[cfg(test)]
    recorded: std::sync::Mutex<Vec<Recorded>>,
}

/// Something that happened, reported once.
pub trait Event: fmt::Debug {
    /// Counts the event and, where useful, logs it and adds it to its span.
    fn record(&self, metrics: &Metrics);

    /// Returns the form of the event that tests compare.
    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        Recorded::Other
    }
}

impl Observe {
    /// Creates a recorder with its own metrics registry and without traces. Only the given regions, those of the
    /// configuration, can have series.
    ///
    /// # Errors
    ///
    /// Two metrics have the same name, which is a bug.
    pub fn new<'a>(regions: impl Iterator<Item = &'a str>) -> Result<Self, prometheus::Error> {
        Ok(Self {
            metrics: Arc::new(Metrics::new(regions)?),
            tracer: Tracer::default(),
            #[cfg(test)]
            recorded: std::sync::Mutex::default(),
        })
    }

    /// Sets the values of the `route` label, and the statuses that routes may return.
    #[must_use]
    pub fn with_routes(self, routes: impl Iterator<Item = &'static str>, statuses: impl Iterator<Item = u16>) -> Self {
        self.metrics.set_routes(routes, statuses);
        self
    }

    /// Begins the metrics of Redis, which is not in use yet.
    #[must_use]
    pub fn with_redis(self) -> Self {
        self.metrics.begin_redis();
        self
    }

    /// Exposes the limits and timeouts of the configuration as metrics.
    #[must_use]
    pub fn with_limits_of(self, config: &Config) -> Self {
        self.metrics.show_config(config);
        self
    }

    /// Sets the effective connection limit of the public listener.
    pub fn set_max_connections(&self, limit: usize) {
        self.metrics.max_connections(limit);
    }

    /// Exports traces if an endpoint is configured. Must be called inside the runtime that serves.
    ///
    /// # Errors
    ///
    /// The exporter cannot be created.
    pub fn with_traces(mut self, config: &Config) -> Result<Self, OutboundError> {
        if let Some(endpoint) = &config.telemetry.otlp_endpoint {
            self.tracer = export::start(endpoint, config, &self.metrics)?;
        }
        Ok(self)
    }

    /// Records an event.
    pub fn record(&self, event: &impl Event) {
        #[cfg(test)]
        self.recorded.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(event.recorded());
        event.record(&self.metrics);
    }

    /// Starts the span of a request, in the caller's trace if it sent one.
    pub fn request_span(&self, remote: RemoteTrace<'_>) -> Span {
        self.tracer.request(remote)
    }

    /// Counts a call to the upstream as running until the guard is dropped.
    pub fn upstream_in_flight(&self, region: &str) -> Option<InFlight> {
        self.metrics.upstream_in_flight(region).map(InFlight::new)
    }

    /// Counts a request as running until the guard is dropped.
    pub fn request_in_flight(&self) -> InFlight {
        InFlight::new(self.metrics.requests_in_flight())
    }

    /// Counts a connection as open, until the guard is dropped.
    pub fn connection_open(&self) -> InFlight {
        InFlight::new(self.metrics.connections())
    }

    /// Renders all metrics; `cache_entries` is the current number of cached verdicts.
    pub fn render(&self, format: Format, cache_entries: u64) -> String {
        self.metrics.render(format, cache_entries)
    }

    /// Exports the remaining spans, for at most three seconds.
    pub async fn shut_down(&self) {
        self.tracer.shut_down().await;
    }
}

/// A gauge that is decremented on drop.
#[derive(Debug)]
pub struct InFlight(IntGauge);

impl InFlight {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
