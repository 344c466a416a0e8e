//! Protection of the upstream: cache, single flight, retries, breaker.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::support::{Reply, Seen, Service, Upstream, credential, eventually};

const QUICK: &str = "[upstream]\nbackoff_base = \"1ms\"\nbackoff_max = \"2ms\"\n";

#[tokio::test]
async fn answers_from_the_cache_and_says_so() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let first = service.post(&body).await.json();
    let second = service.post(&body).await;
    let ttl: u64 =
        second.header("cache-status").unwrap().strip_prefix("connect-verifier; hit; ttl=").unwrap().parse().unwrap();
    assert!((530..=600).contains(&ttl), "ten minutes minus the jitter: {ttl}");
    assert_eq!(second.json()["source"], "cache");
    assert_eq!(second.json()["checked_at"], first["checked_at"]);
    assert_eq!(upstream.calls(), 1);
    for (directive, calls, status) in [
        ("max-age=100", 1, "connect-verifier; hit; ttl="),
        ("max-age=0", 2, "connect-verifier; fwd=miss"),
        ("no-cache", 3, "connect-verifier; fwd=request"),
        ("x, no-cache", 4, "connect-verifier; fwd=request"),
        ("max-age=nonsense", 4, "connect-verifier; hit; ttl="),
    ] {
        let answer = service.post_with(&body, &[("cache-control", directive)]).await;
        assert!(answer.header("cache-status").unwrap().starts_with(status), "{directive} {answer:?}");
        assert_eq!(upstream.calls(), calls, "{directive}");
    }
}

#[tokio::test]
async fn never_caches_a_fault() {
    let fails = Arc::new(AtomicBool::new(true));
    let is_failing = fails.clone();
    let upstream = Upstream::start(move |_| match is_failing.load(Ordering::Relaxed) {
        true => Reply::failure(500, "down"),
        false => Reply::success(),
    })
    .await;
    let service = Service::start(&upstream, QUICK).await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1");
    assert_eq!(service.verify(&body).await.0, 503);
    fails.store(false, Ordering::Relaxed);
    assert_eq!(service.verify(&body).await.1["status"], "verified");
}

