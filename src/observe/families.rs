//! The metrics by name, kind and labels. The help text of a metric is its doc comment.

use prometheus::{GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::{
    events::{
        CacheResult, Label, ReloadResult, Resource, RetryReason, ShedReason, SpansResult, UpstreamResult, Waited,
    },
    timings::Timings,
};
use crate::config::Config;

/// The documentation of one metric.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The full name.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// The help text.
    pub help: &'static str,
    /// The label names, in order.
    pub labels: &'static [&'static str],
}

/// Cache hits take microseconds, the upstream hundreds of milliseconds, and the deadline is 8 seconds.
const DURATIONS: &[f64] = &[
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
    2.5, 5.0, 8.0, 10.0,
];
const UPSTREAM_DURATIONS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 8.0];
/// Fewer buckets, because their number is multiplied by partners and regions.
const PARTNER_DURATIONS: &[f64] = &[0.001, 0.01, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 8.0];

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $field:ident: $kind:ident($($label:literal),*);)*) => {
        /// All metrics, in the order of the documents.
        pub const DEFINITIONS: &[Definition] = &[$(Definition {
            name: concat!("connect_verifier_", stringify!($field)),
            kind: metrics!(@name $kind),
            help: concat!($($help),+).trim_ascii(),
            labels: &[$($label),*],
        }),*];

        /// One field for each metric.
        #[derive(Debug)]
        pub(super) struct Families {
            $($(#[doc = $help])+ pub(super) $field: metrics!(@type $kind),)*
        }

        impl Families {
            pub(super) fn new() -> Result<Self, prometheus::Error> {
                let mut definitions = DEFINITIONS.iter();
                $(let $field = metrics!(@make $kind, definitions.next().unwrap_or(&DEFINITIONS[0]));)*
                Ok(Self { $($field),* })
            }

            pub(super) fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
                $(registry.register(metrics!(@collector $kind, self.$field))?;)*
                Ok(())
            }
        }
    };
    (@name real_gauge) => { "gauge" };
    (@name $kind:ident) => { stringify!($kind) };
    (@type counter) => { IntCounterVec };
    (@type gauge) => { IntGaugeVec };
    (@type real_gauge) => { GaugeVec };
    (@type histogram) => { Timings };
    (@collector histogram, $family:expr) => { Box::new($family.collector()) };
    (@collector $kind:ident, $family:expr) => { Box::new($family.clone()) };
    (@make counter, $definition:expr) => {{
        let definition = $definition;
        IntCounterVec::new(Opts::new(definition.name, definition.help), definition.labels)?
    }};
    (@make gauge, $definition:expr) => {{
        let definition = $definition;
        IntGaugeVec::new(Opts::new(definition.name, definition.help), definition.labels)?
    }};
    (@make real_gauge, $definition:expr) => {{
        let definition = $definition;
        GaugeVec::new(Opts::new(definition.name, definition.help), definition.labels)?
    }};
    (@make histogram, $definition:expr) => {{
        let definition = $definition;
        let buckets = match definition.labels {
            ["region"] => UPSTREAM_DURATIONS,
            ["partner", "region"] => PARTNER_DURATIONS,
            _ => DURATIONS,
        };
        let options = HistogramOpts::new(definition.name, definition.help).buckets(buckets.to_vec());
        Timings::new(definition.name, HistogramVec::new(options, definition.labels)?, definition.labels, buckets)
    }};
}

metrics! {
    /// Verifications, by outcome and by source of the answer.
    verifications_total: counter("partner", "region", "outcome", "source");
    /// Verifications whose caller disconnected before the answer.
    verifications_abandoned_total: counter("partner", "region");
    /// Time from a request's head to the answer of its verification, in seconds.
    verification_duration_seconds: histogram("outcome", "source");
    /// The same time by partner and region, in coarser buckets.
    partner_verification_duration_seconds: histogram("partner", "region");
    /// Requests on the public listener, by route template. Status 499 means that the caller disconnected before the
    /// answer.
    http_requests_total: counter("route", "method", "status");
    /// Time from a request's head to its answer, in seconds.
    http_request_duration_seconds: histogram("route");
    /// Requests currently being handled.
    http_requests_in_flight: gauge();
    /// Currently open connections.
    http_connections: gauge();
    /// Attempts at CleverTap, by result of the HTTP exchange.
    upstream_requests_total: counter("region", "result");
    /// Attempts at CleverTap that were cancelled before their answer: all callers had disconnected, or another region
    /// had verified.
    upstream_requests_abandoned_total: counter("region", "waited");
    /// Time of one attempt at CleverTap, in seconds.
    upstream_request_duration_seconds: histogram("region");
    /// Attempts that were retries, by reason.
    upstream_retries_total: counter("region", "reason");
    /// Attempts at CleverTap currently running.
    upstream_in_flight: gauge("region");
    /// State of a region's breaker: 0 closed, 1 half-open, 2 open.
    breaker_state: gauge("region");
    /// Look-ups of verdicts, by result.
    cache_requests_total: counter("tier", "result");
    /// Verdicts currently cached.
    cache_entries: gauge("tier");
    /// Requests that exceeded a limit.
    rate_limited_total: counter("limit", "partner");
    /// Work that was rejected to protect the service.
    shed_total: counter("reason");
    /// Connections that could not be accepted and attempts at CleverTap that could not be made because this process or
    /// its system lacked a resource. They say nothing about CleverTap.
    resource_exhausted_total: counter("resource");
    /// Reloads of configuration that is re-read while the service runs.
    config_reloads_total: counter("result");
    /// Whether the last reload succeeded: 1 yes; 0 no, and the previous version remains in force.
    config_last_reload_successful: gauge("what");
    /// Limits in force. `max_connections` is `server.max_connections`, reduced to what the descriptor limit allows.
    config_limit: gauge("limit");
    /// Timeouts in force: of one attempt at CleverTap, of all attempts for one verification, of a request.
    config_timeout_seconds: real_gauge("timeout");
    /// The share of verifications at CleverTap that may be retried (`upstream.retry_budget_percent`).
    config_retry_budget_ratio: real_gauge();
    /// When the public listener's certificate expires, in seconds since 1970. Absent without TLS.
    tls_certificate_expiry_timestamp_seconds: gauge();
    /// Whether Redis is in use, in a cluster with all its masters: 1 yes, 0 no. Absent without `[redis]`.
    redis_up: gauge();
    /// Time of one request to Redis, answered or not, in seconds. Absent without `[redis]`.
    redis_request_duration_seconds: histogram("operation");
    /// Log lines that were dropped because the writer could not keep up.
    log_lines_dropped_total: counter();
    /// Spans of traces, by result.
    trace_spans_total: counter("result");
    /// Panics while handling a request: each one is a bug.
    panics_total: counter();
    /// The running build; always 1.
    build_info: gauge("version", "revision", "rustc");
}

