//! Several instances on one Redis: they behave as one.

use std::time::{Duration, Instant};

use connect_verifier::{
    app::App,
    config::{Source, load},
};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::{
    redis_server::{RedisServer, is_missing},
    support::{Binary, KEY, Reply, Service, Upstream, config_text, credential, eventually, request},
};

const REFUSED: &str = "Invalid Credentials";

/// Instances of the service on one Redis and one upstream.
pub struct Fleet {
    pub services: Vec<Service>,
    pub upstream: Upstream,
    directory: tempfile::TempDir,
    url: String,
    timeout: &'static str,
}

impl Fleet {
    /// Starts `count` instances, with a Redis timeout long enough for a machine that also runs other tests.
    pub async fn start(count: usize, url: &str, upstream: Upstream, more: &str) -> Self {
        Self::start_with_timeout("3s", count, url, upstream, more).await
    }

    pub async fn start_with_timeout(
        timeout: &'static str,
        count: usize,
        url: &str,
        upstream: Upstream,
        more: &str,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("secret"), "ab".repeat(32)).unwrap();
        std::fs::write(directory.path().join("c.toml"), config_text(Some(upstream.address), more)).unwrap();
        let mut fleet = Self { services: Vec::new(), upstream, directory, url: url.to_owned(), timeout };
        for _ in 0..count {
            let service = fleet.one_more(&[]).await;
            fleet.services.push(service);
        }
        fleet
    }

    /// Starts one more instance.
    pub async fn one_more(&self, environment: &[(&str, &str)]) -> Service {
        let mut all = self.environment();
        all.extend(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let source = Source { file: Some(self.path("c.toml").into()), environment: all.into_iter().collect() };
        Service::run(App::build(load(&source).unwrap(), false).await.unwrap())
    }

    pub fn environment(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (format!("CONNECT_VERIFIER__{name}"), value.to_owned());
        vec![
            pair("SECRET_FILE", &self.path("secret")),
            pair("REDIS__URL", &self.url),
            pair("REDIS__TIMEOUT", self.timeout),
        ]
    }

    pub fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// Returns the number of steps of questions at Redis; those of clients' rates belong to no question.
    async fn steps(&self) -> u64 {
        let mut steps = 0;
        for service in &self.services {
            let metrics = service.metrics().await;
            for operation in ["begin", "settle"] {
                let start =
                    format!("connect_verifier_redis_request_duration_seconds_count{{operation=\"{operation}\"}} ");
                let count = metrics.lines().find_map(|line| line.strip_prefix(&*start)?.parse::<u64>().ok());
                steps += count.unwrap_or_default();
            }
        }
        steps
    }

    pub async fn ask(&self, index: usize, account: &str, passcode: &str) -> Value {
        self.services[index % self.services.len()].verify(&credential(account, passcode, "in1")).await.1
    }

    /// Waits until every instance uses Redis, or until no instance does.
    pub async fn wait_until_up(&self, is_up: bool) {
        let line = format!("connect_verifier_redis_up {}", u8::from(is_up));
        for service in &self.services {
            eventually(&line, async || service.metrics().await.contains(&line)).await;
        }
    }
}

pub fn code(body: &Value) -> &str {
    body["status"].as_str().filter(|_| body["verified"].is_boolean()).unwrap_or_else(|| body["code"].as_str().unwrap())
}

async fn count(service: &Service, line: &str) -> u64 {
    let metrics = service.metrics().await;
    let found = metrics.lines().find_map(|known| known.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("no {line}"))
}

