//! The path of a question: cache, guess budget, single flight; the same for one region and for several.

use std::{
    convert::Infallible,
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, timeout_at};

use super::{
    Connect, Fingerprinter, Freshness, Patience, Question,
    cache::Moment,
    calls::{Call, Calls, Landed, Origin, Share},
    combine::{self, is_refused},
    fingerprint::Fingerprint,
    fleet::{MAX_ROUNDS, Together, Turn, Visit, is_asked_in_time},
    flight::{Flights, Seat},
    guess_budget::{Guess, GuessBudgets},
    ledger::Ledger,
    shared::{Place, SharedTier, Stored},
    trip::Trip,
    turns::Turns,
};
use crate::{
    allowance::Delay,
    config::Config,
    model::{Answer, Credential, Fault, FaultKind, Outcome, Region, RegionChoice, Regions, Source, Verdict},
    observe::{CacheLookedUp, CacheResult, FlightShared, Observe, RateLimit, RateLimited},
};

/// The use case and its state.
pub struct Verifier {
    fingerprints: Fingerprinter,
    budgets: GuessBudgets,
    calls: Arc<Calls>,
    /// Callers that ask the shared tier the same question.
    together: Flights<Landed, Together>,
    /// Limits the running questions of batches, so that waiting ones do not fill `max_in_flight`.
    batched: Turns,
    regions: Regions,
    deadline: Duration,
    observe: Arc<Observe>,
}

/// Distinguishes questions that do not wait for the shared tier from those that may.
const APART: u8 = 3;

/// A credential that is not cached, on its way into a flight.
struct Missing {
    credential: Credential,
    key: Fingerprint,
}

impl Verifier {
    /// Creates the use case with a port to the upstream, and one to the shared tier.
    ///
    /// # Errors
    ///
    /// The operating system provides no random numbers.
    pub fn new(
        config: &Config,
        connect: Arc<dyn Connect>,
        shared: Option<Arc<dyn SharedTier>>,
        observe: Arc<Observe>,
    ) -> Result<Self, getrandom::Error> {
        let attempts = config.limits.attempts_per_account.get();
        Ok(Self {
            fingerprints: Fingerprinter::with_key(&config.secrets.key("cache")?)?,
            budgets: GuessBudgets::new(attempts, config.limits.attempts_window),
            calls: Arc::new(Calls::new(config, connect, shared, observe.clone())),
            together: Flights::default(),
            batched: Turns::new(config.server.max_in_flight.get().div_ceil(4)),
            regions: config.regions.clone(),
            deadline: config.upstream.deadline,
            observe,
        })
    }

