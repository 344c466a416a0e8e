//! How long a request waits for Redis, what it waits for, and what is settled later.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connect_verifier::admission::key_hash;
use tokio::sync::Semaphore;

use crate::{
    batch::item,
    binary::Binary,
    redis_cluster::RedisCluster,
    redis_server::{RedisServer, is_missing},
    shared::{Fleet, code, upstream},
    shared_faults::after_an_outage_with_the_tenth_refusal,
    support::{Answer, KEY, Reply, Upstream, config_text, credential, eventually, request},
};

const ORIGIN: &str = "https://dash.example.com";
const OTHER_KEY: &str = "cvk_another-client-0123456789abcdefghijklmnopqr";
/// Long, so that a busy machine is not taken for a second timeout.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A real binary with its own Redis.
struct Lone {
    redis: RedisServer,
    _binary: Binary,
    public: std::net::SocketAddr,
    fleet: Fleet,
}

impl Lone {
    async fn start(upstream: Upstream) -> Self {
        let redis = RedisServer::start();
        let fleet = Fleet::start_with_timeout("2s", 0, &redis.url, upstream, "").await;
        let text = config_text(Some(fleet.upstream.address), "") + &format!("allowed_origins = [{ORIGIN:?}]\n");
        std::fs::write(fleet.path("c.toml"), text).unwrap();
        let environment = fleet.environment();
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut binary = Binary::start(&["serve", "--config", &fleet.path("c.toml")], &environment);
        let (public, admin) = (binary.address("public").await, binary.address("admin").await);
        eventually("Redis is in use", async || {
            request(admin, "GET", "/metrics", &[], "").await.body.contains("connect_verifier_redis_up 1")
        })
        .await;
        Self { redis, _binary: binary, public, fleet }
    }

    async fn post(&self, path: &str, kind: &str, bearer: &str, body: &str) -> Answer {
        let authorization = format!("Bearer {bearer}");
        let headers = [("content-type", kind), ("authorization", &authorization), ("origin", ORIGIN)];
        request(self.public, "POST", path, &headers, body).await
    }

    async fn verify(&self, bearer: &str, passcode: &str) -> Answer {
        let body = credential("AAA-AAA-AAA1", passcode, "in1").to_string();
        self.post("/v1/verify", "application/json", bearer, &body).await
    }

