//! What the use case tells of its way, event by event, under a clock that is handed in.

use std::sync::Mutex;

use secrecy::SecretString;

use super::*;
use crate::{
    config,
    model::{Answer, Fault, FaultKind, Input, RawSubmission, Refusal, Regions, Verdict},
    observe::Observe,
};

/// An upstream that does one thing after the other, a second each, and hangs when it has no more to do.
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
                Some(Step::Panic) => panic!("a fault of ours"),
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
            patience: Patience::Interactive,
            span: &Span::none(),
        };
        self.verifier.verify(&question).await
    }
}

const HIT: &str = r#"CacheLookedUp { span: Span, region: "in1", result: Hit }"#;
const MISS: &str = r#"CacheLookedUp { span: Span, region: "in1", result: Miss }"#;
const SHARED: &str = r#"FlightShared { span: Span, region: "in1" }"#;
const RETRIED: &str = r#"UpstreamRetried { span: Span, region: "in1", reason: Unavailable }"#;

fn attempt(retry: u32, seconds: u32) -> String {
    format!(
        "UpstreamAttempt {{ span: Span, region: \"in1\", account_id: \"AAA-AAA-AAAA\", retry: {retry}, \
         duration: {seconds}s }}"
    )
}

fn attempted(result: &str, status: u16, outcome: &str, is_fault: bool, retry: u32) -> String {
    format!(
        "UpstreamAttempted {{ attempt: {}, result: Ok({result}), status: Some({status}), outcome: \"{outcome}\", \
         is_fault: {is_fault} }}",
        attempt(retry, 1)
    )
}

#[tokio::test(start_paused = true)]
async fn tells_of_a_miss_an_attempt_and_a_hit() {
    let bench = Bench::new(vec![verified()]);
    bench.ask("AAA-AAA-AAAA").await;
    bench.ask("AAA-AAA-AAAA").await;
    assert_eq!(bench.observe.told(), [MISS, &attempted("Success", 200, "verified", false, 0), HIT]);
}

#[tokio::test(start_paused = true)]
async fn tells_of_each_retry_and_its_reason() {
    let bench = Bench::new(vec![unavailable(), unavailable(), verified()]);
    assert_eq!(bench.ask("AAA-AAA-AAAA").await.outcome.code(), "verified");
    let failed = |retry| attempted("ServerError", 503, "upstream_unavailable", true, retry);
    let told = [MISS, &failed(0), RETRIED, &failed(1), RETRIED, &attempted("Success", 200, "verified", false, 2)];
    assert_eq!(bench.observe.told(), told);
}

#[tokio::test(start_paused = true)]
async fn tells_once_when_the_breaker_moves() {
    let bench = Bench::new((0..7).map(|_| unavailable()).collect());
    let moved = |from, to| format!("BreakerMoved {{ region: \"in1\", from: {from}, to: {to} }}");
    for account_id in ["AAA-AAA-AAA1", "AAA-AAA-AAA2", "AAA-AAA-AAA3", "AAA-AAA-AAA4"] {
        bench.ask(account_id).await;
    }
    assert_eq!(bench.observe.told_of("BreakerMoved"), [moved(0, 2)]);
    assert_eq!(bench.observe.told_of("UpstreamAttempted").len(), 6, "open, it lets nothing through");
    tokio::time::advance(Duration::from_secs(10)).await;
    bench.ask("AAA-AAA-AAA5").await;
    assert_eq!(bench.observe.told_of("BreakerMoved"), [moved(0, 2), moved(2, 1), moved(1, 2)]);
}

#[tokio::test(start_paused = true)]
async fn tells_of_those_who_share_and_of_those_who_leave() {
    let bench = Bench::new(Vec::new());
    let patience = Duration::from_secs(2);
    let both =
        tokio::time::timeout(patience, async { tokio::join!(bench.ask("AAA-AAA-AAAA"), bench.ask("AAA-AAA-AAAA")) });
    assert!(both.await.is_err());
    // The flight's task is ended, and tells so, when it is next looked at.
    tokio::task::yield_now().await;
    let abandoned = format!("UpstreamAbandoned {{ attempt: {}, waited: Long }}", attempt(0, 2));
    assert_eq!(bench.observe.told(), [MISS, MISS, SHARED, &abandoned]);
}

#[tokio::test(start_paused = true)]
async fn tells_once_of_a_panic_in_a_shared_flight() {
    let bench = Bench::new(vec![Step::Panic]);
    let (one, other) = tokio::join!(bench.ask("AAA-AAA-AAAA"), bench.ask("AAA-AAA-AAAA"));
    assert_eq!((one.outcome.code(), other.outcome.code()), ("internal", "internal"));
    assert_eq!(bench.observe.told_of("Panicked"), [r#"Panicked { place: "flight", request_id: None, span: Span }"#]);
    assert!(bench.observe.told_of("UpstreamAbandoned").is_empty());
}

#[tokio::test(start_paused = true)]
async fn tells_of_a_guess_that_is_one_too_many() {
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
    let told = r#"RateLimited { limit: Account, partner: "adjust", span: Span }"#;
    assert_eq!(bench.observe.told_of("RateLimited"), [told]);
}

/// Asks in one region about one account after the other, each with a caller who leaves after `patience`.
async fn ask_and_leave(bench: &Bench, accounts: &[&str], patience: Duration) {
    for account_id in accounts {
        assert!(tokio::time::timeout(patience, bench.ask(account_id)).await.is_err());
        // The flight's task ends when it is next polled.
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_hangs_is_seen_though_all_callers_leave() {
    let bench = Bench::new(Vec::new());
    ask_and_leave(&bench, &["AAA-AAA-AAA1", "AAA-AAA-AAA2", "AAA-AAA-AAA3"], Duration::from_millis(900)).await;
    assert!(bench.observe.told_of("BreakerMoved").is_empty(), "a caller in a hurry says nothing");
    ask_and_leave(&bench, &["AAA-AAA-AAA1", "AAA-AAA-AAA2"], Duration::from_millis(1500)).await;
    assert_eq!(bench.observe.told_of("BreakerMoved").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_account_does_not_open_the_breaker() {
    let bench = Bench::new((0..60).map(|_| unavailable()).collect());
    for number in 0..20 {
        bench.ask_with("AAA-AAA-AAA1", &format!("guess-{number}")).await;
    }
    assert!(bench.observe.told_of("BreakerMoved").is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_its_callers_deadline_cuts_short_says_nothing() {
    let bench = Bench::new(Vec::new());
    for account_id in ["AAA-AAA-AAA1", "AAA-AAA-AAA2", "AAA-AAA-AAA3"] {
        let answer = bench.ask_within(account_id, Duration::from_secs(2)).await;
        assert_eq!(answer.outcome.code(), "upstream_timeout");
    }
    assert!(bench.observe.told_of("UpstreamAttempted").is_empty(), "no flight begins without the time for an attempt");
    assert!(bench.observe.told_of("BreakerMoved").is_empty());
}
