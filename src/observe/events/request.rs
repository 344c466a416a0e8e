//! What happens to a caller's request.

use std::{net::IpAddr, time::Duration};

use tracing::{debug, error, info};

use super::{Label as _, label, millis};
use crate::{
    model::mask_account_id,
    observe::{Event, Metrics, Span},
};

/// A verification came to its end.
#[derive(Debug)]
pub struct VerificationDone<'a> {
    /// The request's span.
    pub span: &'a Span,
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
        let trace = self.span.exported_trace_id();
        metrics.verification(self.partner, self.region, self.outcome, self.source, self.duration, trace);
        note_verification(self.span, self.client, self.partner, self.account_id, self.region);
        self.span.set("outcome", || self.outcome);
        self.span.set("source", || self.source);
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    request_id = self.request_id,
                    trace_id = %self.span.trace_id(),
                    client = self.client,
                    partner = self.partner,
                    account_id = mask_account_id(self.account_id),
                    region = self.region.unwrap_or("none"),
                    outcome = self.outcome,
                    source = self.source,
                    duration_ms = millis(self.duration),
                    "verification done"
                )
            };
        }
        // Hits are the bulk, and a line for each would cost a fifth of the time that a hit takes.
        if self.source == "cache" { line!(debug) } else { line!(info) }
    }
}

/// A verification's caller left before the answer.
#[derive(Debug)]
pub struct VerificationAbandoned<'a> {
    /// The request's span.
    pub span: &'a Span,
    /// The caller.
    pub client: &'a str,
    /// The caller's partner.
    pub partner: &'a str,
    /// The account that it was about, unmasked; empty when that was not known yet.
    pub account_id: &'a str,
    /// The region's id, if one was asked for.
    pub region: Option<&'a str>,
    /// From the request's head to its end.
    pub duration: Duration,
    /// The request.
    pub request_id: &'a str,
}

impl Event for VerificationAbandoned<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.verification_abandoned(self.partner, self.region);
        note_verification(self.span, self.client, self.partner, self.account_id, self.region);
        info!(
            request_id = self.request_id,
            trace_id = %self.span.trace_id(),
            client = self.client,
            partner = self.partner,
            account_id = mask_account_id(self.account_id),
            region = self.region.unwrap_or("none"),
            duration_ms = millis(self.duration),
            "verification abandoned"
        );
    }
}

fn note_verification(span: &Span, client: &str, partner: &str, account_id: &str, region: Option<&str>) {
    span.set("client", || client.to_owned());
    span.set("partner", || partner.to_owned());
    span.set("account_id", || mask_account_id(account_id));
    span.set("region", || region.unwrap_or("none").to_owned());
}

/// A request on the public listener was answered.
#[derive(Debug)]
pub struct HttpAnswered<'a> {
    /// The request's span.
    pub span: &'a Span,
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
        let method = metrics.http(self.route, self.method, self.status, self.duration, self.span.exported_trace_id());
        note_request(self.span, self.route, method, self.request_id);
        self.span.set("http.response.status_code", || i64::from(self.status));
        if self.status >= 500 {
            self.span.fail("no answer to the question");
        }
        debug!(
            request_id = self.request_id,
            trace_id = %self.span.trace_id(),
            route = self.route,
            method,
            status = self.status,
            address = %self.address,
            duration_ms = millis(self.duration),
            "request answered"
        );
    }
}

/// A request's caller left before the answer. It is counted as status 499, as other servers do.
#[derive(Debug)]
pub struct HttpAbandoned<'a> {
    /// The request's span.
    pub span: &'a Span,
    /// The route's template, or `none`.
    pub route: &'static str,
    /// The method.
    pub method: &'a str,
    /// From the request's head to its end.
    pub duration: Duration,
    /// The request.
    pub request_id: &'a str,
    /// Who called, as far as that is known.
    pub address: IpAddr,
}

impl HttpAbandoned<'_> {
    const STATUS: u16 = 499;
}

impl Event for HttpAbandoned<'_> {
    fn record(&self, metrics: &Metrics) {
        let trace = self.span.exported_trace_id();
        let method = metrics.http(self.route, self.method, Self::STATUS, self.duration, trace);
        note_request(self.span, self.route, method, self.request_id);
        self.span.fail("the caller left");
        debug!(
            request_id = self.request_id,
            trace_id = %self.span.trace_id(),
            route = self.route,
            method,
            address = %self.address,
            duration_ms = millis(self.duration),
            "request abandoned"
        );
    }
}

/// Neither a strange method nor a path is told: a secret could have strayed there.
fn note_request(span: &Span, route: &'static str, method: &'static str, request_id: &str) {
    span.rename(|| format!("{method} {route}"));
    span.set("http.request.method", || method);
    span.set("http.route", || route);
    span.set("request_id", || request_id.to_owned());
}

/// A limit was met.
#[derive(Debug)]
pub struct RateLimited<'a> {
    /// Which one.
    pub limit: RateLimit,
    /// The caller's partner; `none` for a caller without a key.
    pub partner: &'a str,
    /// The span of the step that met it.
    pub span: &'a Span,
}

label! {
    /// The `limit` label of `rate_limited_total`.
    RateLimit {
        /// The client's own rate, or an address's.
        Client = "client",
        /// The guess budget of an account.
        Account = "account",
        /// A region's rate or concurrency, or an account's concurrency.
        Upstream = "upstream",
    }
}

impl Event for RateLimited<'_> {
    fn record(&self, metrics: &Metrics) {
        let limit = self.limit.as_str();
        metrics.rate_limited(limit, self.partner);
        self.span.set("limit", || limit);
        debug!(trace_id = %self.span.trace_id(), limit, partner = self.partner, "rate limited");
    }
}

/// Work was refused to protect the service.
#[derive(Debug)]
pub struct Shed {
    /// Why.
    pub reason: ShedReason,
}

label! {
    /// The `reason` label of `shed_total`.
    ShedReason {
        /// Too much work that needs the upstream.
        InFlight = "in_flight",
        /// All connections are taken.
        Connections = "connections",
        /// A client that sends or reads too slowly.
        Slow = "slow",
    }
}

impl Event for Shed {
    fn record(&self, metrics: &Metrics) {
        let reason = self.reason.as_str();
        metrics.shed(reason);
        debug!(reason, "shed");
    }
}

/// Code of ours panicked while it worked for a request. The panic's own text is not told: it could carry anything.
#[derive(Debug)]
pub struct Panicked<'a> {
    /// Where: `handler` or `flight`.
    pub place: &'static str,
    /// The request; a flight has several.
    pub request_id: Option<&'a str>,
    /// The span of what panicked.
    pub span: &'a Span,
}

impl Event for Panicked<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.panic();
        self.span.fail("panicked");
        error!(
            request_id = self.request_id,
            trace_id = %self.span.trace_id(),
            place = self.place,
            "work for a request panicked"
        );
    }
}