    async fn token(&self) -> String {
        let body = serde_json::json!({"origin": ORIGIN, "max_attempts": 10}).to_string();
        let answer = self.post("/v1/sessions", "application/json", KEY, &body).await;
        answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Hit,
    Miss,
    Refused,
    SessionHit,
    SessionMiss,
    Suggestion,
    BatchItem,
}

/// Sends the first request after Redis has stopped to answer, and returns how long it took.
async fn first_while_it_hangs(kind: Kind) -> Duration {
    let lone = Lone::start(upstream().await).await;
    lone.verify(KEY, "good-known").await;
    let token = lone.token().await;
    lone.redis.pause();
    let started = Instant::now();
    let answer = match kind {
        Kind::Hit => lone.verify(KEY, "good-known").await,
        Kind::Miss => lone.verify(KEY, "good-new").await,
        Kind::Refused => lone.verify(KEY, "bad").await,
        Kind::SessionHit => lone.verify(&token, "good-known").await,
        Kind::SessionMiss => lone.verify(&token, "good-new").await,
        Kind::Suggestion => {
            let mut body = credential("AAA-AAA-AAA1", "other", "in1");
            body["suggest_region"] = true.into();
            lone.post("/v1/verify", "application/json", &token, &body.to_string()).await
        }
        Kind::BatchItem => lone.post("/v1/verify/batch", "application/x-ndjson", KEY, &(item(1, "good") + "\n")).await,
    };
    let took = started.elapsed();
    assert_eq!(answer.status, 200, "{kind:?}: {answer:?}");
    let expected = match kind {
        Kind::Refused => "invalid_credentials",
        Kind::Suggestion => "wrong_region",
        _ => "verified",
    };
    assert!(answer.body.contains(expected), "{kind:?}: {answer:?}");
    lone.redis.resume();
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_adds_one_timeout_to_a_request() {
    if is_missing() {
        return;
    }
    let kinds =
        [Kind::Hit, Kind::Miss, Kind::Refused, Kind::SessionHit, Kind::SessionMiss, Kind::Suggestion, Kind::BatchItem];
    let times = futures_util::future::join_all(kinds.map(first_while_it_hangs)).await;
    for (kind, took) in kinds.iter().zip(times) {
        assert!(took < 2 * TIMEOUT, "{kind:?}: {took:?}");
        assert!(*kind != Kind::Hit || took < TIMEOUT, "a hit in memory does not wait: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_during_the_call_adds_one_timeout_and_loses_no_refusal() {
    if is_missing() {
        return;
    }
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let refusal = r#"{"status": "fail", "error": "Invalid Credentials", "code": 400}"#;
    let gated = Upstream::start(move |_| Reply::Gated(opened.clone(), 400, refusal.to_owned())).await;
    let lone = Lone::start(gated).await;
    let asking = lone.verify(KEY, "bad");
    let hang = async {
        lone.fleet.upstream.wait_for_calls(1).await;
        lone.redis.pause();
        let started = Instant::now();
        gate.add_permits(1);
        started
    };
    let (answer, started) = tokio::join!(asking, hang);
    assert!(started.elapsed() < 2 * TIMEOUT, "{:?}", started.elapsed());
    assert_eq!(answer.json()["status"], "invalid_credentials");
    lone.redis.resume();
    eventually("the refusal is counted", async || refusals(&lone.redis) == 1).await;
}

/// Returns the number of refusals that Redis knows, of all accounts.
fn refusals(redis: &RedisServer) -> u64 {
    let keys = redis.command(&["--scan", "--pattern", "*r:*"]);
    let keys = keys.lines().filter(|key| redis.command(&["TYPE", key]) == "zset");
    keys.map(|key| redis.command(&["ZCARD", key]).parse::<u64>().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_an_outage_count_for_all_once_it_is_over() {
    let Some((redis, fleet)) = after_an_outage_with_the_tenth_refusal().await else { return };
    // Without another question to the first instance.
    eventually("the tenth refusal", async || refusals(&redis) == 10).await;
    fleet.wait_until_up(true).await;
    assert_eq!(code(&fleet.ask(1, "AAA-AAA-AAA1", "guess-11").await), "too_many_attempts");
    assert_eq!(fleet.upstream.calls(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_resets_the_budget_of_a_client_that_waited_at_another_instance() {
    if is_missing() {
        return;
    }
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let success = r#"{"message": "x", "status": "success"}"#;
    let gated = Upstream::start(move |seen| match seen.passcode() {
        "good" => Reply::Gated(opened.clone(), 200, success.to_owned()),
        _ => Reply::failure(400, "Invalid Credentials"),
    });
    let redis = RedisServer::start();
    let other =
        format!("\n[[clients]]\nname = \"other\"\npartner = \"adjust\"\nkey_sha256 = [{:?}]\n", key_hash(OTHER_KEY));
    let fleet = Fleet::start(2, &redis.url, gated.await, &other).await;
    fleet.wait_until_up(true).await;
    let ask = async |passcode: String| {
        let authorization = format!("Bearer {OTHER_KEY}");
        let headers = [("content-type", "application/json"), ("authorization", &*authorization)];
        let body = credential("AAA-AAA-AAA1", &passcode, "in1").to_string();
        request(fleet.services[1].public, "POST", "/v1/verify", &headers, &body).await.json()
    };
    for guess in 0..9 {
        assert_eq!(code(&ask(format!("guess-{guess}")).await), "invalid_credentials");
    }
    let waiting = async {
        fleet.upstream.wait_for_calls(10).await;
        ask("good".to_owned()).await
    };
    let open = async {
        eventually("the second client waits", async || !redis.command(&["--scan", "--pattern", "*w:*"]).is_empty())
            .await;
        gate.add_permits(1);
    };
    let (first, second, ()) = tokio::join!(fleet.ask(0, "AAA-AAA-AAA1", "good"), waiting, open);
    assert_eq!((code(&first), first["source"].as_str()), ("verified", Some("upstream")));
    assert_eq!((code(&second), second["source"].as_str()), ("verified", Some("collapsed")));
    for guess in 10..20 {
        assert_eq!(code(&ask(format!("guess-{guess}")).await), "invalid_credentials", "{guess}");
    }
    assert_eq!(code(&ask("guess-20".to_owned()).await), "too_many_attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_stops_neither_its_slots_nor_the_others() {
    if is_missing() {
        return;
    }
    let redis = RedisCluster::start();
    let more = "[limits]\nupstream_per_second = 10000\nupstream_burst = 10000\n";
    let fleet = Fleet::start_with_timeout("1s", 2, &redis.url(), upstream().await, more).await;
    fleet.wait_until_up(true).await;
    for node in 0..3 {
        redis.servers[node].pause();
        let (mut slow, mut shared) = (0, 0);
        for number in 0..24 {
            let account = format!("NOD-E{node}A-{number:04}");
            for instance in 0..2 {
                let started = Instant::now();
                let answer = fleet.ask(instance, &account, "good").await;
                assert_eq!(code(&answer), "verified");
                let took = started.elapsed();
                assert!(took < Duration::from_secs(2), "at most one timeout: {took:?}");
                slow += u32::from(took >= Duration::from_millis(900));
                shared += u32::from(instance == 1 && answer["source"] != "upstream");
            }
        }
        assert!(slow <= 4, "node {node}: {slow} requests waited");
        assert!((5..24).contains(&shared), "node {node}: the others still share: {shared}");
        redis.servers[node].resume();
        let mut round = 0;
        eventually("all nodes are in use again", async || {
            round += 1;
            let mut all = true;
            for number in 0..12 {
                let account = format!("BAC-K{node}A-{round:02}{number:02}");
                fleet.ask(0, &account, "good").await;
                all &= fleet.ask(1, &account, "good").await["source"] != "upstream";
            }
            all
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_hangs_or_refuses_is_reported_once_and_so_is_its_return() {
    if is_missing() {
        return;
    }
    let redis = RedisCluster::start();
    let fleet = Fleet::start_with_timeout("1s", 0, &redis.url(), upstream().await, "").await;
    let environment = fleet.environment();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
    let mut binary = Binary::start(&["serve", "--config", &fleet.path("c.toml")], &environment);
    let admin = binary.address("admin").await;
    let up = async |value: u8| {
        let line = format!("connect_verifier_redis_up {value}\n");
        eventually(&line, async || request(admin, "GET", "/metrics", &[], "").await.body.contains(&line)).await;
    };
    let lines = |text: &str| {
        let log = binary.log();
        let lines = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let lines = lines.filter(|line| line["message"].as_str().is_some_and(|message| message.starts_with(text)));
        lines.map(|line| line["address"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    up(1).await;
    let (silent, full) = (&redis.servers[1], &redis.servers[2]);
    silent.pause();
    up(0).await;
    silent.resume();
    up(1).await;
    full.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1"]);
    up(0).await;
    full.command(&["CONFIG", "SET", "maxmemory", "0"]);
    up(1).await;
    let addresses = [silent, full].map(|server| format!("127.0.0.1:{}", server.port));
    assert_eq!(lines("redis server is not in use"), addresses, "{}", binary.log());
    assert_eq!(lines("redis server is in use"), addresses, "{}", binary.log());
    assert_eq!(lines("redis is in use").len(), 1, "it was not opened again: {}", binary.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_cluster_a_hit_returns_its_turn_in_the_regions_rate() {
    if is_missing() {
        return;
    }
    let redis = RedisCluster::start();
    let more = "[limits]\nupstream_per_second = 1\nupstream_burst = 5\n[upstream]\nqueue_timeout = \"1ms\"\n";
    let fleet = Fleet::start(4, &redis.url(), upstream().await, more).await;
    fleet.wait_until_up(true).await;
    let started = Instant::now();
    for account in ["AAA-AAA-AAA1", "AAA-AAA-AAA2", "AAA-AAA-AAA3"] {
        assert_eq!(fleet.ask(0, account, "good").await["source"], "upstream");
        for instance in 1..4 {
            assert_ne!(fleet.ask(instance, account, "good").await["source"], "upstream");
        }
    }
    for account in ["AAA-AAA-AAA4", "AAA-AAA-AAA5"] {
        eventually("the turns of nine hits are returned", async || {
            code(&fleet.ask(0, account, "good").await) == "verified"
        })
        .await;
    }
    assert!(started.elapsed() < Duration::from_secs(4), "nine turns would take nine seconds: {:?}", started.elapsed());
}
