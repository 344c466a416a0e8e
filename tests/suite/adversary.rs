//! An adversary with one key: whatever it does, others are served, outages are not reported as refusals, and guessing
//! is limited.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::Semaphore,
    time::{Instant, sleep_until},
};

use crate::support::{
    Client, Reply, Seen, Service, Settings, Upstream, credential, eventually, raw_verification, read_answer,
};

#[tokio::test]
async fn slow_bodies_do_not_open_a_breaker() {
    let upstream = Upstream::always(Reply::success()).await;
    let more = "body_timeout = \"2s\"\nrequest_timeout = \"2s\"\n";
    let service = Service::start(&upstream, more).await;
    let started = Instant::now();
    let mut attackers = Vec::new();
    for number in 0..5 {
        let request = raw_verification(&credential(&format!("AAA-AAA-{number:04}"), "x", "auto").to_string());
        let (most, last) = request.split_at(request.len() - 1);
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        stream.write_all(most.as_bytes()).await.unwrap();
        attackers.push((stream, last.to_owned()));
    }
    // The attack: the last byte arrives just before the body times out.
    sleep_until(started + Duration::from_millis(1900)).await;
    for (stream, last) in &mut attackers {
        stream.write_all(last.as_bytes()).await.unwrap();
    }
    for (stream, _) in &mut attackers {
        assert_eq!(read_answer(stream).await.json()["status"], "verified", "a slow sender gets the full time as well");
    }
    for region in ["in1", "eu1", "us1"] {
        assert_eq!(service.verify(&credential("BBB-BBB-BBBB", "x", region)).await.0, 200, "{region}");
    }
}

