//! One flight's way to the upstream: bulkhead, breaker, attempts with pauses between them, all within one deadline.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Attempt, Connect, Fingerprinter,
    breaker::{Breaker, Health, Pass},
    bulkhead::{AccountPlaces, Places, Rate},
    retry::{RetryBudget, backoff},
};
use crate::{
    config::{Config, UpstreamConfig},
    model::{Credential, Fault, FaultKind, Outcome, Regions},
    observe::{
        BreakerMoved, Observe, RateLimit, RateLimited, RetryReason, Span, UpstreamAbandoned, UpstreamAttempt,
        UpstreamAttempted, UpstreamRetried,
    },
};

/// What stands between a flight and the upstream.
pub(super) struct Gate {
    connect: Arc<dyn Connect>,
    regions: HashMap<String, RegionGate>,
    accounts: AccountPlaces,
    fingerprints: Fingerprinter,
    config: UpstreamConfig,
    observe: Arc<Observe>,
}

struct RegionGate {
    places: Places,
    rate: Rate,
    breaker: Mutex<Breaker>,
    retries: Mutex<RetryBudget>,
}

impl Gate {
    pub(super) fn new(
        config: &Config,
        regions: &Regions,
        connect: Arc<dyn Connect>,
        fingerprints: Fingerprinter,
        observe: Arc<Observe>,
    ) -> Self {
        let upstream = &config.upstream;
        let gate = || RegionGate {
            places: Places::new(upstream.max_concurrency_per_region.get()),
            rate: Rate::new(config.limits.upstream_per_second, config.limits.upstream_burst),
            breaker: Mutex::new(Breaker::new(upstream.breaker.failure_threshold.get(), upstream.breaker.open_time)),
            retries: Mutex::new(RetryBudget::new(upstream.retry_budget_percent, Instant::now())),
        };
        Self {
            connect,
            regions: regions.iter().map(|region| (region.id.clone(), gate())).collect(),
            accounts: AccountPlaces::new(upstream.max_concurrency_per_account.get()),
            fingerprints,
            config: upstream.clone(),
            observe,
        }
    }

    /// Asks the upstream, and gives up at the deadline.
    pub(super) async fn ask(&self, credential: &Credential, deadline: Instant, span: &Span) -> Outcome {
        let Some(region) = self.regions.get(&credential.region.id) else {
            return Fault::new(FaultKind::Internal).into();
        };
        let arrived = Instant::now();
        let until = (arrived + self.config.queue_timeout).min(deadline);
        let account = self.fingerprints.account(&credential.region.id, &credential.account_id);
        let Ok(_account) = self.accounts.take(account, until).await else {
            return self.busy(credential, None, span);
        };
        let Ok(_place) = region.places.take(until).await else {
            return self.busy(credential, None, span);
        };
        let mut guard = match BreakerGuard::admit(region, &self.observe, &credential.region.id) {
            Ok(guard) => guard,
            Err(wait) => {
                span.set("breaker", || "open");
                return Fault::new(FaultKind::UpstreamUnavailable).retry_after(wait).into();
            }
        };
        span.set("breaker", || if guard.pass == Pass::Probe { "half-open" } else { "closed" });
        if let Err(wait) = region.rate.take(until).await {
            return self.busy(credential, Some(wait), span);
        }
        span.set("queued_ms", || arrived.elapsed().as_millis() as i64);
        lock(&region.retries).request(Instant::now());
        let outcome = self.attempts(credential, region, guard.pass, deadline, span).await;
        guard.health = health_of(&outcome);
        outcome
    }

    async fn attempts(
        &self,
        credential: &Credential,
        region: &RegionGate,
        pass: Pass,
        deadline: Instant,
        span: &Span,
    ) -> Outcome {
        // A probe that fails has told all that it can.
        let most = if pass == Pass::Probe { 1 } else { self.config.max_attempts.get() };
        let mut number = 1;
        loop {
            let Attempt { outcome, is_retryable, .. } = self.attempt(credential, deadline, number - 1, span).await;
            let Outcome::Fault(fault) = &outcome else { return outcome };
            if !is_retryable || number >= most {
                return outcome;
            }
            let pause = backoff(number, self.config.backoff_base, self.config.backoff_max, fastrand::f64())
                .max(fault.retry_after.unwrap_or_default());
            let now = Instant::now();
            if now + pause >= deadline || !lock(&region.retries).try_retry(now) {
                return outcome;
            }
            tokio::time::sleep(pause).await;
            if region.rate.take(Instant::now()).await.is_err() {
                return outcome;
            }
            let reason = match fault.kind {
                FaultKind::UpstreamTimeout => RetryReason::Timeout,
                FaultKind::UpstreamBusy => RetryReason::Busy,
                _ => RetryReason::Unavailable,
            };
            self.observe.record(&UpstreamRetried { span, region: &credential.region.id, reason });
            number += 1;
        }
    }

