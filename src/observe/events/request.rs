//! Events of a caller's request.

use std::{net::IpAddr, time::Duration};

use tracing::{debug, error, info};

use super::{label, millis};
#[cfg(test)]
use crate::observe::Recorded;
use crate::{
    model::{OutcomeLabel, Source, mask_account_id},
    observe::{Event, Metrics, Span},
};

/// A verification, as far as it progressed.
#[derive(Debug)]
pub struct Verification<'a> {
    /// The request's span.
    pub span: &'a Span,
    /// The caller.
    pub client: &'a str,
    /// The caller's partner.
    pub partner: &'a str,
    /// The account id, unmasked; empty if unknown or unreadable.
    pub account_id: &'a str,
    /// The region's id, if any.
    pub region: Option<&'a str>,
    /// The time from the request's head to the end.
    pub duration: Duration,
    /// The request's id.
    pub request_id: &'a str,
}

/// A verification was answered.
#[derive(Debug)]
pub struct VerificationDone<'a> {
    /// Which one.
    pub verification: Verification<'a>,
    /// The status, or the problem code.
    pub outcome: OutcomeLabel,
    /// The source of the answer; `None` if the upstream was never asked.
    pub source: Option<Source>,
}

/// A verification's caller disconnected before the answer.
#[derive(Debug)]
pub struct VerificationAbandoned<'a>(pub Verification<'a>);

impl Verification<'_> {
    fn note(&self) {
        self.span.set("client", || self.client.to_owned());
        self.span.set("partner", || self.partner.to_owned());
        self.span.set("account_id", || mask_account_id(self.account_id));
        self.span.set("region", || self.region.unwrap_or("none").to_owned());
    }
}

impl Event for VerificationDone<'_> {
    fn record(&self, metrics: &Metrics) {
        let Self { verification: about, outcome, source } = self;
        metrics.verification(about, *outcome, *source);
        let outcome = outcome.as_str();
        let is_hit = *source == Some(Source::Cache);
        let source = source.map_or("none", Source::as_str);
        about.note();
        about.span.set("outcome", || outcome);
        about.span.set("source", || source);
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    request_id = about.request_id,
                    trace_id = %about.span.trace_id(),
                    client = about.client,
                    partner = about.partner,
                    account_id = mask_account_id(about.account_id),
                    region = about.region.unwrap_or("none"),
                    outcome,
                    source,
                    duration_ms = millis(about.duration),
                    "verification done"
                )
            };
        }
        // Cache hits are the bulk, and a line for each would cost a fifth of the time that a hit takes.
        if is_hit { line!(debug) } else { line!(info) }
    }
}

impl Event for VerificationAbandoned<'_> {
    fn record(&self, metrics: &Metrics) {
        let Self(about) = self;
        metrics.verification_abandoned(about);
        about.note();
        info!(
            request_id = about.request_id,
            trace_id = %about.span.trace_id(),
            client = about.client,
            partner = about.partner,
            account_id = mask_account_id(about.account_id),
            region = about.region.unwrap_or("none"),
            duration_ms = millis(about.duration),
            "verification abandoned"
        );
    }
}

/// A request on the public listener, when it ends.
#[derive(Debug)]
pub struct HttpRequest<'a> {
    /// The request's span.
    pub span: &'a Span,
    /// The route's template, or `none`.
    pub route: &'static str,
    /// The method.
    pub method: MethodLabel,
    /// The time from the request's head to the end.
    pub duration: Duration,
    /// The request's id.
    pub request_id: &'a str,
    /// The caller's address.
    pub address: IpAddr,
}

/// A request was answered.
#[derive(Debug)]
pub struct HttpAnswered<'a> {
    /// Which one.
    pub request: HttpRequest<'a>,
    /// The status.
    pub status: u16,
}

/// A request's caller disconnected before the answer.
#[derive(Debug)]
pub struct HttpAbandoned<'a>(pub HttpRequest<'a>);

label! {
    /// The `method` label of `http_requests_total`. Unknown methods are not shown, because they could contain a secret.
    MethodLabel {
        /// Reads a resource.
        Get = "GET",
        /// Verifies, or creates a session.
        Post = "POST",
        /// Reads the head of a resource.
        Head = "HEAD",
        /// Not used by any route.
        Put = "PUT",
        /// Not used by any route.
        Delete = "DELETE",
        /// A preflight, or a request that no route accepts.
        Options = "OPTIONS",
        /// Not used by any route.
        Patch = "PATCH",
        /// Any other method.
        Other = "other",
    }
}

