//! What the people on call see: each thing that can happen is one type in `events`, and one [`Observe::record`] counts
//! it, logs it and notes it in its span, so that metrics, logs and traces cannot drift apart.
//!
//! Everyone may tell this room things; it tells nobody.

mod events;
mod export;
mod exposition;
mod families;
mod handles;
pub mod logs;
mod metrics;
mod process;
mod timings;
mod traces;

use std::{fmt, sync::Arc};

pub use events::{
    BreakerMoved, CacheLookedUp, CacheResult, CertificateLoaded, ConfigReloaded, FlightShared, HttpAbandoned,
    HttpAnswered, HttpRequest, Panicked, RateLimit, RateLimited, RedisAsked, RedisMoved, RedisOperation, Reloaded,
    Resource, ResourceExhausted, RetryReason, SharedLookedUp, Shed, ShedReason, UpstreamAbandoned, UpstreamAttempt,
    UpstreamAttempted, UpstreamResult, UpstreamRetried, Verification, VerificationAbandoned, VerificationDone, Waited,
};
pub use exposition::Format;
pub use families::{BATCH_DEFINITIONS, DEFINITIONS, Definition};
pub use metrics::Metrics;
use prometheus::IntGauge;
pub use traces::{RemoteTrace, Span, SpanLink, TraceId};

use self::traces::Tracer;
use crate::{config::Config, outbound::OutboundError};

/// Where events go.
#[derive(Debug)]
pub struct Observe {
    metrics: Arc<Metrics>,
    tracer: Tracer,
    #[cfg(test)]
    told: std::sync::Mutex<Vec<String>>,
}

/// An event: something that happened, told once.
pub trait Event: fmt::Debug {
    /// Counts it and, where somebody would want to read it, logs it and notes it in its span.
    fn record(&self, metrics: &Metrics);
}

impl Observe {
    /// Makes one with a metrics registry of its own, and without traces. The ids are those of the configured regions:
    /// series of other regions cannot come to be.
    ///
    /// # Errors
    ///
    /// Two metrics have one name: a fault of ours.
    pub fn new<'a>(regions: impl Iterator<Item = &'a str>) -> Result<Self, prometheus::Error> {
        Ok(Self {
            metrics: Arc::new(Metrics::new(regions)?),
            tracer: Tracer::default(),
            #[cfg(test)]
            told: std::sync::Mutex::default(),
        })
    }

    /// Sets the templates of the routes, each a value of the `route` label.
    #[must_use]
    pub fn with_routes(self, routes: impl Iterator<Item = &'static str>) -> Self {
        self.metrics.set_routes(routes);
        self
    }

    /// Begins the metrics of Redis, which is not in use yet.
    #[must_use]
    pub fn with_redis(self) -> Self {
        self.metrics.begin_redis();
        self
    }

    /// Shows the limits and timeouts of the configuration as metrics.
    #[must_use]
    pub fn with_limits_of(self, config: &Config) -> Self {
        self.metrics.show_config(config);
        self
    }

    /// Shows how many connections the public listener really takes.
    pub fn set_max_connections(&self, limit: usize) {
        self.metrics.max_connections(limit);
    }

    /// Exports traces, if the configuration says where to. Called inside the runtime that will serve.
    ///
    /// # Errors
    ///
    /// The exporter cannot be made.
    pub fn with_traces(mut self, config: &Config) -> Result<Self, OutboundError> {
        if let Some(endpoint) = &config.telemetry.otlp_endpoint {
            self.tracer = export::start(endpoint, config, &self.metrics)?;
        }
        Ok(self)
    }

    /// Tells what happened.
    pub fn record(&self, event: &impl Event) {
        #[cfg(test)]
        self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(format!("{event:?}"));
        event.record(&self.metrics);
    }

    /// Begins the span of a request, in the trace of its caller if it has one.
    pub fn request_span(&self, remote: RemoteTrace<'_>) -> Span {
        self.tracer.request(remote)
    }

    /// Counts a call to the upstream as under way, until the guard is dropped.
    pub fn upstream_in_flight(&self, region: &str) -> Option<InFlight> {
        self.metrics.upstream_in_flight(region).map(InFlight::new)
    }

    /// Counts a request as under way, until the guard is dropped.
    pub fn request_in_flight(&self) -> InFlight {
        InFlight::new(self.metrics.requests_in_flight())
    }

    /// Counts a connection as open, until the guard is dropped.
    pub fn connection_open(&self) -> InFlight {
        InFlight::new(self.metrics.connections())
    }

    /// Renders all metrics. `cache_entries` is measured at this moment.
    pub fn render(&self, format: Format, cache_entries: u64) -> String {
        self.metrics.render(format, cache_entries)
    }

    /// Exports the last spans; it takes three seconds at most.
    pub async fn shut_down(&self) {
        self.tracer.shut_down().await;
    }
}

/// The test recorder: what was told so far, in order, as events print themselves.
#[cfg(test)]
impl Observe {
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    /// What was told of one type of event.
    pub(crate) fn told_of(&self, event: &str) -> Vec<String> {
        let is_of = |told: &String| told.split([' ', '{']).next() == Some(event);
        self.told().into_iter().filter(is_of).collect()
    }
}

/// A gauge that goes down by itself.
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