#[tokio::test]
async fn makes_one_call_for_two_thousand_callers() {
    let gate = Arc::new(Semaphore::new(0));
    let reply = Reply::Gated(gate.clone(), 200, r#"{"status":"success"}"#.to_owned());
    let upstream = Upstream::always(reply).await;
    let service = Arc::new(
        Service::start(
            &upstream,
            "request_timeout = \"60s\"\n[upstream]\nattempt_timeout = \"30s\"\ndeadline = \"30s\"\n",
        )
        .await,
    );
    let mut askers = JoinSet::new();
    for _ in 0..2000 {
        let service = service.clone();
        askers.spawn(async move { service.verify(&credential("W9R-486-4W5Z", "secret-1", "in1")).await.1 });
    }
    eventually("all requests are running", async || service.metrics().await.contains("http_requests_in_flight 2000"))
        .await;
    gate.add_permits(1);
    let mut sources = std::collections::BTreeMap::<String, u32>::new();
    while let Some(body) = askers.join_next().await {
        let body = body.unwrap();
        assert_eq!(body["status"], "verified", "{body}");
        *sources.entry(body["source"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(upstream.calls(), 1);
    assert_eq!((sources["upstream"], sources["collapsed"]), (1, 1999), "{sources:?}");
}

#[tokio::test]
async fn shares_faults_and_outlives_the_first_caller() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = Upstream::always(Reply::Gated(gate.clone(), 500, "{}".to_owned())).await;
    let service = Arc::new(Service::start(&upstream, QUICK).await);
    let ask = |service: &Arc<Service>| {
        let service = service.clone();
        tokio::spawn(async move { service.verify(&credential("W9R-486-4W5Z", "secret-1", "in1")).await })
    };
    let first = ask(&service);
    upstream.wait_for_calls(1).await;
    let others: Vec<_> = (0..20).map(|_| ask(&service)).collect();
    eventually("all requests are running", async || service.metrics().await.contains("http_requests_in_flight 21"))
        .await;
    first.abort();
    eventually("the first caller has disconnected", async || {
        service.metrics().await.contains("http_requests_in_flight 20")
    })
    .await;
    gate.add_permits(1);
    for other in others {
        assert_eq!(other.await.unwrap().0, 503);
    }
    assert_eq!(upstream.calls(), 1);
}

#[tokio::test]
async fn gives_each_of_two_thousand_similar_credentials_its_own_answer() {
    // The good passcode ends in the account's own last digit.
    let upstream =
        Upstream::start(|seen: &Seen| match seen.passcode().chars().last() == seen.account_id().chars().last() {
            true => Reply::success(),
            false => Reply::failure(400, "Invalid Credentials"),
        })
        .await;
    let more = "[limits]\nupstream_per_second = 100000\nupstream_burst = 100000\n[upstream]\nqueue_timeout = \"8s\"\n";
    let service = Arc::new(Service::start(&upstream, more).await);
    for round in 0..2 {
        let mut askers = JoinSet::new();
        for index in 0..2000_u32 {
            let service = service.clone();
            askers.spawn(async move {
                // Pairs that a careless key would confuse: the boundary between the fields moves.
                let digits = format!("{:05}", index / 2);
                let (account_id, passcode) = match index % 2 {
                    0 => (format!("A{digits}"), format!("{digits}p{}", digits.chars().last().unwrap())),
                    _ => (format!("A{digits}{digits}"), "p-".to_owned()),
                };
                let (status, body) = service.verify(&credential(&account_id, &passcode, "in1")).await;
                let expected = if index % 2 == 0 { "verified" } else { "invalid_credentials" };
                assert_eq!((status, &body["status"]), (200, &json!(expected)), "{account_id} {passcode} {body}");
                assert_eq!(body["account_id"], account_id.as_str());
            });
            if askers.len() >= 60 {
                askers.join_next().await.unwrap().unwrap();
            }
        }
        while let Some(done) = askers.join_next().await {
            done.unwrap();
        }
        assert_eq!(upstream.calls(), 2000, "round {round}");
    }
}

#[tokio::test]
async fn retries_only_temporary_failures() {
    for (reply, calls) in [
        (Reply::failure(503, "down"), 3),
        (Reply::failure(502, "down"), 3),
        (Reply::failure(504, "down"), 3),
        (Reply::failure(429, "busy"), 3),
        (Reply::Reset, 3),
        (Reply::failure(500, "down"), 1),
        (Reply::failure(400, "Invalid Credentials"), 1),
        (Reply::failure(404, "x"), 1),
        (Reply::http(200, "", b"<html>"), 1),
    ] {
        let context = format!("{reply:?}");
        let upstream = Upstream::always(reply).await;
        let service = Service::start(&upstream, QUICK).await;
        service.verify(&credential("W9R-486-4W5Z", "secret-1", "in1")).await;
        assert_eq!(upstream.calls(), calls, "{context}");
    }
}

#[tokio::test]
async fn waits_as_long_as_the_upstream_asks_within_the_deadline() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::start(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::http(503, "Retry-After: 1\r\n", b""),
        1 => Reply::success(),
        _ => Reply::http(503, "Retry-After: 60\r\n", b""),
    })
    .await;
    let service = Service::start(&upstream, QUICK).await;
    let started = Instant::now();
    assert_eq!(service.verify(&credential("W9R-486-4W5Z", "secret-1", "in1")).await.1["status"], "verified");
    assert!(started.elapsed() >= Duration::from_millis(950), "{:?}", started.elapsed());
    let answer = service.post(&credential("W9R-486-4W5Z", "secret-2", "in1").to_string()).await;
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("60")),
        "too long to wait for, but returned to the caller"
    );
    assert_eq!(upstream.calls(), 3);
}

