//! The way of a question: cache, guess budget, single flight; the same for one region and for several.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::{
    Connect, Fingerprinter, Patience, Question,
    cache::{Moment, VerdictCache},
    combine::{self, is_refused},
    fingerprint::Fingerprint,
    flight::{Flights, Seat, Stake},
    gate::{Errand, Gate},
    guess_budget::{Guess, GuessBudgets},
    turns::Turns,
};
use crate::{
    config::Config,
    model::{Answer, Credential, Fault, FaultKind, Outcome, Region, RegionChoice, Regions, Source, Verdict},
    observe::{
        CacheLookedUp, CacheResult, FlightShared, Observe, Panicked, RateLimit, RateLimited, Shed, ShedReason, Span,
        SpanLink,
    },
};

/// The use case and all that it remembers.
pub struct Verifier {
    fingerprints: Fingerprinter,
    cache: Arc<VerdictCache>,
    budgets: GuessBudgets,
    flights: Flights<Landed, Guess>,
    in_flight: Arc<Semaphore>,
    /// The questions of batches that may be under way, so that waiting ones do not fill `in_flight`.
    batched: Turns,
    gate: Arc<Gate>,
    regions: Regions,
    deadline: Duration,
    observe: Arc<Observe>,
}

/// A credential that the cache does not know, on its way into a flight.
struct Missing {
    credential: Credential,
    key: Fingerprint,
}

/// What a flight brings back.
#[derive(Debug, Clone)]
struct Landed {
    outcome: Outcome,
    at: SystemTime,
    /// The flight's span, for the callers who share it.
    span: SpanLink,
}

impl Landed {
    /// Creates the result for callers whose flight ended without one.
    fn without_result(kind: FaultKind) -> Self {
        Self { outcome: Fault::new(kind).into(), at: SystemTime::now(), span: SpanLink::default() }
    }
}

impl Stake for Guess {
    fn is_same(&self, other: &Self) -> bool {
        Guess::is_same(self, other)
    }
}

impl Verifier {
    /// Creates the use case over a port to the upstream.
    ///
    /// # Errors
    ///
    /// The operating system provides no random numbers.
    pub fn new(config: &Config, connect: Arc<dyn Connect>, observe: Arc<Observe>) -> Result<Self, getrandom::Error> {
        let attempts = config.limits.attempts_per_account.get();
        Ok(Self {
            fingerprints: Fingerprinter::with_key(&config.secrets.key("cache")?)?,
            cache: Arc::new(VerdictCache::new(config.cache.clone())),
            budgets: GuessBudgets::new(attempts, config.limits.attempts_window),
            flights: Flights::default(),
            in_flight: Arc::new(Semaphore::new(config.server.max_in_flight.get().min(Semaphore::MAX_PERMITS))),
            batched: Turns::new(config.server.max_in_flight.get().div_ceil(4)),
            gate: Arc::new(Gate::new(config, connect, observe.clone())),
            regions: config.regions.clone(),
            deadline: config.upstream.deadline,
            observe,
        })
    }

    /// Answers a question.
    pub async fn verify(&self, question: &Question<'_>) -> Answer {
        let _turn = match question.patience {
            Patience::Interactive => None,
            // Past the deadline, the flight refuses.
            Patience::Batch => self.batched.take(question.client, question.deadline).await.ok(),
        };
        let chosen = match &question.submission.region {
            RegionChoice::One(region) => region,
            RegionChoice::Auto => {
                let all: Vec<Arc<Region>> = self.regions.iter().cloned().collect();
                return self.count_attempts(question, combine::auto(self.ask(question, &all).await, SystemTime::now()));
            }
        };
        let answer = match self.look_up(question, chosen) {
            Ok(answer) => answer,
            Err(missing) => match self.reserve(question, &missing.credential) {
                Ok(guess) => self.fly(question, missing, guess, &Arc::default()).await,
                Err(fault) => Answer::of_fault(fault, Some(chosen), SystemTime::now()),
            },
        };
        if !is_refused(&answer) {
            return answer;
        }
        if !question.suggest_region {
            return self.count_attempts(question, answer);
        }
        let others: Vec<Arc<Region>> = self.regions.iter().filter(|region| region.id != chosen.id).cloned().collect();
        let answer = combine::suggestion(chosen, answer, self.ask(question, &others).await);
        if let Outcome::Verdict(verdict @ Verdict::WrongRegion { .. }) = &answer.outcome {
            let key = self.fingerprints.credential(&question.submission.credential(chosen, question.partner));
            self.cache.insert(key, verdict, answer.checked_at, Moment::now());
        }
        self.count_attempts(question, answer)
    }

