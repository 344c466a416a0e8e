//! What somebody else wrote into Redis is no verdict, holds up neither Redis nor the service, and stops nobody for long.

use crate::{
    redis_server::{RedisServer, is_missing},
    shared::{Fleet, code, upstream},
    support::eventually,
};

const ACCOUNT: &str = "AAA-AAA-AAA1";
const BAD: &str = "invalid_credentials";

/// Returns the only key of a kind: `v` verdict, `l` lease, `r` refused guesses, `p` reservations.
fn key(redis: &RedisServer, kind: char) -> String {
    let keys = redis.command(&["--scan", "--pattern", &format!("connect-verifier:{{*}}{kind}:*")]);
    assert_eq!(keys.lines().filter(|key| !key.is_empty()).count(), 1, "{kind}: {keys}");
    keys
}

/// Returns the name that a key of another kind has for the same credential or account.
fn renamed(key: &str, from: char, to: char) -> String {
    key.replace(&format!("}}{from}:"), &format!("}}{to}:"))
}

fn evaluate(redis: &RedisServer, code: &str, keys: &[&str]) -> String {
    let count = keys.len().to_string();
    let answer = redis.command(&[&["EVAL", code, &count][..], keys].concat());
    assert!(!answer.starts_with("ERR"), "{answer}");
    answer
}

