//! Limits of callers: bulkheads, rates, the guess budget, and load shedding.

use std::sync::Arc;

use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::support::{Client, Reply, Seen, Service, Settings, Upstream, credential};

#[tokio::test]
async fn limits_the_concurrency_of_an_account_and_of_a_region() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = Upstream::always(Reply::Gated(gate.clone(), 200, r#"{"status":"success"}"#.to_owned())).await;
    let more =
        "[upstream]\nmax_concurrency_per_account = 2\nmax_concurrency_per_region = 3\nqueue_timeout = \"200ms\"\n";
    let service = Arc::new(Service::start(&upstream, more).await);
    let ask = |account_id: &'static str, passcode: u32, region: &'static str| {
        let service = service.clone();
        tokio::spawn(async move { service.verify(&credential(account_id, &passcode.to_string(), region)).await })
    };
    let held = [ask("AAA-AAA-AAAA", 1, "in1"), ask("AAA-AAA-AAAA", 2, "in1")];
    upstream.wait_for_calls(2).await;
    let (status, body) = ask("AAA-AAA-AAAA", 3, "in1").await.unwrap();
    assert_eq!((status, &body["code"]), (503, &json!("upstream_busy")), "the account's permits are in use");
    let other = ask("BBB-BBB-BBBB", 1, "in1");
    upstream.wait_for_calls(3).await;
    assert_eq!(
        ask("CCC-CCC-CCCC", 1, "in1").await.unwrap().1["code"],
        "upstream_busy",
        "the region's permits are in use"
    );
    let elsewhere = ask("CCC-CCC-CCCC", 1, "eu1");
    upstream.wait_for_calls(4).await;
    gate.add_permits(100);
    for asker in held.into_iter().chain([other, elsewhere]) {
        assert_eq!(asker.await.unwrap().1["status"], "verified");
    }
}

#[tokio::test]
async fn enforces_the_rate_of_a_region() {
    let upstream = Upstream::always(Reply::success()).await;
    let more = "[limits]\nupstream_per_second = 1\nupstream_burst = 3\n[upstream]\nqueue_timeout = \"10ms\"\n";
    let service = Service::start(&upstream, more).await;
    let mut codes = Vec::new();
    for number in 0..5 {
        let answer = service.post(&credential(&format!("AAA-AAA-{number:04}"), "x", "in1").to_string()).await;
        codes.push((answer.status, answer.header("retry-after").map(str::to_owned)));
    }
    assert_eq!(codes[..3], [(200, None), (200, None), (200, None)]);
    assert_eq!(codes[3..], [(503, Some("1".to_owned())), (503, Some("1".to_owned()))]);
    assert!(service.metrics().await.contains(r#"rate_limited_total{limit="upstream",partner="adjust"} 2"#));
}

#[tokio::test]
async fn gives_a_guesser_ten_tries() {
    let upstream = Upstream::start(|seen: &Seen| match seen.passcode() {
        "right" => Reply::success(),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service = Arc::new(Service::start(&upstream, "").await);
    // All at once: parallel guessing gains nothing.
    let mut guesses = JoinSet::new();
    for number in 0..100 {
        let service = service.clone();
        guesses.spawn(
            async move { service.verify(&credential("W9R-486-4W5Z", &format!("guess-{number}"), "in1")).await.0 },
        );
    }
    let mut refused = 0;
    while let Some(status) = guesses.join_next().await {
        refused += u32::from(status.unwrap() == 200);
    }
    assert!(refused <= 10 && upstream.calls() <= 10, "{refused} {}", upstream.calls());
    let mut number = 100;
    loop {
        let answer = service.post(&credential("W9R-486-4W5Z", &format!("guess-{number}"), "in1").to_string()).await;
        number += 1;
        if answer.status == 429 {
            assert_eq!(answer.json()["code"], "too_many_attempts");
            let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            if wait > 1 {
                assert!((590..=600).contains(&wait), "{wait}");
                assert_eq!(answer.json()["guidance"]["owner"], "customer");
                break;
            }
        }
    }
    assert_eq!(upstream.calls(), 10);
    // Even the right passcode, in every region and in every way: all regions share one budget.
    for region in ["in1", "eu1", "auto"] {
        assert_eq!(service.verify(&credential("W9R-486-4W5Z", "right", region)).await.0, 429, "{region}");
    }
    assert_eq!(upstream.calls(), 10);
    assert_eq!(
        service.verify(&credential("K97-K78-1234", "right", "in1")).await.0,
        200,
        "another account is not affected"
    );
    assert!(service.metrics().await.contains(r#"rate_limited_total{limit="account",partner="adjust"}"#));
}

#[tokio::test]
async fn counts_only_distinct_refusals_and_resets_after_a_success() {
    let upstream = Upstream::start(|seen: &Seen| match (seen.passcode(), seen.region()) {
        ("right", _) => Reply::success(),
        ("down", _) => Reply::failure(500, "down"),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service =
        Service::start(&upstream, "[limits]\nattempts_per_account = 3\n[upstream.breaker]\nfailure_threshold = 1000\n")
            .await;
    let ask =
        async |passcode: &str, region: &str| service.verify(&credential("W9R-486-4W5Z", passcode, region)).await.0;
    for _ in 0..5 {
        assert_eq!(
            (ask("wrong-1", "in1").await, ask("wrong-1", "eu1").await, ask("down", "in1").await),
            (200, 200, 503)
        );
        assert_eq!(ask("wrong-1", "auto").await, 200);
    }
    assert_eq!((ask("wrong-2", "in1").await, ask("right", "in1").await), (200, 200));
    for passcode in ["wrong-3", "wrong-4", "wrong-5"] {
        assert_eq!(ask(passcode, "in1").await, 200, "{passcode}: the budget was reset by the success");
    }
    assert_eq!(ask("wrong-6", "in1").await, 429);
    assert_eq!(ask("right", "in1").await, 200, "a cached verdict is free");
}

#[tokio::test]
async fn enforces_the_rate_of_a_client() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, Settings::from("").client(Client::usual().rate(1, 3))).await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    for left in [2, 1, 0] {
        let answer = service.post(&body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"client\";q=3;w=3"));
        assert_eq!(answer.header("ratelimit"), Some(format!("\"client\";r={left};t={}", 3 - left).as_str()));
    }
    let answer = service.post("not even JSON").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    assert_eq!(answer.header("ratelimit"), Some("\"client\";r=0;t=3"));
    assert_eq!(answer.json()["guidance"]["code"], "slow_down");
    assert!(service.metrics().await.contains(r#"rate_limited_total{limit="client",partner="adjust"} 1"#));
}

#[tokio::test]
async fn limits_addresses_without_a_key() {
    let upstream = Upstream::always(Reply::success()).await;
    let more = "trusted_proxies = [\"127.0.0.0/8\"]\n[auth]\naddress_rate_per_second = 1\naddress_burst = 3\n";
    let service = Service::start(&upstream, more).await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let from = async |address: &str| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        crate::support::request(service.public, "POST", "/v1/verify", &headers, &body).await
    };
    for _ in 0..3 {
        assert_eq!(from("198.51.100.7").await.status, 401);
    }
    let limited = from("198.51.100.7").await;
    assert_eq!((limited.status, &limited.json()["code"]), (429, &json!("rate_limited")));
    assert!(limited.header("retry-after").is_some());
    assert_eq!(from("203.0.113.9, 198.51.100.7").await.status, 429, "addresses further left are not trusted");
    assert_eq!(from("198.51.100.8").await.status, 401);
    let good = service.post_with(&body, &[("x-forwarded-for", "198.51.100.7")]).await;
    assert_eq!(good.status, 200, "a valid key is accepted from any address");
}

#[tokio::test]
async fn sheds_misses_and_answers_hits() {
    let gate = Arc::new(Semaphore::new(0));
    let open = gate.clone();
    let upstream = Upstream::start(move |seen: &Seen| match seen.account_id() {
        "HIT-HIT-HITT" => Reply::success(),
        _ => Reply::Gated(open.clone(), 200, r#"{"status":"success"}"#.to_owned()),
    })
    .await;
    let service = Arc::new(Service::start(&upstream, "max_in_flight = 2\n").await);
    assert_eq!(service.verify(&credential("HIT-HIT-HITT", "x", "in1")).await.0, 200);
    let ask = |number: u32| {
        let service = service.clone();
        tokio::spawn(async move { service.verify(&credential(&format!("AAA-AAA-{number:04}"), "x", "in1")).await })
    };
    let held = [ask(1), ask(2)];
    upstream.wait_for_calls(3).await;
    let answer = service.post(&credential("AAA-AAA-0003", "x", "in1").to_string()).await;
    assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("overloaded")));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.json()["guidance"]["owner"], "operator");
    assert_eq!(service.verify(&credential("HIT-HIT-HITT", "x", "in1")).await.1["source"], "cache");
    assert!(service.metrics().await.contains("shed_total{reason=\"in_flight\"} 1"));
    gate.add_permits(10);
    for asker in held {
        assert_eq!(asker.await.unwrap().0, 200);
    }
    assert_eq!(service.verify(&credential("AAA-AAA-0003", "x", "in1")).await.0, 200);
}
