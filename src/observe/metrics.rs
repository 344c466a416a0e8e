//! Counts events.
//!
//! Labels come from closed sets: partners and regions of the configuration, outcomes, routes, methods. Nothing that a
//! caller sends becomes a label. Small closed sets start at zero, so that the first event of a rare kind shows as a
//! change.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use prometheus::{IntCounterVec, IntGauge, Registry};

use super::{
    events::{
        BreakerState, CacheResult, CacheTier, HttpRequest, RateLimit, RedisOperation, ReloadResult, Reloaded, Resource,
        RetryReason, ShedReason, SpansResult, UpstreamAttempt, UpstreamResult, Verification, Waited,
    },
    exposition::{self, Format},
    families::Families,
    handles::Handles,
    http_series::HttpSeries,
    process::Process,
    timings::Timings,
};
use crate::{
    config::Config,
    model::{OutcomeLabel, Source},
};

type Counters = Handles<IntCounterVec>;
type Histograms = Handles<Timings>;

/// All metrics, with pre-resolved handles for the hot path.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    families: Families,
    regions: Vec<String>,
    http: OnceLock<HttpSeries>,
    partners: RwLock<HashMap<String, Arc<PartnerSeries>>>,
    verification_durations: Histograms,
    upstream_durations: Histograms,
    redis_durations: Histograms,
    cache: Counters,
    upstream_in_flight: Vec<IntGauge>,
    requests_in_flight: IntGauge,
    connections: IntGauge,
}

/// The series of one partner, by region and outcome.
#[derive(Debug)]
struct PartnerSeries {
    verifications: Counters,
    durations: Histograms,
}

/// Verifications without a source use the index after the last source.
const SOURCES: usize = Source::ALL.len() + 1;

