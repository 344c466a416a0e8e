//! The path of a flight to the upstream: permits, breaker, rate limit, then attempts with pauses, all within one
//! deadline.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

use super::{
    Attempt, Connect, Patience,
    breaker::{Breaker, Health, Pass},
    bulkhead::{AccountPlaces, Full, Places, Rate},
    fingerprint::Fingerprint,
    lock,
    retry::{RetryBudget, backoff},
    shared::{Away, RateClaim, Rated, SharedTier},
    trip::Trip,
    turns::{Turn, Turns},
};
use crate::{
    config::{Config, UpstreamConfig},
    model::{Credential, Fault, FaultKind, Outcome},
    observe::{
        BreakerMoved, BreakerState, Observe, RateLimit, RateLimited, RetryReason, Span, UpstreamAbandoned,
        UpstreamAttempt, UpstreamAttempted, UpstreamRetried, Waited,
    },
};

/// Batches may use one part in this many of a region's permits and rate.
const BATCH_SHARE: usize = 2;
/// The maximum time by which a batch's turn in a shared rate may be in the future.
const MAX_BATCH_TURN: Duration = Duration::from_secs(1);

/// The limits between flights and the upstream.
pub(super) struct Gate {
    connect: Arc<dyn Connect>,
    regions: HashMap<String, RegionGate>,
    accounts: AccountPlaces,
    config: UpstreamConfig,
    /// The minimum time for an attempt whose timeout counts against the region.
    attempt_time: Duration,
    observe: Arc<Observe>,
}

struct RegionGate {
    places: Places,
    rate: Rate,
    /// The share of permits for batches.
    batch_places: Turns,
    batch_rate: Rate,
    breaker: Mutex<Breaker>,
    retries: Mutex<RetryBudget>,
}

/// The request of a flight.
pub(super) struct Errand<'a> {
    pub(super) credential: &'a Credential,
    /// The account in its region.
    pub(super) account: Fingerprint,
    pub(super) deadline: Instant,
    /// The flight's span.
    pub(super) span: &'a Span,
    pub(super) patience: Patience,
    /// The client that started the flight.
    pub(super) client: &'a str,
    /// Notified when an interactive question joins the flight of a batch.
    pub(super) hurry: &'a Notify,
    pub(super) trip: &'a Trip,
    /// The shared tier, if instances share the region's rate.
    pub(super) shared: Option<&'a dyn SharedTier>,
    /// The time of the call's turn in that rate, if it was already taken.
    pub(super) turn: Option<Instant>,
}

impl Gate {
    pub(super) fn new(config: &Config, connect: Arc<dyn Connect>, observe: Arc<Observe>) -> Self {
        let upstream = &config.upstream;
        let breaker = &upstream.breaker;
        let (places, rate) = (upstream.max_concurrency_per_region.get(), config.limits.upstream_per_second);
        let gate = || RegionGate {
            places: Places::new(places),
            rate: Rate::new(rate, config.limits.upstream_burst),
            batch_places: Turns::new(places.div_ceil(BATCH_SHARE)),
            // Without a burst, so that batches cannot use what interactive questions have saved.
            batch_rate: Rate::new(share_of(rate), NonZeroU32::MIN),
            breaker: Mutex::new(Breaker::new(
                breaker.failure_threshold.get(),
                breaker.min_accounts.get(),
                breaker.open_time,
            )),
            retries: Mutex::new(RetryBudget::new(upstream.retry_budget_percent, Instant::now())),
        };
        let whole = upstream.attempt_timeout.min(upstream.deadline).min(config.server.question_time() / 2);
        Self {
            connect,
            regions: config.regions.iter().map(|region| (region.id.clone(), gate())).collect(),
            accounts: AccountPlaces::new(upstream.max_concurrency_per_account.get()),
            config: upstream.clone(),
            attempt_time: whole.mul_f64(0.9),
            observe,
        }
    }

    /// Returns whether a flight that starts now has time for an attempt.
    pub(super) fn has_time(&self, deadline: Instant) -> bool {
        deadline.saturating_duration_since(Instant::now()) >= self.attempt_time
    }

    /// Returns whether a region's breaker is closed.
    pub(super) fn is_closed(&self, region: &str) -> bool {
        self.regions.get(region).is_some_and(|region| lock(&region.breaker).level() == BreakerState::Closed)
    }

    /// Returns how long an interactive question may wait for its turn.
    pub(super) fn queue_time(&self, deadline: Instant) -> Duration {
        self.config.queue_timeout.min(deadline.saturating_duration_since(Instant::now()))
    }

