//! The counters and histograms.

use std::time::Instant;

use http::StatusCode;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts};

use crate::Result;

const DURATIONS: &[f64] = &[
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
    2.5, 5.0, 8.0, 10.0,
];

pub struct Metrics {
    verifications: IntCounterVec,
    verification_duration: HistogramVec,
    requests: IntCounterVec,
    duration: HistogramVec,
    hits: IntCounter,
    misses: IntCounter,
    upstream_requests: IntCounterVec,
    upstream_duration: HistogramVec,
}

impl Metrics {
    pub fn new() -> Result<Self> {
        let counter = |name: &str, labels: &[&str]| IntCounterVec::new(Opts::new(name, name), labels);
        let histogram = |name: &str, labels: &[&str]| {
            HistogramVec::new(HistogramOpts::new(name, name).buckets(DURATIONS.to_vec()), labels)
        };
        let lookups = counter("cache_requests_total", &["tier", "result"])?;
        Ok(Self {
            verifications: counter("verifications_total", &["partner", "region", "outcome", "source"])?,
            verification_duration: histogram("verification_duration_seconds", &["outcome", "source"])?,
            requests: counter("http_requests_total", &["route", "method", "status"])?,
            duration: histogram("http_request_duration_seconds", &["route"])?,
            hits: lookups.with_label_values(&["memory", "hit"]),
            misses: lookups.with_label_values(&["memory", "miss"]),
            upstream_requests: counter("upstream_requests_total", &["region", "result"])?,
            upstream_duration: histogram("upstream_request_duration_seconds", &["region"])?,
        })
    }

    pub fn http(&self, status: StatusCode, began: Instant) {
        self.requests.with_label_values(&["/v1/verify", "POST", status.as_str()]).inc();
        self.duration.with_label_values(&["/v1/verify"]).observe(began.elapsed().as_secs_f64());
    }

    pub fn verified(&self, labels: &[&str; 4], began: Instant) {
        self.verifications.with_label_values(labels).inc();
        self.verification_duration.with_label_values(&labels[2..]).observe(began.elapsed().as_secs_f64());
    }

    pub fn cached(&self, is_hit: bool) {
        if is_hit { self.hits.inc() } else { self.misses.inc() }
    }

    pub fn asked(&self, region: &str, status: StatusCode, began: Instant) {
        self.upstream_requests.with_label_values(&[region, &status.as_str()[..1]]).inc();
        self.upstream_duration.with_label_values(&[region]).observe(began.elapsed().as_secs_f64());
    }
}
