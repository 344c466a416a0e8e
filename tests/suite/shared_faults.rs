//! Several instances on a failing Redis: answers remain correct and in time.

use std::time::{Duration, Instant};

use crate::{
    redis_cluster::RedisCluster,
    redis_server::{RedisSentinel, RedisServer, is_missing},
    shared::{Fleet, code, upstream},
    support::{Binary, eventually, request},
};

/// Sends requests for a while, each with its own account, and returns the slowest.
async fn burden(fleet: &Fleet, name: &str, count: usize) -> Duration {
    let mut slowest = Duration::ZERO;
    for number in 0..count {
        let started = Instant::now();
        let answer = fleet.ask(number, &format!("{name}-AAA-{number:04}"), "good").await;
        assert_eq!(code(&answer), "verified", "{name} {number}: {answer}");
        slowest = slowest.max(started.elapsed());
    }
    slowest
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_be_absent_die_hang_and_return() {
    if is_missing() {
        return;
    }
    let mut redis = RedisServer::start();
    redis.stop();
    let more = "[limits]\nupstream_per_second = 10000\nupstream_burst = 10000\n";
    let fleet = Fleet::start_with_timeout("50ms", 2, &redis.url, upstream().await, more).await;
    burden(&fleet, "ABS", 20).await;
    redis.restart();
    fleet.wait_until_up(true).await;
    burden(&fleet, "YES", 5).await;
    redis.stop();
    burden(&fleet, "DIE", 20).await;
    fleet.wait_until_up(false).await;
    redis.restart();
    fleet.wait_until_up(true).await;

    redis.pause();
    let slowest = burden(&fleet, "HNG", 20).await;
    assert!(slowest < Duration::from_millis(400), "at most one timeout of 50 ms: {slowest:?}");
    fleet.wait_until_up(false).await;
    let slowest = burden(&fleet, "OPN", 20).await;
    assert!(slowest < Duration::from_millis(300), "open, it costs nothing: {slowest:?}");
    redis.resume();
    fleet.wait_until_up(true).await;
    fleet.ask(0, "END-AAA-AAAA", "good").await;
    assert_eq!(fleet.ask(1, "END-AAA-AAAA", "good").await["source"], "cache");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_refuses_is_like_none() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let more = "[limits]\nupstream_per_second = 10000\nupstream_burst = 10000\n";
    let fleet = Fleet::start_with_timeout("50ms", 2, &redis.url, upstream().await, more).await;
    for (name, trouble, cure) in [
        ("RDO", &["REPLICAOF", "127.0.0.1", "1"][..], &["REPLICAOF", "NO", "ONE"][..]),
        ("OOM", &["CONFIG", "SET", "maxmemory", "1"], &["CONFIG", "SET", "maxmemory", "0"]),
        ("PAU", &["CLIENT", "PAUSE", "2500", "ALL"], &["PING"]),
    ] {
        fleet.wait_until_up(true).await;
        redis.command(trouble);
        burden(&fleet, name, 20).await;
        fleet.wait_until_up(false).await;
        redis.command(cure);
    }
    fleet.wait_until_up(true).await;
}

/// Returns a server and two instances. Nine guesses were refused before an outage, and the tenth during it, by the first
/// instance.
pub async fn after_an_outage_with_the_tenth_refusal() -> Option<(RedisServer, Fleet)> {
    if is_missing() {
        return None;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    for guess in 0..9 {
        fleet.ask(guess, "AAA-AAA-AAA1", &format!("guess-{guess}")).await;
    }
    redis.command(&["REPLICAOF", "127.0.0.1", "1"]);
    fleet.wait_until_up(false).await;
    assert_eq!(code(&fleet.ask(0, "AAA-AAA-AAA1", "guess-9").await), "invalid_credentials");
    assert_eq!(code(&fleet.ask(0, "AAA-AAA-AAA1", "guess-10").await), "too_many_attempts");
    redis.command(&["REPLICAOF", "NO", "ONE"]);
    Some((redis, fleet))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_holds_while_redis_is_away_and_is_told_to_it() {
    let Some((_redis, fleet)) = after_an_outage_with_the_tenth_refusal().await else { return };
    fleet.wait_until_up(true).await;
    // Refusals that Redis missed are sent to it.
    fleet.ask(0, "AAA-AAA-AAA1", "guess-11").await;
    assert_eq!(code(&fleet.ask(1, "AAA-AAA-AAA1", "guess-12").await), "too_many_attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_corrected_in_the_file() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start_with_password();
    let fleet = Fleet::start(0, &redis.url, upstream().await, "").await;
    std::fs::write(fleet.path("url"), redis.url.replace("verifier:", "verifier:canary-")).unwrap();
    let mut environment = fleet.environment();
    environment.retain(|(name, _)| !name.contains("REDIS__URL"));
    let file = fleet.path("url");
    environment.push(("CONNECT_VERIFIER__REDIS__URL_FILE".to_owned(), file.clone()));
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
    let mut binary = Binary::start(&["serve", "--config", &fleet.path("c.toml")], &environment);
    let admin = binary.address("admin").await;
    let up = async |value: u8| {
        let line = format!("connect_verifier_redis_up {value}");
        eventually(&line, async || request(admin, "GET", "/metrics", &[], "").await.body.contains(&line)).await;
    };
    up(0).await;
    eventually("the reason", async || binary.log().contains("uthentication")).await;
    std::fs::write(&file, &redis.url).unwrap();
    up(1).await;
    eventually("the line", async || binary.log().contains("redis is in use")).await;
    let log = binary.log();
    assert!(!log.contains("canary") && !log.contains("password-of-the-tests"), "{log}");
    assert_eq!(log.matches("redis is not in use").count(), 1, "one line for each change: {log}");
    assert_eq!(log.matches("redis is in use").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_no_more_rights_than_the_documents_say() {
    if is_missing() {
        return;
    }
    let rights = "~connect-verifier:* +@read +@write +@scripting +@connection +time";
    let documents = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md")).unwrap();
    assert!(rights.split(' ').all(|right| documents.contains(right)));
    let redis = RedisServer::start_with(&format!("user app on >p {rights}\n"));
    let fleet = Fleet::start(2, &redis.url.replace("//", "//app:p@"), upstream().await, "").await;
    fleet.wait_until_up(true).await;
    fleet.ask(0, "AAA-AAA-AAA1", "good").await;
    assert_eq!(fleet.ask(1, "AAA-AAA-AAA1", "good").await["source"], "cache");
    fleet.ask(0, "AAA-AAA-AAA1", "bad").await;
    assert_eq!(fleet.ask(1, "AAA-AAA-AAA1", "bad").await["source"], "cache");
}

#[tokio::test(flavor = "multi_thread")]
async fn speaks_tls_with_the_extra_authority() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start_with_tls();
    let more = format!("[upstream]\nextra_ca = {:?}\n", redis.authority());
    let fleet = Fleet::start(2, &redis.url, upstream().await, &more).await;
    fleet.wait_until_up(true).await;
    fleet.ask(0, "AAA-AAA-AAA1", "good").await;
    assert_eq!(fleet.ask(1, "AAA-AAA-AAA1", "good").await["source"], "cache");
    let strange = Fleet::start(1, &redis.url, upstream().await, "").await;
    burden(&strange, "TLS", 3).await;
    strange.wait_until_up(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_costs_calls_and_nothing_else() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    fleet.ask(0, "AAA-AAA-AAA1", "good").await;
    redis.command(&["FLUSHALL"]);
    redis.command(&["SCRIPT", "FLUSH"]);
    assert_eq!(fleet.ask(1, "AAA-AAA-AAA1", "good").await["source"], "upstream");
    assert_eq!(fleet.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_through_a_failover_of_sentinel() {
    if is_missing() {
        return;
    }
    let mut redis = RedisSentinel::start();
    let more = "[limits]\nupstream_per_second = 10000\nupstream_burst = 10000\n";
    let fleet = Fleet::start(2, &redis.url(), upstream().await, more).await;
    fleet.wait_until_up(true).await;
    burden(&fleet, "ONE", 10).await;
    redis.fail_over();
    burden(&fleet, "TWO", 10).await;
    fleet.wait_until_up(true).await;
    // Sentinels that elect twice move the master once more.
    let mut number = 0;
    eventually("the instances share again", async || {
        number += 1;
        let account = format!("AAA-AAA-AA{number:02}");
        fleet.ask(0, &account, "good").await;
        fleet.ask(1, &account, "good").await["source"] == "cache"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_while_slots_of_a_cluster_move() {
    if is_missing() {
        return;
    }
    let redis = RedisCluster::start();
    let more = "[limits]\nupstream_per_second = 10000\nupstream_burst = 10000\n";
    let fleet = Fleet::start(3, &redis.url(), upstream().await, more).await;
    fleet.wait_until_up(true).await;
    burden(&fleet, "ONE", 10).await;
    for guess in 0..6 {
        fleet.ask(guess, "AAA-AAA-AAA1", &format!("guess-{guess}")).await;
    }
    let keys: Vec<String> = redis
        .servers
        .iter()
        .flat_map(|server| server.command(&["--scan"]).lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut slots: Vec<u16> =
        keys.iter().map(|key| redis.servers[0].command(&["CLUSTER", "KEYSLOT", key]).parse().unwrap()).collect();
    slots.sort_unstable();
    slots.dedup();
    for slot in slots {
        redis.move_slot(slot, 2);
    }
    for guess in 6..10 {
        let answer = fleet.ask(guess, "AAA-AAA-AAA1", &format!("guess-{guess}")).await;
        assert_eq!(code(&answer), "invalid_credentials");
    }
    assert_eq!(code(&fleet.ask(1, "AAA-AAA-AAA1", "guess-11").await), "too_many_attempts");
    burden(&fleet, "TWO", 10).await;
    fleet.wait_until_up(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_credential_reaches_redis() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start_with("save \"\"\nappendonly yes\nappendfsync always\n");
    let fleet = Fleet::start(1, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    for passcode in ["good-canary", "canary-1", "other-canary", "list-canary"] {
        fleet.ask(0, "CAN-ARY-4W5Z", passcode).await;
    }
    let mut logged = String::new();
    for entry in std::fs::read_dir(redis.directory().join("appendonlydir")).unwrap() {
        logged += &String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()).to_lowercase();
    }
    assert!(logged.contains("connect-verifier:") && !logged.contains("canary") && !logged.contains("can-ary"));
}