#[tokio::test]
async fn disconnecting_early_saves_no_guess() {
    let upstream = Upstream::start(|seen: &Seen| match (seen.region(), seen.passcode()) {
        ("in1", "right") => Reply::success(),
        ("in1", _) => Reply::failure(400, "Invalid Credentials"),
        _ => Reply::Stall(Vec::new()),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    let asked = |upstream: &Upstream| upstream.seen().iter().filter(|seen| seen.region() == "in1").count();
    for number in 0..60 {
        let before = asked(&upstream);
        let body = credential("W9R-486-4W5Z", &format!("guess-{number}"), "auto").to_string();
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        stream.write_all(raw_verification(&body).as_bytes()).await.unwrap();
        if before == 10 {
            assert_eq!(read_answer(&mut stream).await.status, 429, "guess {number}");
            break;
        }
        // The fast region has answered and its verdict is cached; now the caller disconnects.
        eventually("the refusal is cached", async || {
            service.metrics().await.contains(&format!("cache_entries{{tier=\"memory\"}} {}", before + 1))
        })
        .await;
        drop(stream);
        eventually("the caller has disconnected", async || {
            service.metrics().await.contains("http_requests_in_flight 0")
        })
        .await;
    }
    assert_eq!(asked(&upstream), 10);
    assert_eq!(service.verify(&credential("W9R-486-4W5Z", "right", "in1")).await.0, 429);
    assert_eq!(
        service.verify(&credential("w9r-486-4w5z", "right", "in1")).await.0,
        429,
        "the same account in another case"
    );
    assert_eq!(service.verify(&credential("K97-K78-1234", "right", "in1")).await.0, 200);
}

#[tokio::test]
async fn callers_who_share_a_flight_are_charged_too() {
    let gate = Arc::new(Semaphore::new(0));
    let open = gate.clone();
    let upstream = Upstream::start(move |seen: &Seen| match seen.passcode() {
        "right" => Reply::success(),
        _ => Reply::Gated(open.clone(), 400, r#"{"status":"fail","error":"Invalid Credentials"}"#.to_owned()),
    })
    .await;
    let other_key = "cvk_another0another0another0another0another0ano";
    let settings = Settings::from("[limits]\nattempts_per_account = 1\n").client(Client::new("other", other_key));
    let service = Arc::new(Service::start(&upstream, settings).await);
    let body = credential("W9R-486-4W5Z", "wrong", "in1").to_string();
    let first = tokio::spawn({
        let (service, body) = (service.clone(), body.clone());
        async move { service.post(&body).await.status }
    });
    upstream.wait_for_calls(1).await;
    // The other client joins the flight, and disconnects before it ends.
    let request = raw_verification(&body).replace(crate::support::KEY, other_key);
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    eventually("the flight is shared", async || {
        service.metrics().await.contains("result=\"collapsed\",tier=\"memory\"} 1")
    })
    .await;
    drop(stream);
    eventually("the other has disconnected", async || service.metrics().await.contains("http_requests_in_flight 1"))
        .await;
    gate.add_permits(1);
    assert_eq!(first.await.unwrap(), 200);
    let again = raw_verification(&credential("W9R-486-4W5Z", "right", "in1").to_string());
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    stream.write_all(again.replace(crate::support::KEY, other_key).as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut stream).await.status, 429);
}

#[tokio::test]
async fn one_account_does_not_make_a_region_unavailable() {
    let upstream = Upstream::start(|seen: &Seen| match seen.account_id() {
        "AAA-AAA-AAAA" => Reply::failure(500, "down"),
        _ => Reply::success(),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    for number in 0..30 {
        let body = credential("AAA-AAA-AAAA", &format!("x{number}"), "in1");
        assert_eq!(service.verify(&body).await.0, 503);
    }
    for number in 0..200 {
        let body = credential(&format!("BBB-BBB-{number:04}"), "x", "in1");
        assert_eq!(service.verify(&body).await.0, 200, "{number}");
        if number % 10 == 0 {
            service.verify(&credential("AAA-AAA-AAAA", &format!("y{number}"), "in1")).await;
        }
    }
}

#[tokio::test]
async fn a_failing_account_does_not_keep_the_breaker_open() {
    let recovered = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_back = recovered.clone();
    let upstream = Upstream::start(move |seen: &Seen| {
        let is_broken = seen.account_id() == "AAA-AAA-AAAA" || !is_back.load(std::sync::atomic::Ordering::Relaxed);
        if is_broken { Reply::failure(500, "down") } else { Reply::success() }
    })
    .await;
    let more = "[upstream.breaker]\nfailure_threshold = 3\nopen_time = \"300ms\"\n";
    let service = Arc::new(Service::start(&upstream, more).await);
    for number in 0..3 {
        service.verify(&credential(&format!("CCC-CCC-{number:04}"), "x", "in1")).await;
    }
    assert!(service.metrics().await.contains("breaker_state{region=\"in1\"} 2"));
    recovered.store(true, std::sync::atomic::Ordering::Relaxed);
    let hammering = tokio::spawn({
        let service = service.clone();
        async move {
            for number in 0_u64.. {
                service.verify(&credential("AAA-AAA-AAAA", &format!("x{number}"), "in1")).await;
            }
        }
    });
    // The broken account has had its probe, and comes first from now on.
    upstream.wait_for_calls(4).await;
    let started = Instant::now();
    eventually("another account is admitted", async || {
        service.verify(&credential("BBB-BBB-BBBB", "x", "in1")).await.0 == 200
    })
    .await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    hammering.abort();
}

#[tokio::test]
async fn an_unknown_wording_does_not_allow_unlimited_guesses() {
    for (status, body) in [
        (401, r#"{"status":"fail","error":"Zugriff verweigert","code":401}"#),
        (403, r#"{"status":"fail","error":"nope","code":403}"#),
        (200, r#"{"status":"fail","error":"nope","code":401}"#),
        (400, "<html>"),
    ] {
        let upstream = Upstream::start(move |seen: &Seen| match seen.passcode() {
            "right" => Reply::success(),
            _ => Reply::Json(status, body.to_owned()),
        })
        .await;
        let service = Service::start(&upstream, "").await;
        for number in 0..10 {
            let (found, answer) = service.verify(&credential("W9R-486-4W5Z", &format!("guess-{number}"), "in1")).await;
            assert_eq!((found, &answer["code"]), (502, &json!("upstream_unexpected")), "{body}");
        }
        assert_eq!(service.verify(&credential("W9R-486-4W5Z", "guess-10", "in1")).await.0, 429, "{body}");
        assert_eq!(service.verify(&credential("W9R-486-4W5Z", "right", "in1")).await.0, 429, "{body}");
        assert_eq!(upstream.calls(), 10);
    }
}

#[tokio::test]
async fn repeating_a_known_refusal_uses_no_budget() {
    let gate = Arc::new(Semaphore::new(5));
    let open = gate.clone();
    let upstream = Upstream::start(move |_: &Seen| {
        Reply::Gated(open.clone(), 400, r#"{"status":"fail","error":"Invalid Credentials"}"#.to_owned())
    })
    .await;
    let service = Arc::new(Service::start(&upstream, "[upstream]\nmax_concurrency_per_account = 20\n").await);
    let ask = |number: u32| {
        let service = service.clone();
        async move {
            let body = credential("W9R-486-4W5Z", &format!("guess-{number}"), "in1").to_string();
            service.post_with(&body, &[("cache-control", "no-cache")]).await.status
        }
    };
    for number in 0..5 {
        assert_eq!(ask(number).await, 200);
    }
    let again: Vec<_> = (0..5).map(|number| tokio::spawn(ask(number))).collect();
    upstream.wait_for_calls(10).await;
    let more: Vec<_> = (5..10).map(|number| tokio::spawn(ask(number))).collect();
    upstream.wait_for_calls(15).await;
    gate.add_permits(100);
    for asked in again.into_iter().chain(more) {
        assert_eq!(asked.await.unwrap(), 200);
    }
    assert_eq!(ask(10).await, 429);
}