/// Answers by the passcode: `good…` verifies, `other…` verifies only in `eu1`, all others are refused.
pub async fn upstream() -> Upstream {
    Upstream::start(|seen| match seen.passcode() {
        good if good.starts_with("good") => Reply::success(),
        other if other.starts_with("other") && seen.region() == "eu1" => Reply::success(),
        list if list.starts_with("list") => Reply::failure(403, "Partner not whitelisted: adjust"),
        _ => Reply::failure(400, REFUSED),
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_that_one_instance_has_is_a_hit_on_all() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(3, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    for (passcode, expected) in
        [("good-1", "verified"), ("bad-1", "invalid_credentials"), ("list-1", "partner_not_whitelisted")]
    {
        let before = fleet.upstream.calls();
        let first = fleet.ask(0, "AAA-AAA-AAA1", passcode).await;
        assert_eq!((code(&first), first["source"].as_str()), (expected, Some("upstream")));
        for index in [1, 2, 1] {
            let answer = fleet.ask(index, "AAA-AAA-AAA1", passcode).await;
            assert_eq!((code(&answer), answer["source"].as_str()), (expected, Some("cache")), "{index}");
            assert_eq!(answer["checked_at"], first["checked_at"]);
        }
        assert_eq!(fleet.upstream.calls(), before + 1);
    }
    let ttl = redis.command(&["--scan", "--pattern", "connect-verifier:*v:*"]);
    assert_eq!(ttl.lines().count(), 3);
    for key in ttl.lines() {
        let left: i64 = redis.command(&["PTTL", key]).parse().unwrap();
        assert!((1..=600_000).contains(&left), "{left}");
    }
    let hits = count(&fleet.services[1], r#"connect_verifier_cache_requests_total{result="hit",tier="redis"}"#).await;
    assert_eq!(hits, 3, "the second time it was in memory");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_in_memory_asks_nothing_and_a_miss_asks_before_and_after() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    let before = fleet.steps().await;
    fleet.ask(0, "AAA-AAA-AAA1", "good").await;
    assert_eq!(fleet.steps().await - before, 2, "one before the call, and one after it");
    fleet.ask(1, "AAA-AAA-AAA1", "good").await;
    assert_eq!(fleet.steps().await - before, 3, "a hit in Redis is one");
    for index in 0..10 {
        assert_eq!(fleet.ask(index, "AAA-AAA-AAA1", "good").await["source"], "cache");
    }
    assert_eq!(fleet.steps().await - before, 3);
    assert_eq!(redis.calls("eval"), 0, "the server has the scripts before the first request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_was_found_is_shared_as_well() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    let mut body = credential("AAA-AAA-AAA1", "other-1", "in1");
    body["suggest_region"] = true.into();
    assert_eq!(code(&fleet.services[0].verify(&body).await.1), "wrong_region");
    let calls = fleet.upstream.calls();
    let service = &fleet.services[1];
    eventually("the derived verdict", async || {
        let answer = service.post_with(&body.to_string(), &[("cache-control", "max-age=600")]).await.json();
        answer["status"] == "wrong_region" && answer["suggested_region"]["id"] == "eu1"
    })
    .await;
    assert_eq!(fleet.upstream.calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_refusals_in_all_and_never_eleven() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(3, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    for guess in 0..10 {
        let answer = fleet.ask(guess, "AAA-AAA-AAA1", &format!("guess-{guess}")).await;
        assert_eq!(code(&answer), "invalid_credentials", "{guess}");
    }
    for index in 0..6 {
        let answer = fleet.ask(index, "aaa-aaa-aaa1", &format!("more-{index}")).await;
        assert_eq!(code(&answer), "too_many_attempts");
        let wait = answer["guidance"]["retry_after_seconds"].as_u64().unwrap();
        assert!((590..=600).contains(&wait), "{wait}");
        assert_eq!(code(&fleet.ask(index, "AAA-AAA-AAA1", "guess-3").await), "invalid_credentials", "known is free");
    }
    assert_eq!(fleet.upstream.calls(), 10);

    // All concurrently, over several regions.
    let guess = |number: usize| {
        let region = ["in1", "eu1", "sg1"][number / 3 % 3];
        let body = credential("AAA-AAA-AAA2", &format!("guess-{number}"), region);
        let service = &fleet.services[number % 3];
        async move { service.verify(&body).await.1 }
    };
    let answers = futures_util::future::join_all((0..60).map(guess)).await;
    let refused = answers.iter().filter(|answer| code(answer) == "invalid_credentials").count();
    assert_eq!((refused, fleet.upstream.calls()), (10, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_on_one_instance_resets_the_budget_of_all() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(3, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    for round in 0..3 {
        for guess in 0..9 {
            let answer = fleet.ask(0, "AAA-AAA-AAA1", &format!("guess-{round}-{guess}")).await;
            assert_eq!(code(&answer), "invalid_credentials", "{round} {guess}");
        }
        assert_eq!(code(&fleet.ask(round + 1, "AAA-AAA-AAA1", &format!("good-{round}")).await), "verified");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_herd_over_all_instances_makes_one_call() {
    if is_missing() {
        return;
    }
    let gate = std::sync::Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let upstream = Upstream::start(move |_| {
        Reply::Gated(opened.clone(), 200, r#"{"message": "x", "status": "success"}"#.to_owned())
    })
    .await;
    let redis = RedisServer::start();
    let fleet = Fleet::start(3, &redis.url, upstream, "").await;
    fleet.wait_until_up(true).await;
    let herd = futures_util::future::join_all((0..90).map(|index| fleet.ask(index, "AAA-AAA-AAA1", "good")));
    let open = async {
        // Longer than a lease without renewal.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        gate.add_permits(10);
    };
    let (answers, ()) = tokio::join!(herd, open);
    assert!(answers.iter().all(|answer| code(answer) == "verified"));
    assert_eq!(answers.iter().filter(|answer| answer["source"] == "upstream").count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer["source"] == "collapsed").count(), 89);
    assert_eq!(fleet.upstream.calls(), 1);
    assert_eq!(redis.command(&["--scan", "--pattern", "*l:*"]), "", "the lease is released");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_goes_on_when_the_holder_is_killed_or_left_alone() {
    if is_missing() {
        return;
    }
    let gate = std::sync::Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let upstream = Upstream::start(move |_| {
        Reply::Gated(opened.clone(), 200, r#"{"message": "x", "status": "success"}"#.to_owned())
    })
    .await;
    let redis = RedisServer::start();
    let fleet = Fleet::start(1, &redis.url, upstream, "").await;
    fleet.wait_until_up(true).await;
    let environment = fleet.environment();
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let config = fleet.path("c.toml");
    let mut holder = Binary::start(&["serve", "--config", &config], &environment);
    let address = holder.address("public").await;
    let body = credential("AAA-AAA-AAA1", "good", "in1").to_string();
    let authorization = format!("Bearer {KEY}");
    let asking = tokio::spawn(async move {
        let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
        request(address, "POST", "/v1/verify", &headers, &body).await
    });
    fleet.upstream.wait_for_calls(1).await;
    let waiting = fleet.ask(0, "AAA-AAA-AAA1", "good");
    let kill = async {
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert_eq!(fleet.upstream.calls(), 1, "the lease is renewed while the call runs");
        holder.signal("KILL");
        let killed = Instant::now();
        fleet.upstream.wait_for_calls(2).await;
        let took = killed.elapsed();
        gate.add_permits(10);
        took
    };
    let (answer, took) = tokio::join!(waiting, kill);
    assert_eq!((code(&answer), answer["source"].as_str()), ("verified", Some("upstream")));
    assert!(took < Duration::from_millis(1300), "{took:?}");
    asking.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_regions_rate_holds_for_all_instances_together() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let more = "[limits]\nupstream_per_second = 10\nupstream_burst = 20\n[upstream]\nqueue_timeout = \"1s\"\n";
    let fleet = Fleet::start(3, &redis.url, upstream().await, more).await;
    fleet.wait_until_up(true).await;
    let ask = async |index: usize| fleet.ask(index, &format!("AAA-AAA-{index:04}"), "good").await;
    let started = Instant::now();
    let answers = futures_util::future::join_all((0..90).map(ask)).await;
    let verified = answers.iter().filter(|answer| code(answer) == "verified").count();
    let busy = answers.iter().filter(|answer| code(answer) == "upstream_busy").count();
    let most = 20 + (started.elapsed().as_millis() / 100) as usize + 10;
    assert!((30..=most).contains(&verified) && verified + busy == 90, "{verified} {busy} {most}");
    assert_eq!(fleet.upstream.calls(), verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_answer_is_fresh() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    let body = credential("AAA-AAA-AAA1", "good", "in1").to_string();
    fleet.services[0].post(&body).await;
    for (header, source) in [
        ("max-age=0", "upstream"),
        ("no-cache", "upstream"),
        ("max-age=100", "cache"),
        ("max-age=0", "upstream"),
        ("no-cache", "upstream"),
    ] {
        let answer = fleet.services[1].post_with(&body, &[("cache-control", header)]).await;
        assert_eq!(answer.json()["source"], source, "{header}");
    }
    assert_eq!(fleet.upstream.calls(), 5);
}
