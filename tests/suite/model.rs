//! Compares several instances with a single one.
//!
//! Each seed generates a story: questions that overlap in time. It is run on one instance and, distributed over three,
//! on instances that share a tier; the answers and the calls must be the same. Some stories lose requests to the tier
//! and callers: that may cost calls, but never correctness.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use connect_verifier::{
    config::{Config, Source, load},
    model::{Fault, FaultKind, Input, Outcome, RawSubmission, Submission, Verdict},
    observe::{Observe, Span, UpstreamResult},
    verify::{Attempt, BoxFuture, Connect, Freshness, Moment, Patience, Question, Verifier, shared::SharedTier},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::memory_tier::{MemoryTier, State};

const INSTANCES: usize = 3;
const ATTEMPTS: usize = 3;
/// The duration of a call, which ends between two arrivals: those are 10 ms apart.
const CALL: Duration = Duration::from_millis(203);

/// Refuses every passcode except `good`, after a delay, and counts the calls.
struct Counting {
    time: Duration,
    calls: Mutex<BTreeMap<(String, String), usize>>,
}

impl Connect for Counting {
    fn attempt<'a>(
        &'a self,
        credential: &'a connect_verifier::model::Credential,
        _: Duration,
    ) -> BoxFuture<'a, Attempt> {
        let (passcode, time) = (credential.passcode.expose_secret().to_owned(), self.time);
        *self.calls.lock().unwrap().entry((credential.account_id.to_string(), passcode.clone())).or_default() += 1;
        Box::pin(async move {
            sleep(time).await;
            let is_good = passcode == "good";
            Attempt {
                outcome: if is_good { Verdict::Verified } else { Verdict::REFUSED }.into(),
                result: Ok(if is_good { UpstreamResult::Success } else { UpstreamResult::ClientError }),
                status: Some(if is_good { 200 } else { 400 }),
                is_retryable: false,
            }
        })
    }
}

/// A question of a story.
#[derive(Debug, Clone)]
struct Line {
    at: Duration,
    instance: usize,
    client: usize,
    account: usize,
    passcode: &'static str,
    freshness: Freshness,
    patience: Duration,
}

#[derive(Debug, Clone)]
struct Story {
    lines: Vec<Line>,
    loss: u8,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let is_rough = seed % 4 == 3;
        let (clients, passcodes) = (random.usize(1..=2), ["good", "a", "b", "c", "d", "e"]);
        let mut at = 5;
        let lines = (0..random.usize(3..12)).map(|_| {
            at += 10 * random.u64(1..25);
            Line {
                at: Duration::from_millis(at),
                instance: random.usize(0..INSTANCES),
                client: random.usize(0..clients),
                account: random.usize(0..2),
                passcode: passcodes[random.usize(0..passcodes.len())],
                freshness: if random.u8(0..5) == 0 { Freshness::New } else { Freshness::Any },
                patience: Duration::from_millis(if is_rough && random.bool() { 10 * random.u64(1..30) } else { 8000 }),
            }
        });
        let lines = lines.collect();
        Self { lines, loss: if is_rough { random.u8(0..200) } else { 0 } }
    }

    fn is_rough(&self) -> bool {
        self.loss > 0 || self.lines.iter().any(|line| line.patience < Duration::from_secs(8))
    }
}

fn config() -> Config {
    let mut config = load(&Source::default()).unwrap();
    config.limits.attempts_per_account = ATTEMPTS.try_into().unwrap();
    config.limits.upstream_per_second = 1_000_000.try_into().unwrap();
    config.limits.upstream_burst = 1_000_000.try_into().unwrap();
    config.upstream.max_concurrency_per_account = 100.try_into().unwrap();
    config.cache.capacity = 100_000.try_into().unwrap();
    config
}

struct World {
    config: Config,
    upstream: Arc<Counting>,
    instances: Vec<Arc<Verifier>>,
}

impl World {
    fn new(config: &Config, time: Duration, tiers: Vec<Option<Arc<dyn SharedTier>>>) -> Self {
        let upstream = Arc::new(Counting { time, calls: Mutex::default() });
        let ids = config.regions.iter().map(|region| region.id.as_str());
        let observe = Arc::new(Observe::new(ids).unwrap());
        let instance = |tier| Arc::new(Verifier::new(config, upstream.clone(), tier, observe.clone()).unwrap());
        let instances = tiers.into_iter().map(instance).collect();
        Self { config: config.clone(), upstream, instances }
    }