    /// Asks the upstream until the deadline. The error is the reason why no attempt was made.
    pub(super) async fn ask(&self, errand: &Errand<'_>) -> Result<Outcome, Fault> {
        let Some(region) = self.regions.get(&errand.credential.region.id) else {
            return Err(Fault::new(FaultKind::Internal));
        };
        let arrived = Instant::now();
        let until = match errand.patience {
            Patience::Interactive => (arrived + self.config.queue_timeout).min(errand.deadline),
            Patience::Batch => errand.deadline,
        };
        let _share = match batch_share(region, errand, until).await {
            Ok(share) => share,
            Err(wait) => return Err(self.busy(errand, wait)),
        };
        let Ok(_account) = self.accounts.take(errand.account, until).await else {
            return Err(self.busy(errand, None));
        };
        let Ok(_place) = region.places.take(until).await else {
            return Err(self.busy(errand, None));
        };
        let mut visit = match Visit::admit(self, region, errand) {
            Ok(visit) => visit,
            Err(wait) => {
                errand.span.set("breaker", || "open");
                return Err(Fault::new(FaultKind::UpstreamUnavailable).retry_after(wait));
            }
        };
        errand.span.set("breaker", || if visit.pass == Pass::Ordinary { "closed" } else { "half-open" });
        let rated = match errand.turn {
            Some(turn) => {
                sleep_until(turn).await;
                // Requests of the shared rate also count in this instance's own, which applies while the shared one is
                // unavailable.
                let _ = region.rate.take(Instant::now()).await;
                Ok(())
            }
            None => take_rate(region, errand, until).await,
        };
        if let Err(wait) = rated {
            return Err(self.busy(errand, Some(wait)));
        }
        errand.span.set("queued_ms", || arrived.elapsed().as_millis() as i64);
        let now = Instant::now();
        visit.deadline = errand.deadline.min(now + self.config.deadline);
        lock(&region.retries).request(now);
        Ok(self.attempts(&mut visit).await)
    }

    async fn attempts(&self, visit: &mut Visit<'_>) -> Outcome {
        let (region, errand) = (visit.region, visit.errand);
        // A probe is not retried: its first failure is its result.
        let most = if visit.pass == Pass::Ordinary { self.config.max_attempts.get() } else { 1 };
        let mut number = 1;
        loop {
            let Attempt { outcome, is_retryable, .. } = visit.attempt(number - 1).await;
            let Outcome::Fault(fault) = &outcome else { return outcome };
            if !is_retryable || number >= most {
                return outcome;
            }
            let pause = backoff(number, self.config.backoff_base, self.config.backoff_max, fastrand::f64())
                .max(fault.retry_after.unwrap_or_default());
            let now = Instant::now();
            if now + pause >= visit.deadline || !lock(&region.retries).try_retry(now) {
                return outcome;
            }
            sleep(pause).await;
            if take_rate(region, errand, Instant::now()).await.is_err() {
                return outcome;
            }
            let reason = match fault.kind {
                FaultKind::UpstreamTimeout => RetryReason::Timeout,
                FaultKind::UpstreamBusy => RetryReason::Busy,
                _ => RetryReason::Unavailable,
            };
            let region = &errand.credential.region.id;
            self.observe.record(&UpstreamRetried { span: errand.span, region, reason });
            number += 1;
        }
    }

    fn move_breaker<T>(&self, region: &RegionGate, errand: &Errand<'_>, step: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breaker = lock(&region.breaker);
        let before = breaker.level();
        let result = step(&mut breaker);
        let after = breaker.level();
        drop(breaker);
        if before != after {
            let region = &errand.credential.region.id;
            self.observe.record(&BreakerMoved { region, from: before, to: after });
        }
        result
    }

    /// Records that a local limit was reached: concurrency, or the region's rate.
    fn busy(&self, errand: &Errand<'_>, wait: Option<Duration>) -> Fault {
        let (limit, partner) = (RateLimit::Upstream, &*errand.credential.partner);
        self.observe.record(&RateLimited { limit, partner, span: errand.span });
        Fault { retry_after: wait, ..Fault::new(FaultKind::UpstreamBusy) }
    }
}

/// Waits for the batches' share of a region's permits and rate. Interactive questions skip this, and so does a batch's
/// flight once an interactive question shares it, which would otherwise wait in the batch's queue.
async fn batch_share(
    region: &RegionGate,
    errand: &Errand<'_>,
    until: Instant,
) -> Result<Option<Turn>, Option<Duration>> {
    if errand.patience == Patience::Interactive {
        return Ok(None);
    }
    let share = async {
        let place = region.batch_places.take(errand.client, until).await.map_err(|Full| None)?;
        region.batch_rate.take(until).await.map_err(Some)?;
        Ok(Some(place))
    };
    tokio::select! {
        biased;
        () = errand.hurry.notified() => Ok(None),
        share = share => share,
    }
}

