//! The use case: is this credential good, asked as seldom as possible.
//!
//! A question goes through fingerprint, cache, guess budget and single flight; the flight (`ask`) goes through
//! bulkhead, breaker and retries to the upstream. `detect` is a caller of the same use case for several regions. The
//! room knows no HTTP: it asks through the port [`Connect`].

mod ask;
mod breaker;
mod bulkhead;
mod cache;
mod detect;
mod fingerprint;
mod flight;
mod guess_budget;
mod retry;

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::FutureExt;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

pub use self::fingerprint::Fingerprinter;
use self::{
    ask::Gate,
    cache::VerdictCache,
    flight::{Flights, Seat},
    guess_budget::{Guess, GuessBudgets},
};
use crate::{
    config::Config,
    model::{Credential, Fault, FaultKind, Outcome, Region, RegionChoice, Regions, Source, Submission, Verdict},
    observe::{
        CacheLookedUp, CacheResult, Observe, Panicked, RateLimit, RateLimited, Shed, ShedReason, Span, SpanLink,
        UpstreamResult,
    },
};

/// A future behind a pointer: what a port returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The port to CleverTap: one attempt, which ends within the timeout.
pub trait Connect: Send + Sync + 'static {
    /// Asks once.
    fn attempt<'a>(&'a self, credential: &'a Credential, timeout: Duration) -> BoxFuture<'a, Attempt>;
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What it means.
    pub outcome: Outcome,
    /// What it was on the wire, for the metrics.
    pub result: UpstreamResult,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Whether another attempt may end better.
    pub is_retryable: bool,
}

/// A question to the use case.
#[derive(Debug)]
pub struct Question<'a> {
    /// What the customer typed.
    pub submission: &'a Submission,
    /// Who asks, for the guess budget.
    pub client: &'a str,
    /// In whose name the upstream is asked.
    pub partner: &'a Arc<str>,
    /// How old an answer may be.
    pub freshness: Freshness,
    /// Whether to look for refused credentials in the other regions.
    pub suggest_region: bool,
    /// When an answer must be there.
    pub deadline: Instant,
    /// The request's span.
    pub span: &'a Span,
}

/// How old an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As old as the cache keeps it.
    Any,
    /// Younger than this.
    YoungerThan(Duration),
    /// Asked for now.
    New,
}

/// An answer of the use case.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What came of it.
    pub outcome: Outcome,
    /// Where it came from; `None` when nobody could be asked.
    pub source: Option<Source>,
    /// When the upstream said so; now, for a fault.
    pub checked_at: SystemTime,
    /// The region that it is about: the one that verified, the one that was chosen, or none.
    pub region: Option<Arc<Region>>,
    /// How long the cache may still use it.
    pub time_left: Option<Duration>,
}

/// The use case and all that it remembers.
pub struct Verifier {
    fingerprints: Fingerprinter,
    cache: Arc<VerdictCache>,
    budgets: GuessBudgets,
    flights: Flights<Landed>,
    in_flight: Arc<Semaphore>,
    gate: Arc<Gate>,
    regions: Regions,
    deadline: Duration,
    observe: Arc<Observe>,
}

#[derive(Debug, Clone)]
struct Landed {
    outcome: Outcome,
    at: SystemTime,
    /// The flight's span, for the callers who share it.
    span: SpanLink,
}

impl Landed {
    /// Makes what a caller is told whose flight said nothing.
    fn without_word(kind: FaultKind) -> Self {
        Self { outcome: Fault::new(kind).into(), at: SystemTime::now(), span: SpanLink::default() }
    }
}

impl Verifier {
    /// Makes one over a port to the upstream.
    ///
    /// # Errors
    ///
    /// The operating system gives no random numbers.
    pub fn new(config: &Config, connect: Arc<dyn Connect>, observe: Arc<Observe>) -> Result<Self, getrandom::Error> {
        let fingerprints = Fingerprinter::new()?;
        let attempts = config.limits.attempts_per_account.get();
        Ok(Self {
            cache: Arc::new(VerdictCache::new(config.cache.clone())),
            budgets: GuessBudgets::new(attempts, config.limits.attempts_window),
            flights: Flights::default(),
            in_flight: Arc::new(Semaphore::new(config.server.max_in_flight.get().min(Semaphore::MAX_PERMITS))),
            gate: Arc::new(Gate::new(config, &config.regions, connect, fingerprints.clone(), observe.clone())),
            regions: config.regions.clone(),
            deadline: config.upstream.deadline,
            fingerprints,
            observe,
        })
    }

    /// Answers a question.
    pub async fn verify(&self, question: &Question<'_>) -> Answer {
        match &question.submission.region {
            RegionChoice::Auto => self.detect(question).await,
            RegionChoice::One(region) => {
                let answer = self.verify_in(question, region).await;
                let is_refused = matches!(answer.outcome, Outcome::Verdict(Verdict::InvalidCredentials { .. }));
                if is_refused && question.suggest_region {
                    return self.suggest(question, region, answer).await;
                }
                answer
            }
        }
    }

    /// Returns about how many verdicts are remembered.
    pub fn cache_count(&self) -> u64 {
        self.cache.count()
    }