#[tokio::test]
async fn keeps_the_total_deadline() {
    let upstream = Upstream::always(Reply::Stall(Vec::new())).await;
    let more = "[upstream]\nattempt_timeout = \"400ms\"\ndeadline = \"1s\"\nbackoff_base = \"1ms\"\n";
    let service = Service::start(&upstream, more).await;
    let started = Instant::now();
    let answer = service.post(&credential("W9R-486-4W5Z", "secret-1", "in1").to_string()).await;
    assert_eq!((answer.status, &answer.json()["code"]), (504, &json!("upstream_timeout")));
    let took = started.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_millis(1900)).contains(&took), "{took:?}");
    assert_eq!(upstream.calls(), 3);
}

#[tokio::test]
async fn opens_the_breaker_of_one_region_and_recovers() {
    let fails = Arc::new(AtomicBool::new(true));
    let is_failing = fails.clone();
    let upstream =
        Upstream::start(move |seen: &Seen| match seen.region() == "in1" && is_failing.load(Ordering::Relaxed) {
            true => Reply::failure(500, "down"),
            false => Reply::success(),
        })
        .await;
    let more = "[upstream.breaker]\nfailure_threshold = 5\nopen_time = \"1s\"\n";
    let service = Service::start(&upstream, more).await;
    let ask = async |number: u32, region: &str| {
        service.post(&credential(&format!("AAA-AAA-{number:04}"), "x", region).to_string()).await
    };
    for number in 0..5 {
        assert_eq!(ask(number, "in1").await.status, 503);
    }
    assert_eq!(upstream.calls(), 5);
    let opened = Instant::now();
    for number in 5..50 {
        let answer = ask(number, "in1").await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer:?}");
        assert_eq!(answer.json()["code"], "upstream_unavailable");
        assert_eq!(ask(number, "eu1").await.status, 200, "another region is not affected");
    }
    assert!(opened.elapsed() < Duration::from_secs(1), "too slow for this test");
    assert_eq!(upstream.seen().iter().filter(|seen| seen.region() == "in1").count(), 5, "no call while it is open");
    let metrics = service.metrics().await;
    assert!(metrics.contains("breaker_state{region=\"in1\"} 2") && metrics.contains("breaker_state{region=\"eu1\"} 0"));
    fails.store(false, Ordering::Relaxed);
    eventually("the region works again", async || ask(99, "in1").await.status == 200).await;
    assert!(opened.elapsed() < Duration::from_secs(3), "within about one open time");
    assert!(service.metrics().await.contains("breaker_state{region=\"in1\"} 0"));
}

#[tokio::test]
async fn admits_exactly_one_probe() {
    let gate = Arc::new(Semaphore::new(0));
    let count = AtomicUsize::new(0);
    let probe = gate.clone();
    let upstream = Upstream::start(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Reply::failure(500, "down"),
        _ => Reply::Gated(probe.clone(), 503, "{}".to_owned()),
    })
    .await;
    let more = "[upstream.breaker]\nfailure_threshold = 2\nmin_accounts = 2\nopen_time = \"100ms\"\n";
    let service = Arc::new(Service::start(&upstream, more).await);
    let ask = |number: u32| {
        let service = service.clone();
        async move { service.verify(&credential(&format!("AAA-AAA-{number:04}"), "x", "in1")).await.0 }
    };
    ask(0).await;
    ask(1).await;
    let mut askers = JoinSet::new();
    let mut number = 2;
    // Repeated until one is admitted; that one waits at the gate.
    while upstream.calls() < 3 {
        askers.spawn(ask(number));
        number += 1;
        let _ = timeout(Duration::from_millis(10), upstream.wait_for_calls(3)).await;
    }
    for _ in 0..30 {
        assert_eq!(ask(number).await, 503);
        number += 1;
    }
    assert_eq!(upstream.calls(), 3);
    gate.add_permits(1);
    while let Some(status) = askers.join_next().await {
        assert_eq!(status.unwrap(), 503);
    }
    assert_eq!(upstream.calls(), 3, "a probe that fails is not retried");
    assert!(service.metrics().await.contains("breaker_state{region=\"in1\"} 2"));
}
