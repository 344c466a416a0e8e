//! The events of the use case, in order, under a simulated clock.

use std::sync::Mutex;

use secrecy::SecretString;

use super::*;
use crate::{
    config,
    model::{Answer, Fault, FaultKind, Input, OutcomeLabel, RawSubmission, Refusal, Regions, Verdict, VerdictKind},
    observe::{BreakerState, CacheResult, Observe, Place, RateLimit, Recorded, RecordedAttempt, RetryReason, Waited},
};

/// An upstream that follows a script, one second per step, and hangs at its end.
struct Scripted(Mutex<Vec<Step>>);

enum Step {
    Answer(Attempt),
    Panic,
}

impl Connect for Scripted {
    fn attempt<'a>(&'a self, _: &'a Credential, _: Duration) -> BoxFuture<'a, Attempt> {
        let step = self.0.lock().unwrap().pop();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            match step {
                Some(Step::Answer(attempt)) => attempt,
                Some(Step::Panic) => panic!("a bug"),
                None => std::future::pending().await,
            }
        })
    }
}

fn verified() -> Step {
    Step::Answer(Attempt {
        outcome: Verdict::Verified.into(),
        result: Ok(UpstreamResult::Success),
        status: Some(200),
        is_retryable: false,
    })
}

fn unavailable() -> Step {
    Step::Answer(Attempt {
        outcome: Fault::new(FaultKind::UpstreamUnavailable).into(),
        result: Ok(UpstreamResult::ServerError),
        status: Some(503),
        is_retryable: true,
    })
}

struct Bench {
    verifier: Verifier,
    observe: Arc<Observe>,
    regions: Regions,
}

impl Bench {
    fn new(steps: Vec<Step>) -> Self {
        let mut config = config::load(&config::Source::default()).unwrap();
        config.upstream.backoff_base = Duration::ZERO;
        config.upstream.breaker.failure_threshold = 2.try_into().unwrap();
        config.upstream.breaker.min_accounts = 2.try_into().unwrap();
        let observe = Arc::new(Observe::new(config.regions.iter().map(|region| region.id.as_str())).unwrap());
        let connect = Arc::new(Scripted(Mutex::new(steps.into_iter().rev().collect())));
        let verifier = Verifier::new(&config, connect, None, observe.clone()).unwrap();
        Self { verifier, observe, regions: config.regions }
    }

    async fn ask(&self, account_id: &str) -> Answer {
        self.ask_with(account_id, "x").await
    }

    async fn ask_within(&self, account_id: &str, time: Duration) -> Answer {
        self.put(account_id, "x", time).await
    }

    async fn ask_with(&self, account_id: &str, passcode: &str) -> Answer {
        self.put(account_id, passcode, Duration::from_secs(8)).await
    }

    async fn put(&self, account_id: &str, passcode: &str, time: Duration) -> Answer {
        let raw = RawSubmission {
            account_id: Input::Value(account_id.into()),
            passcode: Input::Value(SecretString::from(passcode)),
            region: Input::Value("in1".into()),
            ..RawSubmission::default()
        };
        let question = Question {
            submission: &Submission::parse(raw, &self.regions).unwrap(),
            client: "test",
            partner: &"adjust".into(),
            freshness: Freshness::Any,
            suggest_region: false,
            deadline: Instant::now() + time,
            asked_at: Moment::now(),
            patience: Patience::Interactive,
            span: &Span::none(),
        };
        self.verifier.verify(&question).await
    }
}

fn looked_up(result: CacheResult) -> Recorded {
    Recorded::CacheLookedUp { region: "in1".into(), result }
}

fn shared() -> Recorded {
    Recorded::FlightShared { region: "in1".into() }
}

fn retried() -> Recorded {
    Recorded::UpstreamRetried { region: "in1".into(), reason: RetryReason::Unavailable }
}

fn attempt(retry: u32, seconds: u64) -> RecordedAttempt {
    let duration = Duration::from_secs(seconds);
    RecordedAttempt { region: "in1".into(), account_id: "AAA-AAA-AAAA".into(), retry, duration }
}

fn succeeded(retry: u32) -> Recorded {
    Recorded::UpstreamAttempted {
        attempt: attempt(retry, 1),
        result: Ok(UpstreamResult::Success),
        status: Some(200),
        outcome: OutcomeLabel::Verdict(VerdictKind::Verified),
        is_fault: false,
    }
}

fn failed(retry: u32) -> Recorded {
    Recorded::UpstreamAttempted {
        attempt: attempt(retry, 1),
        result: Ok(UpstreamResult::ServerError),
        status: Some(503),
        outcome: FaultKind::UpstreamUnavailable.into(),
        is_fault: true,
    }
}

impl Bench {
    fn recorded(&self) -> Vec<Recorded> {
        self.observe.recorded()
    }

    fn count(&self, is_it: fn(&Recorded) -> bool) -> usize {
        self.recorded().iter().filter(|event| is_it(event)).count()
    }

    fn attempts(&self) -> usize {
        self.count(|event| matches!(event, Recorded::UpstreamAttempted { .. }))
    }
}

#[tokio::test(start_paused = true)]
async fn reports_a_miss_an_attempt_and_a_hit() {
    let bench = Bench::new(vec![verified()]);
    bench.ask("AAA-AAA-AAAA").await;
    bench.ask("AAA-AAA-AAAA").await;
    assert_eq!(bench.recorded(), [looked_up(CacheResult::Miss), succeeded(0), looked_up(CacheResult::Hit)]);
}