    /// Asks each question of a story at its time, and returns the answers and the calls by credential.
    async fn tell(&self, story: &Story, name: &str) -> (Vec<String>, Vec<usize>) {
        let start = Instant::now();
        let lines = story.lines.iter().map(|line| {
            let (asking, at) = (self.ask(line, name), start + line.at);
            tokio::spawn(async move {
                sleep_until(at).await;
                asking.await
            })
        });
        let mut answers = Vec::new();
        for line in lines.collect::<Vec<_>>() {
            answers.push(line.await.unwrap());
        }
        (answers, self.calls(name))
    }

    /// Asks the questions one after another.
    #[cfg(feature = "redis")]
    async fn tell_in_turn(&self, story: &Story, name: &str) -> (Vec<String>, Vec<usize>) {
        let mut answers = Vec::new();
        for line in &story.lines {
            answers.push(self.ask(line, name).await);
        }
        (answers, self.calls(name))
    }

    fn ask(&self, line: &Line, name: &str) -> impl Future<Output = String> + Send + 'static {
        self.ask_in("in1", false, line, name)
    }

    fn ask_in(
        &self,
        region: &'static str,
        suggest_region: bool,
        line: &Line,
        name: &str,
    ) -> impl Future<Output = String> + Send + 'static {
        let verifier = self.instances[line.instance % self.instances.len()].clone();
        let (line, regions) = (line.clone(), self.config.regions.clone());
        let account = format!("{name}-{}", line.account);
        async move {
            let raw = RawSubmission {
                account_id: Input::Value(account.into()),
                passcode: Input::Value(SecretString::from(line.passcode)),
                region: Input::Value(region.into()),
                ..RawSubmission::default()
            };
            let (submission, client) = (Submission::parse(raw, &regions).unwrap(), line.client.to_string());
            let question = Question {
                submission: &submission,
                client: &client,
                partner: &"adjust".into(),
                freshness: line.freshness,
                suggest_region,
                deadline: Instant::now() + Duration::from_secs(9),
                asked_at: Moment::now(),
                patience: Patience::Interactive,
                span: &Span::none(),
            };
            match timeout(line.patience, verifier.verify(&question)).await {
                Ok(answer) => answer.outcome.code().to_owned(),
                Err(_) => "left".to_owned(),
            }
        }
    }

    fn calls(&self, name: &str) -> Vec<usize> {
        let (calls, start) = (self.upstream.calls.lock().unwrap(), format!("{name}-"));
        calls.iter().filter(|((account, _), _)| account.starts_with(&start)).map(|(_, count)| *count).collect()
    }

    fn forget(&self) {
        self.upstream.calls.lock().unwrap().clear();
    }
}