/// Takes a request from the region's rate: the shared one, or else that of this instance.
async fn take_rate(region: &RegionGate, errand: &Errand<'_>, until: Instant) -> Result<(), Duration> {
    let is_batch = errand.patience == Patience::Batch;
    let allowance = &errand.trip.allowance;
    while let Some(tier) = errand.shared.filter(|_| !allowance.is_over()) {
        let time = until.saturating_duration_since(Instant::now());
        // A batch holds at most one second of turns, so that other questions do not wait behind all of it.
        let max_wait = if is_batch { time.min(MAX_BATCH_TURN) } else { time };
        let claim = RateClaim { region: &errand.credential.region.id, is_batch, max_wait };
        // The queue of a batch may ask many times; that is not what it waits for.
        let aside = if is_batch { Some(allowance.aside()) } else { None };
        match tier.take_rate(claim, aside.as_ref().unwrap_or(allowance)).await {
            Ok(Rated::Turn(wait)) => {
                sleep(wait).await;
                let _ = region.rate.take(Instant::now()).await;
                return Ok(());
            }
            Ok(Rated::Later(wait)) if is_batch && wait < time => {
                sleep(wait.min(MAX_BATCH_TURN).mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            }
            Ok(Rated::Later(wait)) => return Err(wait),
            Err(Away) => allowance.end(),
        }
    }
    region.rate.take(until).await
}

fn share_of(rate: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(rate.get() / BATCH_SHARE as u32).unwrap_or(NonZeroU32::MIN)
}

/// The part of a flight behind the breaker. However it ends, it reports its last attempt, and reports to the breaker
/// what it learned about the region.
struct Visit<'a> {
    gate: &'a Gate,
    region: &'a RegionGate,
    errand: &'a Errand<'a>,
    /// The deadline of the attempts: a flight that waited long for its turn has as much time as any other.
    deadline: Instant,
    pass: Pass,
    health: Health,
    running: Option<Running>,
}

/// A running attempt.
struct Running {
    span: Span,
    retry: u32,
    started: Instant,
}

impl<'a> Visit<'a> {
    fn admit(gate: &'a Gate, region: &'a RegionGate, errand: &'a Errand<'a>) -> Result<Self, Duration> {
        let pass = gate.move_breaker(region, errand, |breaker| breaker.admit(errand.account, Instant::now()))?;
        let (deadline, health) = (errand.deadline, Health::Unknown);
        Ok(Self { gate, region, errand, deadline, pass, health, running: None })
    }

    async fn attempt(&mut self, retry: u32) -> Attempt {
        let (gate, credential) = (self.gate, self.errand.credential);
        let started = Instant::now();
        self.running = Some(Running { span: self.errand.span.child_call("attempt"), retry, started });
        let timeout = gate.config.attempt_timeout.min(self.deadline.saturating_duration_since(started));
        let in_flight = gate.observe.upstream_in_flight(&credential.region.id);
        let attempt = gate.connect.attempt(credential, timeout).await;
        drop(in_flight);
        self.finish(&attempt, timeout < gate.attempt_time);
        attempt
    }

    fn finish(&mut self, attempt: &Attempt, is_cut_short: bool) {
        let Some(running) = self.running.take() else { return };
        self.gate.observe.record(&UpstreamAttempted {
            attempt: self.about(&running),
            result: attempt.result,
            status: attempt.status,
            outcome: attempt.outcome.label(),
            is_fault: matches!(attempt.outcome, Outcome::Fault(_)),
        });
        match health_of(&attempt.outcome, is_cut_short) {
            // The result of an earlier attempt remains valid.
            Health::Unknown => {}
            health => self.health = health,
        }
    }

    fn about<'b>(&'b self, running: &'b Running) -> UpstreamAttempt<'b> {
        UpstreamAttempt {
            span: &running.span,
            region: &self.errand.credential.region.id,
            account_id: &self.errand.credential.account_id,
            retry: running.retry,
            duration: running.started.elapsed(),
        }
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        // A panic shows nothing about the region, and is reported where it is caught.
        if let Some(running) = self.running.take().filter(|_| !std::thread::panicking()) {
            let attempt = self.about(&running);
            let waited = Waited::of(attempt.duration);
            self.gate.observe.record(&UpstreamAbandoned { attempt, waited });
            // Impatient callers must not hide a region that hangs (ADR 13).
            if waited == Waited::Long && !self.errand.trip.is_settled.load(Ordering::Relaxed) {
                self.health = Health::Abandoned;
            }
        }
        let (pass, account, health) = (self.pass, self.errand.account, self.health);
        let settle = |breaker: &mut Breaker| breaker.settle(pass, account, health, Instant::now());
        self.gate.move_breaker(self.region, self.errand, settle);
    }
}

/// A region that answers is alive, whatever the answer. A rate limit, local or remote, shows nothing, and neither does
/// a timeout that the caller's deadline cut short.
fn health_of(outcome: &Outcome, is_cut_short: bool) -> Health {
    match outcome {
        Outcome::Verdict(_) => Health::Alive,
        Outcome::Fault(fault) => match fault.kind {
            FaultKind::UpstreamTimeout if is_cut_short => Health::Unknown,
            FaultKind::UpstreamUnavailable | FaultKind::UpstreamTimeout => Health::Failing,
            FaultKind::UpstreamUnexpected | FaultKind::UpstreamBusy => Health::Alive,
            FaultKind::Overloaded | FaultKind::TooManyAttempts | FaultKind::Internal => Health::Unknown,
        },
    }
}
