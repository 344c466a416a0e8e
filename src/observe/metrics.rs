//! Counts what happens.
//!
//! Labels come from closed sets: partners and regions of the configuration, outcomes, routes, methods. Nothing that a
//! caller sends becomes a label. Where a closed set is small its series begin at zero, so that the first event of a
//! rare kind is already seen as a change.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use prometheus::{IntCounterVec, IntGauge, Registry};

use super::{
    events::{HttpRequest, Label, RedisOperation, UpstreamAttempt, Verification},
    exposition::{self, Format},
    families::Families,
    handles::Handles,
    process::Process,
    timings::Timings,
};
use crate::config::Config;

type Counters = Handles<IntCounterVec>;
type Histograms = Handles<Timings>;

/// All metrics, with the handles of the hot path resolved.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    families: Families,
    regions: Vec<String>,
    routes: OnceLock<Vec<&'static str>>,
    partners: RwLock<HashMap<String, Arc<PartnerSeries>>>,
    verification_durations: Histograms,
    http_requests: Counters,
    http_durations: Histograms,
    upstream_durations: Histograms,
    redis_durations: Histograms,
    cache: Counters,
    upstream_in_flight: Vec<IntGauge>,
    requests_in_flight: IntGauge,
    connections: IntGauge,
}

/// The series of one partner, by region and by what came of the verification.
#[derive(Debug)]
struct PartnerSeries {
    verifications: Counters,
    durations: Histograms,
}