impl MethodLabel {
    /// Returns the label of a method.
    pub fn of(method: &str) -> Self {
        Self::ALL.iter().copied().find(|known| known.as_str() == method).unwrap_or(Self::Other)
    }
}

/// nginx's status for a client that disconnected.
pub(in crate::observe) const ABANDONED: u16 = 499;

impl HttpRequest<'_> {
    /// Counts the request, adds it to its span, and returns the method. The path is omitted, because it could contain a
    /// secret.
    fn count(&self, metrics: &Metrics, status: u16) -> &'static str {
        metrics.http(self, status);
        let method = self.method.as_str();
        self.span.rename(|| format!("{method} {}", self.route));
        self.span.set("http.request.method", || method);
        self.span.set("http.route", || self.route);
        self.span.set("request_id", || self.request_id.to_owned());
        method
    }
}

impl Event for HttpAnswered<'_> {
    fn record(&self, metrics: &Metrics) {
        let Self { request, status } = self;
        let method = request.count(metrics, *status);
        request.span.set("http.response.status_code", || i64::from(*status));
        if *status >= 500 {
            request.span.fail("server error");
        }
        debug!(
            request_id = request.request_id,
            trace_id = %request.span.trace_id(),
            route = request.route,
            method,
            status,
            address = %request.address,
            duration_ms = millis(request.duration),
            "request answered"
        );
    }
}

impl Event for HttpAbandoned<'_> {
    fn record(&self, metrics: &Metrics) {
        let Self(request) = self;
        let method = request.count(metrics, ABANDONED);
        request.span.fail("the caller disconnected");
        debug!(
            request_id = request.request_id,
            trace_id = %request.span.trace_id(),
            route = request.route,
            method,
            address = %request.address,
            duration_ms = millis(request.duration),
            "request abandoned"
        );
    }
}

/// A limit was exceeded.
#[derive(Debug)]
pub struct RateLimited<'a> {
    /// The limit.
    pub limit: RateLimit,
    /// The caller's partner; `none` for a caller without a key.
    pub partner: &'a str,
    /// The span of the step that exceeded it.
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
        /// The attempts of a session.
        Session = "session",
    }
}

impl Event for RateLimited<'_> {
    fn record(&self, metrics: &Metrics) {
        let limit = self.limit.as_str();
        metrics.rate_limited(self.limit, self.partner);
        self.span.set("limit", || limit);
        debug!(trace_id = %self.span.trace_id(), limit, partner = self.partner, "rate limited");
    }

    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        Recorded::RateLimited { limit: self.limit, partner: self.partner.to_owned() }
    }
}

/// Work was rejected to protect the service.
#[derive(Debug)]
pub struct Shed {
    /// The reason.
    pub reason: ShedReason,
}

label! {
    /// The `reason` label of `shed_total`.
    ShedReason {
        /// Too much concurrent work that needs the upstream.
        InFlight = "in_flight",
        /// The connection limit is reached.
        Connections = "connections",
        /// A client that sends or reads too slowly.
        Slow = "slow",
    }
}

impl Event for Shed {
    fn record(&self, metrics: &Metrics) {
        let reason = self.reason.as_str();
        metrics.shed(self.reason);
        debug!(reason, "shed");
    }
}

/// The service's code panicked while handling a request. The panic message is not logged: it could contain anything.
#[derive(Debug)]
pub struct Panicked<'a> {
    /// The place of the panic.
    pub place: Place,
    /// The request's id; `None` for a flight, which has several.
    pub request_id: Option<&'a str>,
    /// The span of the code that panicked.
    pub span: &'a Span,
}

label! {
    /// The places where a panic is caught.
    Place {
        /// The handler of a request.
        Handler = "handler",
        /// A call to CleverTap, which several requests may share.
        Flight = "flight",
    }
}

impl Event for Panicked<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.panic();
        self.span.fail("panicked");
        error!(
            request_id = self.request_id,
            trace_id = %self.span.trace_id(),
            place = self.place.as_str(),
            "work for a request panicked"
        );
    }

    #[cfg(test)]
    fn recorded(&self) -> Recorded {
        Recorded::Panicked(self.place)
    }
}