/// Returns a server, two instances, and the key of the account's refused guesses: one.
async fn with_a_refused_guess() -> Option<(RedisServer, Fleet, String)> {
    if is_missing() {
        return None;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    fleet.ask(0, ACCOUNT, "bad").await;
    let refused = key(&redis, 'r');
    Some((redis, fleet, refused))
}

async fn asks_upstream(fleet: &Fleet, index: usize, account: &str, what: &str) {
    let calls = fleet.upstream.calls();
    let answer = fleet.ask(index, account, "bad").await;
    assert_eq!((code(&answer), answer["source"].as_str()), (BAD, Some("upstream")), "{what}: {answer}");
    assert_eq!(fleet.upstream.calls(), calls + 1, "{what}");
}

async fn lookup_errors(fleet: &Fleet, index: usize) -> u64 {
    let line = r#"connect_verifier_cache_requests_total{result="error",tier="redis"}"#;
    let metrics = fleet.services[index].metrics().await;
    metrics.lines().find_map(|known| known.strip_prefix(line)?.trim().parse().ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_wrote_is_no_verdict() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    fleet.ask(0, "AAA-AAA-AAA1", "good").await;
    let good = key(&redis, 'v');
    let mut errors = 0;
    let forged = "\u{1}".repeat(60);
    for (number, poison) in [
        vec!["SET", "KEY", "verified"],
        vec!["SET", "KEY", &forged],
        vec!["SET", "KEY", ""],
        vec!["COPY", &good, "KEY", "REPLACE"],
        vec!["LPUSH", "KEY", "a"],
        vec!["HSET", "KEY", "a", "b"],
    ]
    .iter()
    .enumerate()
    {
        let account = format!("BBB-BBB-BBB{number}");
        assert_eq!(code(&fleet.ask(0, &account, "bad").await), BAD);
        let keys = redis.command(&["--scan", "--pattern", "connect-verifier:{*}v:*"]);
        let key = keys.lines().find(|key| **key != good).unwrap().to_owned();
        redis.command(&["DEL", &key]);
        let poison: Vec<&str> = poison.iter().map(|part| if *part == "KEY" { key.as_str() } else { part }).collect();
        redis.command(&poison);
        asks_upstream(&fleet, 1, &account, &format!("{poison:?}")).await;
        errors += u64::from(matches!(number, 1 | 3));
        redis.command(&["DEL", &key]);
    }
    assert_eq!(lookup_errors(&fleet, 1).await, errors);
    // Leases, budgets and rates of another type, or far in the future, cause no lasting harm either.
    for key in redis.command(&["--scan"]).lines().filter(|key| !key.contains("v:")) {
        redis.command(&["SET", key, "9e99"]);
    }
    assert_eq!(code(&fleet.ask(1, "CCC-CCC-CCC1", "good").await), "verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_cut_off_changed_or_of_another_secret_is_a_miss() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    let mut strange = Fleet::start(0, &redis.url, upstream().await, "").await;
    std::fs::write(strange.path("secret"), "cd".repeat(32)).unwrap();
    let service = strange.one_more(&[]).await;
    strange.services.push(service);
    for fleet in [&fleet, &strange] {
        fleet.wait_until_up(true).await;
    }
    for (number, change) in [
        "return redis.call('SET', KEYS[1], string.sub(redis.call('GET', KEYS[1]), 1, -2))",
        "return redis.call('SET', KEYS[1], string.sub(redis.call('GET', KEYS[1]), 1, 26))",
        "return redis.call('SET', KEYS[1], redis.call('GET', KEYS[1]) .. 'x')",
        "return redis.call('SETRANGE', KEYS[1], 0, '\\2')",
        // Verified in place of refused, and a longer life.
        "return redis.call('SETRANGE', KEYS[1], 25, '\\1')",
        "return redis.call('SETRANGE', KEYS[1], 9, '\\127')",
        "return redis.call('SET', KEYS[1], redis.call('GET', KEYS[2]))",
    ]
    .iter()
    .enumerate()
    {
        let account = format!("AAA-AAA-AAA{number}");
        redis.command(&["FLUSHALL"]);
        strange.ask(0, &account, "bad").await;
        let other = key(&redis, 'v');
        fleet.ask(0, &account, "bad").await;
        let all = redis.command(&["--scan", "--pattern", "connect-verifier:{*}v:*"]);
        let own = all.lines().find(|key| **key != other).unwrap();
        assert!(!fleet.upstream.seen().is_empty() && own != other, "the secrets share no name");
        evaluate(&redis, change, &[own, &other]);
        let errors = lookup_errors(&fleet, 1).await;
        asks_upstream(&fleet, 1, &account, change).await;
        let is_long = redis.command(&["STRLEN", own]) == "42";
        assert!(is_long, "it was overwritten: {change}");
        // A value too short to be one is not returned at all.
        let expected = u64::from(!change.ends_with("26))") && !change.ends_with("-2))"));
        assert_eq!(lookup_errors(&fleet, 1).await - errors, expected, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_without_an_expiry_is_no_longer_valid_than_it_says() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let more = "[cache]\ninvalid_credentials_ttl = \"1500ms\"\njitter_percent = 0\n";
    let fleet = Fleet::start(2, &redis.url, upstream().await, more).await;
    fleet.wait_until_up(true).await;
    fleet.ask(0, ACCOUNT, "bad").await;
    let verdict = key(&redis, 'v');
    assert_eq!(redis.command(&["PERSIST", &verdict]), "1");
    eventually("a fresh answer", async || fleet.ask(1, ACCOUNT, "bad").await["source"] == "upstream").await;
    let left: i64 = redis.command(&["PTTL", &verdict]).parse().unwrap();
    assert!(left <= 1500, "{left}");
    assert_eq!(fleet.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_value_is_neither_sent_nor_kept() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    fleet.ask(0, ACCOUNT, "bad").await;
    let verdict = key(&redis, 'v');
    let keys =
        [verdict.clone(), renamed(&verdict, 'v', 'l'), key(&redis, 'r'), "connect-verifier:{rate:in1}".to_owned()];
    eventually("the rate of the client", async || redis.command(&["--scan"]).contains("verifier:rate:")).await;
    let all = redis.command(&["--scan"]);
    let rate = all.lines().find(|key| key.contains("verifier:rate:")).unwrap();
    let huge = "for _, key in ipairs(KEYS) do redis.call('SET', key, string.rep('9', 1e7)) end return 1";
    for key in keys.iter().map(String::as_str).chain([rate]) {
        evaluate(&redis, huge, &[key]);
    }
    let sent = redis.info("total_net_output_bytes");
    asks_upstream(&fleet, 1, ACCOUNT, "huge").await;
    eventually("the rate is replaced", async || redis.command(&["STRLEN", rate]).parse::<u64>().unwrap() < 64).await;
    let sent = redis.info("total_net_output_bytes") - sent;
    assert!(sent < 500_000, "{sent} bytes were sent for values of ten million");
    for key in &keys {
        let size: u64 = redis.command(&["MEMORY", "USAGE", key]).parse().unwrap_or(0);
        assert!(size < 1000, "{key} still has {size} bytes");
    }
    fleet.wait_until_up(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_a_million_guesses_is_not_read_and_affects_no_other() {
    let Some((redis, fleet, refused)) = with_a_refused_guess().await else { return };
    for (kind, ahead) in [('r', 0), ('p', 20_000)] {
        let fill = format!(
            "local time = redis.call('TIME')[1] * 1000 + {ahead} \
             for i = 1, 1e6 do redis.call('ZADD', KEYS[1], time, string.format('%016d', i)) end return 1"
        );
        evaluate(&redis, &fill, &[&renamed(&refused, 'r', kind)]);
    }
    // Filling may have taken so long that the instances no longer use Redis. A new Lua state shows what the service's
    // scripts read.
    redis.command(&["SCRIPT", "FLUSH", "SYNC"]);
    fleet.wait_until_up(true).await;
    let sent = redis.info("total_net_output_bytes");
    for index in 0..6 {
        let answer = fleet.ask(index, ACCOUNT, &format!("bad-{index}")).await;
        assert_eq!(code(&answer), "too_many_attempts", "{answer}");
        assert_eq!(code(&fleet.ask(index, ACCOUNT, "bad").await), BAD, "known is free");
        assert_eq!(
            code(&fleet.ask(index, &format!("BBB-BBB-BBB{index}"), "bad").await),
            BAD,
            "others are not affected"
        );
    }
    let sent = redis.info("total_net_output_bytes") - sent;
    assert!(sent < 500_000, "{sent} bytes were sent");
    let read = redis.info("used_memory_lua");
    assert!(read < 20_000_000, "{read} bytes in Lua, of two sets with a million members each");
    fleet.wait_until_up(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_and_reservations_of_the_far_future_do_not_count() {
    let Some((redis, fleet, refused)) = with_a_refused_guess().await else { return };
    for (kind, length, at) in
        [('r', 16, "9e15"), ('r', 16, "inf"), ('p', 24, "9e15"), ('p', 24, "inf"), ('p', 3, "9e15")]
    {
        let fill = format!(
            "for i = 1, 30 do redis.call('ZADD', KEYS[1], '{at}', string.format('%0{length}d', i)) end \
             return redis.call('PERSIST', KEYS[1])"
        );
        evaluate(&redis, &fill, &[&renamed(&refused, 'r', kind)]);
    }
    // Nine are left of ten.
    for guess in 0..9 {
        assert_eq!(code(&fleet.ask(guess, ACCOUNT, &format!("bad-{guess}")).await), BAD, "{guess}");
    }
    for index in 0..2 {
        assert_eq!(code(&fleet.ask(index, ACCOUNT, "bad-one-more").await), "too_many_attempts");
    }
    for kind in ['r', 'p'] {
        redis.command(&["DEL", &renamed(&refused, 'r', kind)]);
        redis.command(&["RPUSH", &renamed(&refused, 'r', kind), "a", "b"]);
    }
    assert_eq!(code(&fleet.ask(1, ACCOUNT, "bad-after").await), BAD, "a list is not a budget");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_nobody_holds_delays_by_a_second_at_most() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    for (number, poison) in [
        &["SET", "KEY", "0123456789abcdef"][..],
        &["SET", "KEY", "0123456789abcdef", "PX", "86400000"],
        &["SET", "KEY", "0123456789abcdef", "PX", "800"],
        &["SET", "KEY", "short"],
        &["RPUSH", "KEY", "a"],
        &["SADD", "KEY", "a"],
        &["XADD", "KEY", "*", "a", "b"],
    ]
    .iter()
    .enumerate()
    {
        redis.command(&["FLUSHALL"]);
        let account = format!("AAA-AAA-AAA{number}");
        fleet.ask(0, &account, "bad").await;
        let verdict = key(&redis, 'v');
        let lease = renamed(&verdict, 'v', 'l');
        redis.command(&["DEL", &verdict]);
        redis.command(&poison.iter().map(|part| if *part == "KEY" { &*lease } else { part }).collect::<Vec<_>>());
        asks_upstream(&fleet, 1, &account, &format!("{poison:?}")).await;
        assert_eq!(redis.command(&["EXISTS", &lease]), "0", "{poison:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_of_the_far_future_stops_no_region() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let fleet = Fleet::start(2, &redis.url, upstream().await, "").await;
    fleet.wait_until_up(true).await;
    let rate = "connect-verifier:{rate:in1}";
    for (number, value) in
        ["9000000000000000", "9e99", "inf", "nan", "-inf", "-1", "0x7fffffffffffffff", "", "a"].iter().enumerate()
    {
        assert_eq!(redis.command(&["SET", rate, value]), "OK");
        asks_upstream(&fleet, number, &format!("AAA-AAA-AAA{number}"), value).await;
        let stored: f64 = redis.command(&["GET", rate]).parse().unwrap();
        let now: Vec<f64> = redis.command(&["TIME"]).lines().map(|part| part.parse().unwrap()).collect();
        let ahead = stored / 1e6 - now[0];
        assert!(ahead.abs() < 30.0, "{value}: {ahead} s ahead");
        assert!((1..=30_000).contains(&redis.command(&["PTTL", rate]).parse::<i64>().unwrap()));
    }
    for poison in [&["HSET", rate, "a", "b"][..], &["ZADD", rate, "1", "a"]] {
        redis.command(&["DEL", rate]);
        redis.command(poison);
        asks_upstream(&fleet, 0, &format!("BBB-{}", poison[0]), "wrong type").await;
        assert_eq!(redis.command(&["TYPE", rate]), "string");
    }
    // The key of the probe may be anything.
    redis.command(&["DEL", "connect-verifier:probe"]);
    redis.command(&["RPUSH", "connect-verifier:probe", "a"]);
    eventually("a probe", async || redis.command(&["TYPE", "connect-verifier:probe"]) != "list").await;
    fleet.wait_until_up(true).await;
}