    /// Returns about how many verdicts are remembered.
    pub fn cache_count(&self) -> u64 {
        self.cache.count()
    }

    /// Asks all of these regions at once and returns their answers in the order in which they come. It stops at one that
    /// verifies: the other flights are left.
    async fn ask(&self, question: &Question<'_>, regions: &[Arc<Region>]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(regions.len());
        let mut missing = Vec::new();
        for region in regions {
            match self.look_up(question, region) {
                Ok(answer) => answers.push(answer),
                Err(one) => missing.push(one),
            }
        }
        let Some(first) = missing.first() else { return answers };
        if answers.iter().any(Answer::is_verified) {
            return answers;
        }
        // One guess, in however many regions.
        let guess = match self.reserve(question, &first.credential) {
            Ok(guess) => guess,
            Err(fault) => {
                let now = SystemTime::now();
                let refused = |one: &Missing| Answer::of_fault(fault.clone(), Some(&one.credential.region), now);
                answers.extend(missing.iter().map(refused));
                return answers;
            }
        };
        let is_settled = Arc::new(AtomicBool::new(false));
        let fly = |one: Missing| self.fly(question, one, guess.again(), &is_settled);
        let mut flights: FuturesUnordered<_> = missing.into_iter().map(fly).collect();
        while let Some(answer) = flights.next().await {
            let is_found = answer.is_verified();
            answers.push(answer);
            if is_found {
                is_settled.store(true, Ordering::Relaxed);
                break;
            }
        }
        answers
    }

    fn look_up(&self, question: &Question<'_>, region: &Arc<Region>) -> Result<Answer, Missing> {
        let credential = question.submission.credential(region, question.partner);
        let span = question.span.child("cache");
        let key = self.fingerprints.credential(&credential);
        let now = Moment::now();
        let cached = self.cache.get(key, question.freshness, now);
        let result = if cached.is_some() { CacheResult::Hit } else { CacheResult::Miss };
        self.observe.record(&CacheLookedUp { span: &span, region: &region.id, result });
        let Some(cached) = cached else { return Err(Missing { credential, key }) };
        Ok(Answer {
            outcome: cached.verdict.clone().into(),
            source: Some(Source::Cache),
            checked_at: cached.checked_at,
            region: Some(region.clone()),
            time_left: Some(cached.time_left(now)),
            regions: Vec::new(),
            is_everywhere: false,
            attempts_left: None,
        })
    }

    fn reserve(&self, question: &Question<'_>, credential: &Credential) -> Result<Guess, Fault> {
        let target = self.fingerprints.target(question.client, &credential.account_id);
        let guess = self.fingerprints.guess(credential);
        self.budgets.reserve(target, guess, Instant::now()).map_err(|wait| {
            let (limit, partner) = (RateLimit::Account, question.partner);
            self.observe.record(&RateLimited { limit, partner, span: question.span });
            Fault::new(FaultKind::TooManyAttempts).retry_after(wait)
        })
    }

    /// Notes how many refusals are left to the caller, where the answer is one.
    fn count_attempts(&self, question: &Question<'_>, mut answer: Answer) -> Answer {
        if is_refused(&answer) {
            let target = self.fingerprints.target(question.client, &question.submission.account_id);
            answer.attempts_left = Some(self.budgets.left(target, Instant::now()));
        }
        answer
    }

