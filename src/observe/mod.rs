//! What the people on call see: each thing that can happen is one type in `events`, and one
//! [`Observe::record`] both counts it and logs it, so that metrics and logs cannot drift apart.
//!
//! Everyone may tell this room things; it tells nobody.

mod events;
mod handles;
pub mod logs;
mod metrics;

pub use events::{
    BreakerMoved, CacheLookedUp, CacheResult, ConfigReloaded, HandlerPanicked, HttpAnswered, RateLimit, RateLimited,
    RetryReason, Shed, ShedReason, UpstreamAttempted, UpstreamResult, UpstreamRetried, VerificationDone,
};
pub use metrics::{DEFINITIONS, Definition, Metrics};
use prometheus::IntGauge;

/// Where events go.
#[derive(Debug)]
pub struct Observe {
    metrics: Metrics,
}

/// An event: something that happened, told once.
pub trait Event {
    /// Counts it and, where somebody would want to read it, logs it.
    fn record(&self, metrics: &Metrics);
}

impl Observe {
    /// Makes one with a metrics registry of its own. The ids are those of the configured regions: series of other
    /// regions cannot come to be.
    ///
    /// # Errors
    ///
    /// Two metrics have one name: a fault of ours.
    pub fn new<'a>(regions: impl Iterator<Item = &'a str>) -> Result<Self, prometheus::Error> {
        Ok(Self { metrics: Metrics::new(regions)? })
    }

    /// Tells what happened.
    pub fn record(&self, event: &impl Event) {
        event.record(&self.metrics);
    }

    /// Counts a call to the upstream as under way, until the guard is dropped.
    pub fn upstream_in_flight(&self, region: &str) -> InFlight {
        InFlight::new(self.metrics.upstream_in_flight(region))
    }

    /// Counts a request as under way, until the guard is dropped.
    pub fn request_in_flight(&self) -> InFlight {
        InFlight::new(self.metrics.requests_in_flight())
    }

    /// Counts a connection as open, until the guard is dropped.
    pub fn connection_open(&self) -> InFlight {
        InFlight::new(self.metrics.connections())
    }

    /// Renders all metrics in the text format. `cache_entries` is measured at this moment.
    pub fn render(&self, cache_entries: u64) -> String {
        self.metrics.render(cache_entries)
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