/// Checks what holds despite losses: no verdict is wrong, and no caller waits longer than the calls and one timeout.
fn check_rough(story: &Story, answers: &[String], context: &str) {
    for (line, answer) in story.lines.iter().zip(answers) {
        let is_right = match answer.as_str() {
            "verified" => line.passcode == "good",
            "invalid_credentials" => line.passcode != "good",
            "too_many_attempts" | "left" => true,
            _ => false,
        };
        assert!(is_right, "{context}: {line:?} {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn three_instances_behave_as_one_in_ten_thousand_stories() {
    let config = config();
    let state = Arc::<Mutex<State>>::default();
    let tier = |owner| MemoryTier::new(&state, owner, ATTEMPTS, config.limits.attempts_window);
    let tiers = (0..INSTANCES).map(|owner| Some(Arc::new(tier(owner)) as Arc<dyn SharedTier>)).collect();
    let (one, many) = (World::new(&config, CALL, vec![None]), World::new(&config, CALL, tiers));
    let mut rough_calls = (0, 0);
    for seed in 0..10_000 {
        let (story, name) = (Story::new(seed), format!("S{seed}"));
        state.lock().unwrap().loss = story.loss;
        let (expected, (answers, calls)) = (one.tell(&story, &name).await, many.tell(&story, &name).await);
        if story.is_rough() {
            check_rough(&story, &answers, &format!("seed {seed}"));
            rough_calls.0 += expected.1.iter().sum::<usize>();
            rough_calls.1 += calls.iter().sum::<usize>();
        } else {
            assert_eq!((&answers, &calls), (&expected.0, &expected.1), "seed {seed}: {story:#?}");
        }
        if seed % 500 == 0 {
            one.forget();
            many.forget();
        }
    }
    assert!(rough_calls.1 < rough_calls.0 * 3, "what is lost costs calls, and not without bound: {rough_calls:?}");
}

#[tokio::test(start_paused = true)]
async fn no_seed_lets_more_refusals_through_than_the_budget() {
    let config = config();
    let state = Arc::<Mutex<State>>::default();
    let tier = |owner| MemoryTier::new(&state, owner, ATTEMPTS, config.limits.attempts_window);
    let tiers = (0..INSTANCES).map(|owner| Some(Arc::new(tier(owner)) as Arc<dyn SharedTier>)).collect();
    let many = World::new(&config, CALL, tiers);
    for seed in 0..1000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let passcodes = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        let line = |index: usize| Line {
            at: Duration::from_millis(random.u64(0..400)),
            instance: random.usize(0..INSTANCES),
            client: 0,
            account: 0,
            passcode: passcodes[index % passcodes.len()],
            freshness: Freshness::Any,
            patience: Duration::from_millis(if random.u8(0..4) == 0 { random.u64(1..300) } else { 8000 }),
        };
        let story = Story { lines: (0..30).map(line).collect(), loss: 0 };
        let (answers, _) = many.tell(&story, &format!("T{seed}")).await;
        let mut refused: Vec<&str> = story
            .lines
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| *answer == "invalid_credentials")
            .map(|(line, _)| line.passcode)
            .collect();
        refused.sort_unstable();
        refused.dedup();
        assert!(refused.len() <= ATTEMPTS, "seed {seed}: {refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_joins_a_question_waits_for_the_tier_within_its_own_allowance() {
    let config = config();
    let state = Arc::<Mutex<State>>::default();
    let tier = MemoryTier::new(&state, 0, ATTEMPTS, config.limits.attempts_window);
    let timeout = tier.timeout();
    state.lock().unwrap().latency = Some(timeout.mul_f64(0.22));
    let world = World::new(&config, CALL, vec![Some(Arc::new(tier))]);
    let line = Line {
        at: Duration::ZERO,
        instance: 0,
        client: 0,
        account: 0,
        passcode: "guess-1",
        freshness: Freshness::Any,
        patience: Duration::from_secs(8),
    };
    let started = Instant::now();
    // It waits for the tier before and after the call, and then asks the other regions.
    let first = tokio::spawn(world.ask_in("in1", true, &line, "J"));
    sleep_until(started + CALL + timeout.mul_f64(0.88) - Duration::from_millis(1)).await;
    let second = tokio::spawn(world.ask_in("eu1", false, &line, "J"));
    assert_eq!(first.await.unwrap(), "invalid_credentials");
    let took = started.elapsed();
    assert!(took < timeout + 2 * CALL + Duration::from_millis(3), "{took:?}: it goes on without the tier");
    assert_eq!(second.await.unwrap(), "invalid_credentials");
    assert_eq!(world.calls("J"), [6], "one for each region: both share the call in eu1");
}

#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread")]
async fn three_instances_behave_as_one_on_a_real_redis() {
    if crate::redis_server::is_missing() {
        return;
    }
    let server = crate::redis_server::RedisServer::start();
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "ab".repeat(32)).unwrap();
    let mut config = config();
    config.secret_file = Some(secret.path().to_owned());
    let text = format!("secret_file = {:?}\n[redis]\nurl = {:?}\ntimeout = \"5s\"\n", secret.path(), server.url);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    config.redis = load(&Source { file: Some(file.path().to_owned()), ..Source::default() }).unwrap().redis;
    let ids = config.regions.iter().map(|region| region.id.as_str());
    let observe = Arc::new(Observe::new(ids).unwrap());
    let mut tiers = Vec::new();
    for _ in 0..INSTANCES {
        let redis = connect_verifier::redis::Redis::new(&config, observe.clone()).unwrap();
        tokio::spawn(redis.clone().keep_connected());
        crate::support::eventually("a connection", async || redis.is_up()).await;
        tiers.push(Some(connect_verifier::redis::tier(&config, &redis).unwrap()));
    }
    let time = Duration::from_millis(1);
    let (one, many) = (World::new(&config, time, vec![None]), World::new(&config, time, tiers));
    let stories = (0..400).map(Story::new).filter(|story| !story.is_rough());
    let tell = async |(number, story): (usize, Story)| {
        let name = format!("R{number}");
        let (expected, found) = (one.tell_in_turn(&story, &name).await, many.tell_in_turn(&story, &name).await);
        assert_eq!(found, expected, "{story:#?}");
    };
    futures_util::future::join_all(stories.enumerate().map(tell)).await;
}

#[test]
fn the_model_names_no_fault_a_verdict() {
    let fault: Outcome = Fault::new(FaultKind::Internal).into();
    let story = Story::new(0);
    let answers = vec![fault.code().to_owned(); story.lines.len()];
    assert!(std::panic::catch_unwind(|| check_rough(&story, &answers, "")).is_err());
}