    async fn verify_in(&self, question: &Question<'_>, region: &Arc<Region>) -> Answer {
        let credential = question.submission.credential(region, question.partner);
        if let Some(answer) = self.look_up(question, &credential) {
            return answer;
        }
        let guess = match self.begin_guess(question, &credential) {
            Ok(guess) => guess,
            Err(fault) => return Answer::of_fault(fault, Some(region)),
        };
        let answer = self.fly(question, credential).await;
        settle(guess, &answer.outcome);
        answer
    }

    fn look_up(&self, question: &Question<'_>, credential: &Credential) -> Option<Answer> {
        let span = question.span.child("cache");
        let key = self.fingerprints.credential(credential);
        let now = Instant::now();
        let cached = self.cache.get(key, question.freshness, now);
        let result = if cached.is_some() { CacheResult::Hit } else { CacheResult::Miss };
        self.observe.record(&CacheLookedUp { span: &span, region: &credential.region.id, result });
        cached.map(|cached| Answer {
            outcome: cached.verdict.clone().into(),
            source: Some(Source::Cache),
            checked_at: cached.checked_at,
            region: Some(credential.region.clone()),
            time_left: Some(cached.time_left(now)),
        })
    }

    fn begin_guess(&self, question: &Question<'_>, credential: &Credential) -> Result<Guess, Fault> {
        let target = self.fingerprints.target(question.client, &credential.account_id);
        let guess = self.fingerprints.guess(credential);
        self.budgets.begin(target, guess, Instant::now()).map_err(|wait| {
            let (limit, partner) = (RateLimit::Account, question.partner);
            self.observe.record(&RateLimited { limit, partner, span: question.span });
            Fault::new(FaultKind::TooManyAttempts).retry_after(wait)
        })
    }

    /// Shares a flight, or begins one; waits for it until the question's deadline.
    async fn fly(&self, question: &Question<'_>, credential: Credential) -> Answer {
        let key = self.fingerprints.credential(&credential);
        let region = credential.region.clone();
        let deadline = question.deadline.min(Instant::now() + self.deadline);
        let seat = self.flights.join(key, || {
            // The flight holds the permit, and not its callers: those who share a call cost nothing upstream.
            let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
                self.observe.record(&Shed { reason: ShedReason::InFlight });
                return Err(Fault::new(FaultKind::Overloaded));
            };
            let (gate, cache, observe) = (self.gate.clone(), self.cache.clone(), self.observe.clone());
            let span = question.span.child("flight");
            Ok(async move {
                let _permit = permit;
                // The attempts keep the deadline by themselves, and the breaker must hear of the last one.
                let latest = deadline + Duration::from_millis(100);
                let asking = timeout_at(latest, gate.ask(&credential, deadline, &span));
                let outcome = match AssertUnwindSafe(asking).catch_unwind().await {
                    Ok(Ok(outcome)) => outcome,
                    Ok(Err(_)) => Fault::new(FaultKind::UpstreamTimeout).into(),
                    Err(_) => {
                        observe.record(&Panicked { place: "flight", request_id: None, span: &span });
                        Fault::new(FaultKind::Internal).into()
                    }
                };
                let at = SystemTime::now();
                if let Outcome::Verdict(verdict) = &outcome {
                    cache.insert(key, verdict, at, Instant::now());
                }
                span.set("region", || credential.region.id.clone());
                span.set("outcome", || outcome.code());
                Landed { outcome, at, span: span.link() }
            })
        });
        match seat {
            Ok(seat) => self.land(question, seat, region, deadline).await,
            Err(fault) => Answer::of_fault(fault, Some(&region)),
        }
    }

    async fn land(
        &self,
        question: &Question<'_>,
        seat: Seat<Landed>,
        region: Arc<Region>,
        deadline: Instant,
    ) -> Answer {
        // Whoever shares a flight of another caller has a span of its own, which points to the flight's.
        let shared = seat.is_collapsed.then(|| question.span.child("flight"));
        if let Some(span) = &shared {
            let result = CacheResult::Collapsed;
            self.observe.record(&CacheLookedUp { span, region: &region.id, result });
        }
        let source = if seat.is_collapsed { Source::Collapsed } else { Source::Upstream };
        // The flight ends at its own deadline; the grace lets its own word for that be heard.
        let landed = match timeout_at(deadline + Duration::from_millis(200), seat.outcome()).await {
            Ok(Ok(landed)) => landed,
            Ok(Err(_)) => Landed::without_word(FaultKind::Internal),
            Err(_) => Landed::without_word(FaultKind::UpstreamTimeout),
        };
        if let Some(span) = shared {
            span.point_to(&landed.span);
            span.set("outcome", || landed.outcome.code());
        }
        Answer {
            outcome: landed.outcome,
            source: Some(source),
            checked_at: landed.at,
            region: Some(region),
            time_left: None,
        }
    }
}

impl Answer {
    /// Makes the answer that nobody could be asked.
    fn of_fault(fault: Fault, region: Option<&Arc<Region>>) -> Self {
        Self {
            outcome: fault.into(),
            source: None,
            checked_at: SystemTime::now(),
            region: region.cloned(),
            time_left: None,
        }
    }
}

/// Tells the guess budget what came of a guess.
fn settle(guess: Guess, outcome: &Outcome) {
    match outcome {
        Outcome::Verdict(Verdict::Verified | Verdict::WrongRegion { .. }) => guess.succeeded(),
        Outcome::Verdict(Verdict::InvalidCredentials { .. }) => guess.refused(Instant::now()),
        Outcome::Verdict(Verdict::PartnerNotWhitelisted) | Outcome::Fault(_) => drop(guess),
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