    async fn attempt(&self, credential: &Credential, deadline: Instant, retry: u32, flight: &Span) -> Attempt {
        let mut ending = AttemptEnding {
            observe: &self.observe,
            span: flight.child_call("attempt"),
            credential,
            retry,
            started: Instant::now(),
            attempt: None,
        };
        let timeout = self.config.attempt_timeout.min(deadline.saturating_duration_since(ending.started));
        let _in_flight = self.observe.upstream_in_flight(&credential.region.id);
        let attempt = self.connect.attempt(credential, timeout).await;
        ending.attempt = Some(attempt.clone());
        attempt
    }

    /// Counts a limit of ours that was met: a concurrency, or the region's rate.
    fn busy(&self, credential: &Credential, wait: Option<Duration>, span: &Span) -> Outcome {
        self.observe.record(&RateLimited { limit: RateLimit::Upstream, partner: &credential.partner, span });
        let fault = Fault { retry_after: wait, ..Fault::new(FaultKind::UpstreamBusy) };
        fault.into()
    }
}

/// Tells what became of an attempt, also when it is given up half-way.
struct AttemptEnding<'a> {
    observe: &'a Observe,
    span: Span,
    credential: &'a Credential,
    retry: u32,
    started: Instant,
    attempt: Option<Attempt>,
}

impl Drop for AttemptEnding<'_> {
    fn drop(&mut self) {
        let attempt = UpstreamAttempt {
            span: &self.span,
            region: &self.credential.region.id,
            account_id: &self.credential.account_id,
            retry: self.retry,
            duration: self.started.elapsed(),
        };
        match &self.attempt {
            Some(Attempt { outcome, result, status, .. }) => self.observe.record(&UpstreamAttempted {
                attempt,
                result: *result,
                status: *status,
                outcome: outcome.code(),
                is_fault: matches!(outcome, Outcome::Fault(_)),
            }),
            // A panic of ours is told of where it is caught.
            None if std::thread::panicking() => {}
            None => self.observe.record(&UpstreamAbandoned(attempt)),
        }
    }
}

/// Whoever answers is alive, whatever the answer is worth; whether a limit of ours or theirs was met says nothing.
fn health_of(outcome: &Outcome) -> Health {
    match outcome {
        Outcome::Verdict(_) => Health::Alive,
        Outcome::Fault(fault) => match fault.kind {
            FaultKind::UpstreamUnavailable | FaultKind::UpstreamTimeout => Health::Failing,
            FaultKind::UpstreamUnexpected | FaultKind::UpstreamBusy => Health::Alive,
            FaultKind::Overloaded | FaultKind::TooManyAttempts | FaultKind::Internal => Health::Unknown,
        },
    }
}

/// Tells the breaker what came of a call, also when the call is given up half-way.
struct BreakerGuard<'a> {
    region: &'a RegionGate,
    observe: &'a Observe,
    id: &'a str,
    pass: Pass,
    health: Health,
}

impl<'a> BreakerGuard<'a> {
    fn admit(region: &'a RegionGate, observe: &'a Observe, id: &'a str) -> Result<Self, Duration> {
        let pass = move_breaker(region, observe, id, |breaker| breaker.admit(Instant::now()))?;
        Ok(Self { region, observe, id, pass, health: Health::Unknown })
    }
}

impl Drop for BreakerGuard<'_> {
    fn drop(&mut self) {
        move_breaker(self.region, self.observe, self.id, |breaker| {
            breaker.settle(self.pass, self.health, Instant::now());
        });
    }
}

fn move_breaker<T>(region: &RegionGate, observe: &Observe, id: &str, step: impl FnOnce(&mut Breaker) -> T) -> T {
    let mut breaker = lock(&region.breaker);
    let before = breaker.level();
    let result = step(&mut breaker);
    let after = breaker.level();
    drop(breaker);
    if before != after {
        observe.record(&BreakerMoved { region: id, from: before, to: after });
    }
    result
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