    /// Answers a question.
    pub async fn verify(&self, question: &Question<'_>) -> Answer {
        let (_turn, now) = match question.patience {
            Patience::Interactive => (None, question.asked_at),
            // Past the deadline, the flight is refused.
            Patience::Batch => {
                let turn = Box::pin(self.batched.take(question.client, question.deadline)).await.ok();
                (turn, Moment::now())
            }
        };
        let chosen = match &question.submission.region {
            RegionChoice::One(region) => region,
            RegionChoice::Auto => {
                let all: Vec<Arc<Region>> = self.regions.iter().cloned().collect();
                let answers = Box::pin(self.ask(question, &all, Delay::default())).await;
                return self.count_attempts(question, combine::auto(answers, SystemTime::now()));
            }
        };
        let mut waited = Delay::default();
        let answer = match self.look_up(question, chosen, now) {
            Ok(answer) => answer,
            Err(missing) => match self.reserve(question, &missing.credential) {
                Ok(guess) => {
                    let trip = Arc::new(Trip::after(waited));
                    // Boxed, like everything else that a cache hit does not need, to keep the future of a hit small.
                    let answer = Box::pin(self.fly(question, missing, guess, &trip)).await;
                    waited = trip.allowance.waited();
                    answer
                }
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
        let answer = combine::suggestion(chosen, answer, Box::pin(self.ask(question, &others, waited)).await);
        if let Outcome::Verdict(verdict @ Verdict::WrongRegion { .. }) = &answer.outcome {
            let key = self.fingerprints.credential(question.submission, chosen, question.partner);
            self.remember(question, key, verdict, answer.checked_at);
        }
        self.count_attempts(question, answer)
    }

    /// Waits until the shared tier knows the results of all calls that have ended, or has not answered.
    pub async fn settled(&self) {
        if let Some(ledger) = &self.calls.ledger {
            ledger.settled().await;
        }
    }

    /// Returns the approximate number of cached verdicts.
    pub fn cache_count(&self) -> u64 {
        self.calls.cache.count()
    }

    /// Asks all these regions concurrently and returns their answers in order of arrival. Stops at the first that
    /// verifies, and leaves the other flights.
    async fn ask(&self, question: &Question<'_>, regions: &[Arc<Region>], waited: Delay) -> Vec<Answer> {
        let (mut answers, now) = (Vec::with_capacity(regions.len()), Moment::now());
        let mut missing = Vec::new();
        for region in regions {
            match self.look_up(question, region, now) {
                Ok(answer) => answers.push(answer),
                Err(one) => missing.push(one),
            }
        }
        let Some(first) = missing.first() else { return answers };
        if answers.iter().any(Answer::is_verified) {
            return answers;
        }
        // One guess, regardless of the number of regions.
        let guess = match self.reserve(question, &first.credential) {
            Ok(guess) => guess,
            Err(fault) => {
                let now = SystemTime::now();
                let refused = |one: &Missing| Answer::of_fault(fault.clone(), Some(&one.credential.region), now);
                answers.extend(missing.iter().map(refused));
                return answers;
            }
        };
        let trip = Arc::new(Trip::after(waited));
        let fly = |one: Missing| self.fly(question, one, guess.again(), &trip);
        let mut flights: FuturesUnordered<_> = missing.into_iter().map(fly).collect();
        while let Some(answer) = flights.next().await {
            let is_found = answer.is_verified();
            answers.push(answer);
            if is_found {
                trip.is_settled.store(true, Ordering::Relaxed);
                break;
            }
        }
        answers
    }

    fn look_up(&self, question: &Question<'_>, region: &Arc<Region>, now: Moment) -> Result<Answer, Missing> {
        let span = question.span.child("cache");
        let key = self.fingerprints.credential(question.submission, region, question.partner);
        let cached = self.calls.cache.get(key, question.freshness, now);
        let result = if cached.is_some() { CacheResult::Hit } else { CacheResult::Miss };
        self.observe.record(&CacheLookedUp { span: &span, region: &region.id, result });
        let Some(cached) = cached else {
            return Err(Missing { credential: question.submission.credential(region, question.partner), key });
        };
        Ok(Answer {
            time_left: Some(cached.time_left(now)),
            outcome: cached.verdict.into(),
            source: Some(Source::Cache),
            checked_at: cached.checked_at,
            region: Some(region.clone()),
            regions: Vec::new(),
            is_everywhere: false,
            attempts_left: None,
        })
    }

    fn reserve(&self, question: &Question<'_>, credential: &Credential) -> Result<Guess, Fault> {
        let target = self.fingerprints.target(question.client, &credential.account_id);
        let guess = self.fingerprints.guess(credential);
        if self.calls.ledger.as_ref().is_some_and(|ledger| ledger.tier().is_up()) {
            return Ok(self.budgets.reserve_beyond(target, guess, Instant::now()));
        }
        self.budgets.reserve(target, guess, Instant::now()).map_err(|wait| {
            self.note_excess(question);
            Fault::new(FaultKind::TooManyAttempts).retry_after(wait)
        })
    }

    fn note_excess(&self, question: &Question<'_>) {
        let (limit, partner) = (RateLimit::Account, question.partner);
        self.observe.record(&RateLimited { limit, partner, span: question.span });
    }

    /// Caches a verdict that was derived from those of other regions, in memory and in the shared tier.
    fn remember(&self, question: &Question<'_>, key: Fingerprint, verdict: &Verdict, checked_at: SystemTime) {
        let (now, ttl) = (Moment::now(), self.calls.cache.lifetime(verdict));
        self.calls.cache.insert_for(ttl, key, verdict, checked_at, now);
        if self.calls.ledger.is_some() {
            let account = self.fingerprints.whole_account(&question.submission.account_id);
            let stored = Stored { verdict: verdict.clone(), checked_at, expires_at: now.wall + ttl, fence: 0 };
            self.calls.share(Place { account, credential: key }, stored);
        }
    }

    /// Adds the remaining refusals to an answer that is a refusal.
    fn count_attempts(&self, question: &Question<'_>, mut answer: Answer) -> Answer {
        if is_refused(&answer) {
            let target = self.fingerprints.target(question.client, &question.submission.account_id);
            answer.attempts_left = Some(self.budgets.left(target, Instant::now()));
        }
        answer
    }

    /// Joins or starts a flight, and waits for it until the question's deadline.
    async fn fly(&self, question: &Question<'_>, missing: Missing, guess: Guess, trip: &Arc<Trip>) -> Answer {
        let region = missing.credential.region.clone();
        let deadline = match question.patience {
            Patience::Interactive => question.deadline.min(Instant::now() + self.deadline),
            Patience::Batch => question.deadline,
        };
        let landed = loop {
            if question.patience == Patience::Interactive {
                break self.fly_once(question, missing, guess, (deadline, trip)).await;
            }
            // The flight of an interactive question gives up its place in a queue sooner than this one does.
            let again = Missing { credential: missing.credential.clone(), key: missing.key };
            let landed = self.fly_once(question, again, guess.again(), (deadline, trip)).await;
            if !landed.may_have_a_turn_before(deadline) {
                break landed;
            }
        };
        answer_of(landed, region)
    }

    /// Joins or starts one flight.
    async fn fly_once(
        &self,
        question: &Question<'_>,
        missing: Missing,
        guess: Guess,
        (deadline, trip): (Instant, &Arc<Trip>),
    ) -> Landed {
        if let Some(ledger) = &self.calls.ledger {
            return self.fly_in_fleet(ledger, question, missing, guess, (deadline, trip)).await;
        }
        let (key, region) = (missing.key, missing.credential.region.clone());
        let call = || self.call(question, missing, deadline, trip);
        match self.calls.join(key, Share { guess, held: None }, Turn::Alone, call) {
            Ok(seat) => self.land(question, seat, &region, deadline).await,
            Err(fault) => Landed::fault(fault, Origin::Nowhere),
        }
    }

    /// Asks the shared tier, together with the callers that ask the same question.
    async fn fly_in_fleet(
        &self,
        ledger: &Arc<Ledger>,
        question: &Question<'_>,
        missing: Missing,
        guess: Guess,
        (deadline, trip): (Instant, &Arc<Trip>),
    ) -> Landed {
        let region = missing.credential.region.clone();
        let account = self.fingerprints.whole_account(&missing.credential.account_id);
        let place = Place { account, credential: missing.key };
        let (target, _) = guess.fingerprints();
        let (mut freshness, mut rounds) = (question.freshness, 1);
        loop {
            let level = match freshness {
                Freshness::Any => 0,
                Freshness::YoungerThan(_) => 1,
                Freshness::New => 2,
            };
            let mut key = self.fingerprints.question(missing.key, target, level);
            let is_apart = trip.allowance.is_over();
            if is_apart {
                // This request cannot wait for the shared tier any more, and another one's question may have to.
                key = self.fingerprints.question(key, target, APART);
            }
            let seat = self.together.join(key, Together, |signals| {
                let missing = Missing { credential: missing.credential.clone(), key: missing.key };
                let call = self.call(question, missing, deadline, trip);
                let visit = Visit { call, place, guess: guess.again(), freshness, signals };
                Ok::<_, Infallible>((self.calls.clone().ask_fleet(ledger.clone(), visit), Together::settle))
            });
            let seat = seat.unwrap_or_else(|never| match never {});
            // Another request may have begun to wait later, or have waited less before.
            if seat.is_collapsed && !is_apart && !is_asked_in_time(ledger, &seat, &trip.allowance).await {
                continue;
            }
            let landed = self.land(question, seat, &region, deadline).await;
            // Callers that ask together may accept different ages.
            if landed.is_fresh(question.freshness) || rounds >= MAX_ROUNDS {
                if matches!(&landed.outcome, Outcome::Fault(fault) if fault.kind == FaultKind::TooManyAttempts) {
                    self.note_excess(question);
                }
                return landed;
            }
            (freshness, rounds) = (Freshness::New, rounds + 1);
        }
    }

    fn call(&self, question: &Question<'_>, missing: Missing, deadline: Instant, trip: &Arc<Trip>) -> Call {
        let Missing { credential, key } = missing;
        Call {
            account: self.fingerprints.account(&credential.region.id, &credential.account_id),
            credential,
            key,
            deadline,
            patience: question.patience,
            client: if question.patience == Patience::Batch { question.client.into() } else { Box::default() },
            span: question.span.child("flight"),
            trip: trip.clone(),
        }
    }

    async fn land<S>(
        &self,
        question: &Question<'_>,
        seat: Seat<Landed, S>,
        region: &Arc<Region>,
        deadline: Instant,
    ) -> Landed {
        // Callers that join a flight have their own span, which links to the flight's.
        let shared = seat.is_collapsed.then(|| question.span.child("flight"));
        if let Some(span) = &shared {
            self.observe.record(&FlightShared { span, region: &region.id });
        }
        if seat.is_collapsed && question.patience == Patience::Interactive {
            seat.hurry();
        }
        // The flight ends at its own deadline; its own result arrives within the grace period.
        let mut landed = match timeout_at(deadline + Duration::from_millis(200), seat.outcome()).await {
            Ok(Ok(landed)) => landed,
            Ok(Err(_)) => Landed::without_result(FaultKind::Internal),
            Err(_) => Landed::without_result(FaultKind::UpstreamTimeout),
        };
        if let Some(span) = shared {
            span.point_to(&landed.span);
            span.set("outcome", || landed.outcome.code());
            if landed.origin == Origin::Upstream {
                landed.origin = Origin::Shared;
            }
        }
        landed
    }
}

/// Creates the answer for a region from the result of its flight.
fn answer_of(landed: Landed, region: Arc<Region>) -> Answer {
    let (source, time_left) = match landed.origin {
        Origin::Upstream => (Some(Source::Upstream), None),
        Origin::Shared | Origin::Fleet { is_collapsed: true, .. } => (Some(Source::Collapsed), None),
        Origin::Fleet { time_left, .. } => (Some(Source::Cache), Some(time_left)),
        Origin::Nowhere => (None, None),
    };
    Answer {
        outcome: landed.outcome,
        source,
        checked_at: landed.at,
        region: Some(region),
        time_left,
        regions: Vec::new(),
        is_everywhere: false,
        attempts_left: None,
    }
}