/// The values of the `outcome` label.
const OUTCOMES: [&str; 25] = [
    "verified",
    "invalid_credentials",
    "wrong_region",
    "partner_not_whitelisted",
    "malformed_json",
    "bad_request",
    "invalid_request",
    "unauthenticated",
    "forbidden",
    "not_found",
    "method_not_allowed",
    "unsupported_media_type",
    "payload_too_large",
    "request_timeout",
    "uri_too_long",
    "headers_too_large",
    "rate_limited",
    "too_many_attempts",
    "upstream_unexpected",
    "upstream_unavailable",
    "upstream_busy",
    "upstream_timeout",
    "overloaded",
    "internal",
    "other",
];
const SOURCES: [&str; 4] = ["cache", "upstream", "collapsed", "none"];
/// The most routes that are counted each by itself.
const MAX_ROUTES: usize = 32;
const METHODS: [&str; 8] = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "other"];
const STATUSES: [&str; 21] = [
    "200", "304", "400", "401", "403", "404", "405", "408", "413", "414", "415", "422", "429", "431", "499", "500",
    "502", "503", "504", "204", "other",
];
const TIERS: [&str; 2] = ["memory", "redis"];
const CACHE_RESULTS: [&str; 4] = ["hit", "miss", "collapsed", "error"];

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
        let count = |lists: &[usize]| lists.iter().product();
        Ok(Self {
            upstream_in_flight: in_flight.collect(),
            routes: OnceLock::new(),
            partners: RwLock::default(),
            verification_durations: Handles::new(
                &families.verification_duration_seconds,
                count(&[OUTCOMES.len(), SOURCES.len()]),
            ),
            http_requests: Handles::new(
                &families.http_requests_total,
                count(&[MAX_ROUTES, METHODS.len(), STATUSES.len()]),
            ),
            http_durations: Handles::new(&families.http_request_duration_seconds, MAX_ROUTES),
            upstream_durations: Handles::new(&families.upstream_request_duration_seconds, regions.len()),
            redis_durations: Handles::new(&families.redis_request_duration_seconds, RedisOperation::ALL.len()),
            cache: Handles::new(&families.cache_requests_total, count(&[TIERS.len(), CACHE_RESULTS.len()])),
            requests_in_flight: families.http_requests_in_flight.with_label_values::<&str>(&[]),
            connections: families.http_connections.with_label_values::<&str>(&[]),
            registry,
            families,
            regions,
        })
    }

    pub(super) fn verification(&self, about: &Verification<'_>, outcome: &str, source: &str) {
        let region_index = self.region_index(about.region);
        let region = self.region_label(region_index);
        let (outcome_index, outcome) = place(&OUTCOMES, outcome, OUTCOMES.len() - 1);
        let (source_index, source) = place(&SOURCES, source, SOURCES.len() - 1);
        let pair = outcome_index * SOURCES.len() + source_index;
        let place = region_index.map_or(0, |index| index + 1);
        let index = place * OUTCOMES.len() * SOURCES.len() + pair;
        let (partner, trace) = (self.partner(about.partner), about.span.exported_trace_id());
        partner.verifications.get(index, &[about.partner, region, outcome, source]).inc();
        partner.durations.get(place, &[about.partner, region]).observe(about.duration, trace);
        self.verification_durations.get(pair, &[outcome, source]).observe(about.duration, trace);
    }

    pub(super) fn verification_abandoned(&self, about: &Verification<'_>) {
        let region = self.region_label(self.region_index(about.region));
        self.families.verifications_abandoned_total.with_label_values(&[about.partner, region]).inc();
    }

    /// Sets the values of the `route` label, once. A route that is not among them counts as `none`.
    pub(super) fn set_routes(&self, routes: impl Iterator<Item = &'static str>) {
        let _ = self.routes.set(routes.take(MAX_ROUTES - 1).collect());
    }

    pub(super) fn show_config(&self, config: &Config) {
        self.families.show_config(config);
    }

    pub(super) fn max_connections(&self, limit: usize) {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.families.config_limit.with_label_values(&["max_connections"]).set(limit);
    }

    fn route(&self, template: &str) -> (usize, &'static str) {
        let known = self.routes.get().into_iter().flatten();
        known.copied().enumerate().find(|(_, known)| *known == template).unwrap_or((MAX_ROUTES - 1, "none"))
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
        let count = places * OUTCOMES.len() * SOURCES.len();
        let make = || {
            Arc::new(PartnerSeries {
                verifications: Handles::new(&self.families.verifications_total, count),
                durations: Handles::new(&self.families.partner_verification_duration_seconds, places),
            })
        };
        write.entry(partner.to_owned()).or_insert_with(make).clone()
    }

    /// Returns the method as it is counted.
    pub(super) fn http(&self, request: &HttpRequest<'_>, status: u16) -> &'static str {
        let (route_index, route) = self.route(request.route);
        let (method_index, method) = place(&METHODS, request.method, METHODS.len() - 1);
        let mut text = [0; 5];
        let (status_index, status) = place(&STATUSES, decimal(status, &mut text), STATUSES.len() - 1);
        let index = (route_index * METHODS.len() + method_index) * STATUSES.len() + status_index;
        self.http_requests.get(index, &[route, method, status]).inc();
        let durations = self.http_durations.get(route_index, &[route]);
        durations.observe(request.duration, request.span.exported_trace_id());
        method
    }

    pub(super) fn cache(&self, tier: &str, result: &str) {
        let (tier_index, tier) = place(&TIERS, tier, 0);
        let (result_index, result) = place(&CACHE_RESULTS, result, CACHE_RESULTS.len() - 1);
        self.cache.get(tier_index * CACHE_RESULTS.len() + result_index, &[tier, result]).inc();
    }

    pub(super) fn begin_redis(&self) {
        self.families.begin_redis();
    }

    pub(super) fn redis_up(&self, is_up: bool) {
        self.families.redis_up.with_label_values::<&str>(&[]).set(is_up.into());
    }

    pub(super) fn redis_asked(&self, operation: RedisOperation, duration: Duration) {
        let index = RedisOperation::ALL.iter().position(|known| *known == operation).unwrap_or(0);
        self.redis_durations.get(index, &[operation.as_str()]).observe(duration, None);
    }

    pub(super) fn upstream(&self, attempt: &UpstreamAttempt<'_>, result: &str) {
        let region = attempt.region;
        self.families.upstream_requests_total.with_label_values(&[region, result]).inc();
        if let Some(index) = self.region_index(Some(region)) {
            let durations = self.upstream_durations.get(index, &[region]);
            durations.observe(attempt.duration, attempt.span.exported_trace_id());
        }
    }

    pub(super) fn upstream_abandoned(&self, region: &str, waited: &str) {
        self.families.upstream_requests_abandoned_total.with_label_values(&[region, waited]).inc();
    }

    pub(super) fn upstream_retry(&self, region: &str, reason: &str) {
        self.families.upstream_retries_total.with_label_values(&[region, reason]).inc();
    }

    /// Returns the gauge of a region; an unknown region has none.
    pub(super) fn upstream_in_flight(&self, region: &str) -> Option<&IntGauge> {
        self.region_index(Some(region)).map(|index| &self.upstream_in_flight[index])
    }

    pub(super) fn breaker(&self, region: &str, state: u8) {
        self.families.breaker_state.with_label_values(&[region]).set(state.into());
    }

    pub(super) fn rate_limited(&self, limit: &str, partner: &str) {
        self.families.rate_limited_total.with_label_values(&[limit, partner]).inc();
    }

    pub(super) fn shed(&self, reason: &str) {
        self.families.shed_total.with_label_values(&[reason]).inc();
    }

    pub(super) fn resource_exhausted(&self, resource: &str) {
        self.families.resource_exhausted_total.with_label_values(&[resource]).inc();
    }

    pub(super) fn reload(&self, what: &str, result: &str, is_good: bool) {
        self.families.config_reloads_total.with_label_values(&[result]).inc();
        self.families.config_last_reload_successful.with_label_values(&[what]).set(is_good.into());
    }

    pub(super) fn certificate_expiry(&self, seconds: i64) {
        self.families.tls_certificate_expiry_timestamp_seconds.with_label_values::<&str>(&[]).set(seconds);
    }

    pub(super) fn spans(&self, count: u64, result: &str) {
        self.families.trace_spans_total.with_label_values(&[result]).inc_by(count);
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

/// Finds a label's value in its closed set; whatever is not in there becomes the one at `other`.
fn place(set: &[&'static str], value: &str, other: usize) -> (usize, &'static str) {
    let index = set.iter().position(|known| *known == value).unwrap_or(other);
    (index, set[index])
}

fn decimal(number: u16, text: &mut [u8; 5]) -> &str {
    let mut at = text.len();
    let mut rest = number;
    loop {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    std::str::from_utf8(&text[at..]).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::observe::Span;

    fn metrics() -> Metrics {
        let metrics = Metrics::new(["in1", "eu1"].into_iter()).unwrap();
        metrics.set_routes(["/v1/verify"].into_iter());
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

    fn request<'a>(span: &'a Span, route: &'static str, method: &'a str) -> HttpRequest<'a> {
        let address = std::net::Ipv4Addr::LOCALHOST.into();
        HttpRequest { span, route, method, duration: Duration::ZERO, request_id: "", address }
    }

    #[test]
    fn counts_by_the_labels_that_are_given() {
        let metrics = metrics();
        let span = Span::none();
        metrics.verification(&verification(&span, Some("eu1")), "verified", "cache");
        metrics.verification(&verification(&span, None), "invalid_request", "none");
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
    fn has_a_label_for_every_outcome() {
        for code in crate::model::ProblemCode::ALL {
            assert!(OUTCOMES.contains(&code.as_str()), "{code:?}");
        }
        assert_eq!(
            OUTCOMES.len(),
            crate::model::ProblemCode::ALL.len() + 5,
            "four verdicts, and what is none of these"
        );
    }

    #[test]
    fn takes_no_label_from_a_stranger() {
        let (metrics, span) = (metrics(), Span::none());
        for index in 0..1000 {
            let odd = format!("odd{index}");
            metrics.http(&request(&span, "/odd", &odd), index);
            metrics.verification(&verification(&span, Some(&odd)), &odd, &odd);
        }
        let text = metrics.render(Format::Text, 0);
        assert!(!text.contains("odd"));
        assert!(text.lines().count() < 400, "{}", text.lines().count());
    }
}