/// The metrics that the `batch` command writes or pushes; a running service has none of them.
pub const BATCH_DEFINITIONS: &[Definition; 3] = &[
    Definition {
        name: "connect_verifier_batch_rows",
        kind: "gauge",
        help: "Rows of the last complete run of `batch`, by status; `no_verdict` for those with a problem code.",
        labels: &["status"],
    },
    Definition {
        name: "connect_verifier_batch_changed_rows",
        kind: "gauge",
        help: "Rows of that run whose verdict changed since earlier runs: `newly_failing`, `recovered`. Absent without \
               `--since`.",
        labels: &["change"],
    },
    Definition {
        name: "connect_verifier_batch_last_completion_timestamp_seconds",
        kind: "gauge",
        help: "When that run ended, in seconds since 1970.",
        labels: &[],
    },
];

impl Families {
    /// Creates the series whose labels are few and known in advance, with the value zero: then the first event of a
    /// rare kind shows as a change rather than as a new series.
    pub(super) fn begin_at_zero(&self, regions: &[String]) {
        for family in [&self.log_lines_dropped_total, &self.panics_total] {
            family.with_label_values::<&str>(&[]).reset();
        }
        self.cache_entries.with_label_values(&["memory"]).set(0);
        begin(&self.shed_total, ShedReason::ALL);
        begin(&self.resource_exhausted_total, Resource::ALL);
        begin(&self.config_reloads_total, ReloadResult::ALL);
        begin(&self.trace_spans_total, SpansResult::ALL);
        for result in [CacheResult::Hit, CacheResult::Miss, CacheResult::Collapsed] {
            self.cache_requests_total.with_label_values(&["memory", result.as_str()]).reset();
        }
        for region in regions {
            self.breaker_state.with_label_values(&[region]).set(0);
            for waited in Waited::ALL {
                self.upstream_requests_abandoned_total.with_label_values(&[region.as_str(), waited.as_str()]).reset();
            }
            for result in UpstreamResult::ALL {
                self.upstream_requests_total.with_label_values(&[region.as_str(), result.as_str()]).reset();
            }
            for reason in RetryReason::ALL {
                self.upstream_retries_total.with_label_values(&[region.as_str(), reason.as_str()]).reset();
            }
        }
    }

    /// Begins the series that an instance with `[redis]` has.
    pub(super) fn begin_redis(&self) {
        self.redis_up.with_label_values::<&str>(&[]).set(0);
        for result in CacheResult::ALL {
            self.cache_requests_total.with_label_values(&["redis", result.as_str()]).reset();
        }
    }

    /// Exposes the limits of the configuration, for alerts and panels that compare with them.
    pub(super) fn show_config(&self, config: &Config) {
        let (server, upstream) = (&config.server, &config.upstream);
        for (limit, value) in [
            ("max_connections", server.max_connections.get() as u64),
            ("max_in_flight", server.max_in_flight.get() as u64),
            ("max_concurrency_per_region", upstream.max_concurrency_per_region.get() as u64),
            ("cache_capacity", config.cache.capacity.get()),
        ] {
            self.config_limit.with_label_values(&[limit]).set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        for (timeout, value) in [
            ("attempt", upstream.attempt_timeout),
            ("deadline", upstream.deadline),
            ("request", server.request_timeout),
        ] {
            self.config_timeout_seconds.with_label_values(&[timeout]).set(value.as_secs_f64());
        }
        let ratio = f64::from(upstream.retry_budget_percent) / 100.0;
        self.config_retry_budget_ratio.with_label_values::<&str>(&[]).set(ratio);
    }

    /// Returns the histogram with this name.
    pub(super) fn timings(&self, name: &str) -> Option<&Timings> {
        let all = [
            &self.verification_duration_seconds,
            &self.partner_verification_duration_seconds,
            &self.http_request_duration_seconds,
            &self.upstream_request_duration_seconds,
            &self.redis_request_duration_seconds,
        ];
        all.into_iter().find(|timings| timings.name() == name)
    }
}

fn begin<L: Label>(family: &IntCounterVec, values: &[L]) {
    for value in values {
        family.with_label_values(&[value.as_str()]).reset();
    }
}