impl Metrics {
    pub(super) fn new<'a>(regions: impl Iterator<Item = &'a str>) -> Result<Self, prometheus::Error> {
        let families = Families::new()?;
        let registry = Registry::new();
        families.register(&registry)?;
        registry.register(Box::new(Process::new()?))?;
        let build = [env!("CARGO_PKG_VERSION"), env!("BUILD_REVISION"), env!("BUILD_RUSTC")];
        families.build_info.with_label_values(&build).set(1);
        let regions: Vec<String> = regions.map(str::to_owned).collect();
        families.begin_at_zero(&regions);
        let in_flight = regions.iter().map(|region| families.upstream_in_flight.with_label_values(&[region]));
        Ok(Self {
            upstream_in_flight: in_flight.collect(),
            http: OnceLock::new(),
            partners: RwLock::default(),
            verification_durations: Handles::new(
                &families.verification_duration_seconds,
                OutcomeLabel::COUNT * SOURCES,
            ),
            upstream_durations: Handles::new(&families.upstream_request_duration_seconds, regions.len()),
            redis_durations: Handles::new(&families.redis_request_duration_seconds, RedisOperation::ALL.len()),
            cache: Handles::new(&families.cache_requests_total, CacheTier::ALL.len() * CacheResult::ALL.len()),
            requests_in_flight: families.http_requests_in_flight.with_label_values::<&str>(&[]),
            connections: families.http_connections.with_label_values::<&str>(&[]),
            registry,
            families,
            regions,
        })
    }

    pub(super) fn verification(&self, about: &Verification<'_>, outcome: OutcomeLabel, source: Option<Source>) {
        let region_index = self.region_index(about.region);
        let region = self.region_label(region_index);
        let pair = outcome.index() * SOURCES + source.map_or(SOURCES - 1, Source::index);
        let (outcome, source) = (outcome.as_str(), source.map_or("none", Source::as_str));
        let place = region_index.map_or(0, |index| index + 1);
        let index = place * OutcomeLabel::COUNT * SOURCES + pair;
        let (partner, trace) = (self.partner(about.partner), about.span.exported_trace_id());
        partner.verifications.get(index, &[about.partner, region, outcome, source]).inc();
        partner.durations.get(place, &[about.partner, region]).observe(about.duration, trace);
        self.verification_durations.get(pair, &[outcome, source]).observe(about.duration, trace);
    }

    pub(super) fn verification_abandoned(&self, about: &Verification<'_>) {
        let region = self.region_label(self.region_index(about.region));
        self.families.verifications_abandoned_total.with_label_values(&[about.partner, region]).inc();
    }

    /// Sets the values of the `route` and `status` labels, once.
    pub(super) fn set_routes(&self, routes: impl Iterator<Item = &'static str>, statuses: impl Iterator<Item = u16>) {
        let _ = self.http.set(HttpSeries::new(&self.families, routes, statuses));
    }

    pub(super) fn show_config(&self, config: &Config) {
        self.families.show_config(config);
    }

    pub(super) fn max_connections(&self, limit: usize) {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.families.config_limit.with_label_values(&["max_connections"]).set(limit);
    }

    fn region_index(&self, region: Option<&str>) -> Option<usize> {
        region.and_then(|id| self.regions.iter().position(|known| known == id))
    }

    fn region_label(&self, index: Option<usize>) -> &str {
        index.map_or("none", |index| self.regions[index].as_str())
    }

    fn partner(&self, partner: &str) -> Arc<PartnerSeries> {
        let read = self.partners.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counters) = read.get(partner) {
            return counters.clone();
        }
        drop(read);
        let mut write = self.partners.write().unwrap_or_else(PoisonError::into_inner);
        let places = self.regions.len() + 1;
        let count = places * OutcomeLabel::COUNT * SOURCES;
        let make = || {
            Arc::new(PartnerSeries {
                verifications: Handles::new(&self.families.verifications_total, count),
                durations: Handles::new(&self.families.partner_verification_duration_seconds, places),
            })
        };
        write.entry(partner.to_owned()).or_insert_with(make).clone()
    }

    pub(super) fn http(&self, request: &HttpRequest<'_>, status: u16) {
        let none = || HttpSeries::new(&self.families, std::iter::empty(), std::iter::empty());
        self.http.get_or_init(none).count(request, status);
    }

    pub(super) fn cache(&self, tier: CacheTier, result: CacheResult) {
        let index = tier.index() * CacheResult::ALL.len() + result.index();
        self.cache.get(index, &[tier.as_str(), result.as_str()]).inc();
    }

    pub(super) fn begin_redis(&self) {
        self.families.begin_redis();
    }

    pub(super) fn redis_up(&self, is_up: bool) {
        self.families.redis_up.with_label_values::<&str>(&[]).set(is_up.into());
    }

    pub(super) fn redis_asked(&self, operation: RedisOperation, duration: Duration) {
        self.redis_durations.get(operation.index(), &[operation.as_str()]).observe(duration, None);
    }

    pub(super) fn upstream(&self, attempt: &UpstreamAttempt<'_>, result: UpstreamResult) {
        let Some(index) = self.region_index(Some(attempt.region)) else { return };
        let region = attempt.region;
        self.families.upstream_requests_total.with_label_values(&[region, result.as_str()]).inc();
        let durations = self.upstream_durations.get(index, &[region]);
        durations.observe(attempt.duration, attempt.span.exported_trace_id());
    }

    pub(super) fn upstream_abandoned(&self, region: &str, waited: Waited) {
        if self.region_index(Some(region)).is_some() {
            self.families.upstream_requests_abandoned_total.with_label_values(&[region, waited.as_str()]).inc();
        }
    }

    pub(super) fn upstream_retry(&self, region: &str, reason: RetryReason) {
        if self.region_index(Some(region)).is_some() {
            self.families.upstream_retries_total.with_label_values(&[region, reason.as_str()]).inc();
        }
    }

    /// Returns the gauge of a region, or `None` if the region is unknown.
    pub(super) fn upstream_in_flight(&self, region: &str) -> Option<&IntGauge> {
        self.region_index(Some(region)).map(|index| &self.upstream_in_flight[index])
    }

    pub(super) fn breaker(&self, region: &str, state: BreakerState) {
        if self.region_index(Some(region)).is_some() {
            self.families.breaker_state.with_label_values(&[region]).set(state as i64);
        }
    }

    pub(super) fn rate_limited(&self, limit: RateLimit, partner: &str) {
        self.families.rate_limited_total.with_label_values(&[limit.as_str(), partner]).inc();
    }

    pub(super) fn shed(&self, reason: ShedReason) {
        self.families.shed_total.with_label_values(&[reason.as_str()]).inc();
    }

    pub(super) fn resource_exhausted(&self, resource: Resource) {
        self.families.resource_exhausted_total.with_label_values(&[resource.as_str()]).inc();
    }

    pub(super) fn reload(&self, what: Reloaded, result: ReloadResult) {
        let is_good = result == ReloadResult::Success;
        self.families.config_reloads_total.with_label_values(&[result.as_str()]).inc();
        self.families.config_last_reload_successful.with_label_values(&[what.as_str()]).set(is_good.into());
    }

    pub(super) fn certificate_expiry(&self, seconds: i64) {
        self.families.tls_certificate_expiry_timestamp_seconds.with_label_values::<&str>(&[]).set(seconds);
    }

    pub(super) fn spans(&self, count: u64, result: SpansResult) {
        self.families.trace_spans_total.with_label_values(&[result.as_str()]).inc_by(count);
    }

    pub(super) fn panic(&self) {
        self.families.panics_total.with_label_values::<&str>(&[]).inc();
    }

    pub(super) fn requests_in_flight(&self) -> &IntGauge {
        &self.requests_in_flight
    }

    pub(super) fn connections(&self) -> &IntGauge {
        &self.connections
    }

    pub(super) fn render(&self, format: Format, cache_entries: u64) -> String {
        let entries = i64::try_from(cache_entries).unwrap_or(i64::MAX);
        self.families.cache_entries.with_label_values(&["memory"]).set(entries);
        let dropped = self.families.log_lines_dropped_total.with_label_values::<&str>(&[]);
        dropped.inc_by(super::logs::dropped_lines().saturating_sub(dropped.get()));
        let gathered = self.registry.gather();
        match format {
            Format::Text => exposition::text(&gathered),
            Format::OpenMetrics => {
                exposition::open_metrics(&gathered, |name, metric| self.families.timings(name)?.exemplars_of(metric))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        model::{FaultKind, ProblemCode, VerdictKind},
        observe::{MethodLabel, Span},
    };

    const VERIFIED: OutcomeLabel = OutcomeLabel::Verdict(VerdictKind::Verified);

    fn metrics() -> Metrics {
        let metrics = Metrics::new(["in1", "eu1"].into_iter()).unwrap();
        metrics.set_routes(["/v1/verify"].into_iter(), [200, 404].into_iter());
        metrics
    }

    fn verification<'a>(span: &'a Span, region: Option<&'a str>) -> Verification<'a> {
        Verification {
            span,
            client: "test",
            partner: "adjust",
            account_id: "",
            region,
            duration: Duration::from_millis(1),
            request_id: "",
        }
    }

    fn request<'a>(span: &'a Span, route: &'static str, method: &str) -> HttpRequest<'a> {
        let method = MethodLabel::of(method);
        let address = std::net::Ipv4Addr::LOCALHOST.into();
        HttpRequest { span, route, method, duration: Duration::ZERO, request_id: "", address }
    }

    #[test]
    fn counts_by_the_labels_that_are_given() {
        let metrics = metrics();
        let span = Span::none();
        metrics.verification(&verification(&span, Some("eu1")), VERIFIED, Some(Source::Cache));
        metrics.verification(&verification(&span, None), ProblemCode::InvalidRequest.into(), None);
        metrics.http(&request(&span, "/v1/verify", "POST"), 200);
        let text = metrics.render(Format::Text, 3);
        for line in [
            r#"connect_verifier_verifications_total{outcome="verified",partner="adjust",region="eu1",source="cache"} 1"#,
            r#"connect_verifier_verifications_total{outcome="invalid_request",partner="adjust",region="none",source="none"} 1"#,
            r#"connect_verifier_http_requests_total{method="POST",route="/v1/verify",status="200"} 1"#,
            r#"connect_verifier_cache_entries{tier="memory"} 3"#,
            r#"connect_verifier_breaker_state{region="in1"} 0"#,
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn counts_each_outcome_and_source_by_itself() {
        let (metrics, span) = (metrics(), Span::none());
        let verdicts = VerdictKind::ALL.iter().map(|kind| OutcomeLabel::Verdict(*kind));
        let outcomes = verdicts.chain(ProblemCode::ALL.into_iter().map(OutcomeLabel::Problem));
        for outcome in outcomes {
            for source in Source::ALL.iter().copied().map(Some).chain([None]) {
                metrics.verification(&verification(&span, Some("eu1")), outcome, source);
            }
        }
        let text = metrics.render(Format::Text, 0);
        let mut series = text.lines().filter(|line| line.starts_with("connect_verifier_verifications_total{"));
        assert!(series.clone().all(|line| line.ends_with(" 1")), "two share a counter\n{text}");
        assert_eq!(series.by_ref().count(), OutcomeLabel::COUNT * SOURCES);
    }

    #[test]
    fn an_unknown_region_moves_no_series() {
        let (metrics, span) = (metrics(), Span::none());
        let region = "us1";
        let attempt =
            UpstreamAttempt { span: &span, region, account_id: "", retry: 0, duration: Duration::from_secs(1) };
        let before = metrics.render(Format::Text, 0);
        metrics.upstream(&attempt, UpstreamResult::Success);
        metrics.upstream_abandoned(region, Waited::Long);
        metrics.upstream_retry(region, RetryReason::Timeout);
        metrics.breaker(region, BreakerState::Open);
        assert!(metrics.upstream_in_flight(region).is_none(), "an unknown region has no gauge");
        let after = metrics.render(Format::Text, 0);
        let ours = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.starts_with("connect_verifier")).map(str::to_owned).collect()
        };
        assert_eq!(ours(&before), ours(&after));
    }

    #[test]
    fn takes_no_label_from_a_stranger() {
        let (metrics, span) = (metrics(), Span::none());
        for index in 0..1000 {
            let odd = format!("odd{index}");
            metrics.http(&request(&span, "/odd", &odd), index);
            metrics.verification(&verification(&span, Some(&odd)), FaultKind::Internal.into(), None);
        }
        let text = metrics.render(Format::Text, 0);
        assert!(!text.contains("odd"));
        assert!(text.lines().count() < 400, "{}", text.lines().count());
    }
}