#[tokio::test(start_paused = true)]
async fn reports_each_retry_and_its_reason() {
    let bench = Bench::new(vec![unavailable(), unavailable(), verified()]);
    assert_eq!(bench.ask("AAA-AAA-AAAA").await.outcome.code(), "verified");
    let expected = [looked_up(CacheResult::Miss), failed(0), retried(), failed(1), retried(), succeeded(2)];
    assert_eq!(bench.recorded(), expected);
}

#[tokio::test(start_paused = true)]
async fn reports_each_breaker_transition_once() {
    use BreakerState::{Closed, HalfOpen, Open};
    let bench = Bench::new((0..7).map(|_| unavailable()).collect());
    for account_id in ["AAA-AAA-AAA1", "AAA-AAA-AAA2", "AAA-AAA-AAA3", "AAA-AAA-AAA4"] {
        bench.ask(account_id).await;
    }
    let opened = Recorded::BreakerMoved { region: "in1".into(), from: Closed, to: Open };
    assert!(bench.recorded().contains(&opened), "{:?}", bench.recorded());
    assert_eq!(bench.observe.breaker_moves(), [(Closed, Open)]);
    assert_eq!(bench.attempts(), 6, "an open breaker admits nothing");
    tokio::time::advance(Duration::from_secs(10)).await;
    bench.ask("AAA-AAA-AAA5").await;
    assert_eq!(bench.observe.breaker_moves(), [(Closed, Open), (Open, HalfOpen), (HalfOpen, Open)]);
}

#[tokio::test(start_paused = true)]
async fn reports_callers_that_share_and_callers_that_leave() {
    let bench = Bench::new(Vec::new());
    let patience = Duration::from_secs(2);
    let both =
        tokio::time::timeout(patience, async { tokio::join!(bench.ask("AAA-AAA-AAAA"), bench.ask("AAA-AAA-AAAA")) });
    assert!(both.await.is_err());
    // The flight's task ends, and reports that, when it is next polled.
    tokio::task::yield_now().await;
    let missed = || looked_up(CacheResult::Miss);
    let abandoned = Recorded::UpstreamAbandoned { attempt: attempt(0, 2), waited: Waited::Long };
    // Each caller looked its verdict up once: joining a flight is a separate event, not a look-up.
    assert_eq!(bench.recorded(), [missed(), missed(), shared(), abandoned]);
}

#[tokio::test(start_paused = true)]
async fn reports_a_panic_in_a_shared_flight_once() {
    let bench = Bench::new(vec![Step::Panic]);
    let (one, other) = tokio::join!(bench.ask("AAA-AAA-AAAA"), bench.ask("AAA-AAA-AAAA"));
    assert_eq!((one.outcome.code(), other.outcome.code()), ("internal", "internal"));
    assert_eq!(bench.count(|event| *event == Recorded::Panicked(Place::Flight)), 1);
    assert_eq!(
        bench.count(|event| matches!(event, Recorded::UpstreamAbandoned { .. })),
        0,
        "a panic is not a departure"
    );
}

#[tokio::test(start_paused = true)]
async fn reports_a_guess_above_the_budget() {
    let refused = || {
        Step::Answer(Attempt {
            outcome: Verdict::InvalidCredentials { refusal: Refusal::Credentials }.into(),
            result: Ok(UpstreamResult::ClientError),
            status: Some(400),
            is_retryable: false,
        })
    };
    let bench = Bench::new((0..10).map(|_| refused()).collect());
    for number in 0..11 {
        bench.ask_with("AAA-AAA-AAAA", &format!("guess-{number}")).await;
    }
    let limited = Recorded::RateLimited { limit: RateLimit::Account, partner: "adjust".into() };
    assert_eq!(bench.recorded().last(), Some(&limited), "the last guess");
    assert_eq!(bench.count(|event| matches!(event, Recorded::RateLimited { .. })), 1, "the guesses before it");
}

/// Asks about one account after the other in one region; each caller leaves after `patience`.
async fn ask_and_leave(bench: &Bench, accounts: &[&str], patience: Duration) {
    for account_id in accounts {
        assert!(tokio::time::timeout(patience, bench.ask(account_id)).await.is_err());
        // The flight's task ends when it is next polled.
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn detects_a_hanging_region_although_all_callers_leave() {
    let bench = Bench::new(Vec::new());
    ask_and_leave(&bench, &["AAA-AAA-AAA1", "AAA-AAA-AAA2", "AAA-AAA-AAA3"], Duration::from_millis(900)).await;
    assert!(bench.observe.breaker_moves().is_empty(), "an impatient caller shows nothing");
    ask_and_leave(&bench, &["AAA-AAA-AAA1", "AAA-AAA-AAA2"], Duration::from_millis(1500)).await;
    assert_eq!(bench.observe.breaker_moves().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_account_does_not_open_the_breaker() {
    let bench = Bench::new((0..60).map(|_| unavailable()).collect());
    for number in 0..20 {
        bench.ask_with("AAA-AAA-AAA1", &format!("guess-{number}")).await;
    }
    assert!(bench.observe.breaker_moves().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_its_callers_deadline_cuts_short_says_nothing() {
    let bench = Bench::new(Vec::new());
    for account_id in ["AAA-AAA-AAA1", "AAA-AAA-AAA2", "AAA-AAA-AAA3"] {
        let answer = bench.ask_within(account_id, Duration::from_secs(2)).await;
        assert_eq!(answer.outcome.code(), "upstream_timeout");
    }
    assert_eq!(bench.attempts(), 0, "no flight begins without the time for an attempt");
    assert!(bench.observe.breaker_moves().is_empty());
}