    /// Shares a flight, or begins one; waits for it until the question's deadline.
    async fn fly(
        &self,
        question: &Question<'_>,
        missing: Missing,
        guess: Guess,
        is_settled: &Arc<AtomicBool>,
    ) -> Answer {
        let region = missing.credential.region.clone();
        let deadline = match question.patience {
            Patience::Interactive => question.deadline.min(Instant::now() + self.deadline),
            Patience::Batch => question.deadline,
        };
        let seat = self.flights.join(missing.key, guess, |hurry| {
            if !self.gate.has_time(deadline) {
                return Err(Fault::new(FaultKind::UpstreamTimeout));
            }
            // The flight holds the permit, and not its callers: those who share a call cost the upstream nothing.
            let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
                self.observe.record(&Shed { reason: ShedReason::InFlight });
                return Err(Fault::new(FaultKind::Overloaded));
            };
            let flight = Flight {
                gate: self.gate.clone(),
                observe: self.observe.clone(),
                account: self.fingerprints.account(&region.id, &missing.credential.account_id),
                credential: missing.credential,
                deadline,
                patience: question.patience,
                client: if question.patience == Patience::Batch { question.client.into() } else { Box::default() },
                hurry,
                span: question.span.child("flight"),
                is_settled: is_settled.clone(),
                _permit: permit,
            };
            let (cache, key) = (self.cache.clone(), missing.key);
            let settle = move |landed: &Landed, guesses: Vec<Guess>| settle(&cache, key, landed, guesses);
            Ok((flight.run(), settle))
        });
        match seat {
            Ok(seat) => self.land(question, seat, region, deadline).await,
            Err(fault) => Answer::of_fault(fault, Some(&region), SystemTime::now()),
        }
    }

    async fn land(
        &self,
        question: &Question<'_>,
        seat: Seat<Landed, Guess>,
        region: Arc<Region>,
        deadline: Instant,
    ) -> Answer {
        // Callers who share another caller's flight have a span of their own, which points to the flight's.
        let shared = seat.is_collapsed.then(|| question.span.child("flight"));
        if let Some(span) = &shared {
            self.observe.record(&FlightShared { span, region: &region.id });
        }
        if seat.is_collapsed && question.patience == Patience::Interactive {
            seat.hurry();
        }
        let source = if seat.is_collapsed { Source::Collapsed } else { Source::Upstream };
        // The flight ends at its own deadline; within the grace its own result arrives.
        let landed = match timeout_at(deadline + Duration::from_millis(200), seat.outcome()).await {
            Ok(Ok(landed)) => landed,
            Ok(Err(_)) => Landed::without_result(FaultKind::Internal),
            Err(_) => Landed::without_result(FaultKind::UpstreamTimeout),
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
            regions: Vec::new(),
            is_everywhere: false,
            attempts_left: None,
        }
    }
}

/// A call to the upstream, for all callers who share it.
struct Flight {
    gate: Arc<Gate>,
    observe: Arc<Observe>,
    credential: Credential,
    account: Fingerprint,
    deadline: Instant,
    patience: Patience,
    /// Whose turns a batch's flight takes.
    client: Box<str>,
    hurry: Arc<Notify>,
    span: Span,
    is_settled: Arc<AtomicBool>,
    _permit: OwnedSemaphorePermit,
}

impl Flight {
    async fn run(self) -> Landed {
        let errand = Errand {
            credential: &self.credential,
            account: self.account,
            deadline: self.deadline,
            patience: self.patience,
            client: &self.client,
            hurry: &self.hurry,
            span: &self.span,
            is_settled_elsewhere: &self.is_settled,
        };
        // The attempts keep the deadline by themselves, and the breaker must learn of the last one.
        let latest = self.deadline + Duration::from_millis(100);
        let asking = timeout_at(latest, self.gate.ask(&errand));
        let outcome = match AssertUnwindSafe(asking).catch_unwind().await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Fault::new(FaultKind::UpstreamTimeout).into(),
            Err(_) => {
                self.observe.record(&Panicked { place: "flight", request_id: None, span: &self.span });
                Fault::new(FaultKind::Internal).into()
            }
        };
        self.span.set("region", || self.credential.region.id.clone());
        self.span.set("outcome", || outcome.code());
        Landed { outcome, at: SystemTime::now(), span: self.span.link() }
    }
}

/// Charges or resets the guess budgets of all callers, and only then remembers the verdict: nothing is in the cache that
/// was not paid for.
fn settle(cache: &VerdictCache, key: Fingerprint, landed: &Landed, guesses: Vec<Guess>) {
    let now = Moment::now();
    for guess in guesses {
        match &landed.outcome {
            Outcome::Verdict(Verdict::Verified | Verdict::WrongRegion { .. }) => guess.succeeded(),
            Outcome::Verdict(Verdict::InvalidCredentials { .. }) => guess.refused(now.instant),
            Outcome::Fault(fault) if fault.may_be_refusal => guess.refused(now.instant),
            Outcome::Verdict(Verdict::PartnerNotWhitelisted) | Outcome::Fault(_) => drop(guess),
        }
    }
    if let Outcome::Verdict(verdict) = &landed.outcome {
        cache.insert(key, verdict, landed.at, now);
    }
}
