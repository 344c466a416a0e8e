//! Batches together with other work: clients that disconnect, interactive questions, and batches of several clients.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    sync::{Semaphore, mpsc},
};

use crate::{
    batch::{FAST, Stream, item},
    redis_server::{RedisServer, is_missing},
    shared::Fleet,
    support::{Client, KEY, Reply, Service, Settings, Upstream, credential, eventually, request},
    tls,
};

/// The number of items of a batch that are verified at once.
const WINDOW: usize = 32;

/// More lines than a batch and hyper read ahead, but few enough for the end of the stream to arrive.
const LINES: usize = 400;

async fn is_quiet(service: &Service) {
    eventually("the work stops", async || {
        let metrics = service.metrics().await;
        metrics.contains("connect_verifier_http_requests_in_flight 0")
            && metrics.contains(r#"upstream_in_flight{region="in1"} 0"#)
    })
    .await;
}

#[tokio::test]
async fn a_client_that_disconnects_while_the_upstream_hangs_causes_no_further_call() {
    for only_half in [false, true] {
        let upstream = Upstream::always(Reply::Stall(Vec::new())).await;
        let service = Service::start(&upstream, FAST).await;
        let mut batch = Stream::open(service.public).await;
        for id in 0..LINES {
            batch.send(&item(id, "good")).await;
        }
        upstream.wait_for_calls(WINDOW).await;
        let left = Instant::now();
        let _rest = if only_half {
            batch.writer.shutdown().await.unwrap();
            Some(batch)
        } else {
            drop(batch);
            None
        };
        is_quiet(&service).await;
        assert!(left.elapsed() < Duration::from_secs(2), "half {only_half}: {:?}", left.elapsed());
        assert_eq!(upstream.calls(), WINDOW, "half {only_half}");
    }
}

#[tokio::test]
async fn a_client_that_disconnects_over_tls_causes_no_further_call() {
    let (authority, folder) = (tls::authority(), tempfile::tempdir().unwrap());
    tls::write(folder.path(), &tls::issue(&authority));
    for is_http2 in [false, true] {
        let upstream = Upstream::always(Reply::Stall(Vec::new())).await;
        let service = Service::start(&upstream, &(tls::files(folder.path()) + FAST)).await;
        let client = tls::client(&authority);
        let client = if is_http2 { client } else { client.http1_only() }.build().unwrap();
        let (lines, mut receiver) = mpsc::channel(8);
        let frames = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
        let url = format!("https://localhost:{}/v1/verify/batch", service.public.port());
        let asked = client.post(url).bearer_auth(KEY).header("content-type", "application/x-ndjson");
        let answer = asked.body(reqwest::Body::wrap(StreamBody::new(frames))).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        for id in 0..LINES {
            lines.send(Ok(Frame::data(Bytes::from(item(id, "good") + "\n")))).await.unwrap();
        }
        upstream.wait_for_calls(WINDOW).await;
        let left = Instant::now();
        // Ends the connection over HTTP/1.1, and only the stream over HTTP/2.
        lines.send(Err(io::Error::other("given up"))).await.unwrap();
        is_quiet(&service).await;
        assert!(left.elapsed() < Duration::from_secs(2), "HTTP/2 {is_http2}: {:?}", left.elapsed());
        assert_eq!(upstream.calls(), WINDOW, "HTTP/2 {is_http2}");
    }
}

#[tokio::test]
async fn an_interactive_question_does_not_wait_in_a_batchs_queue() {
    let upstream = Upstream::always(Reply::success()).await;
    // One item of a batch per second; interactive questions have a burst.
    let service = Service::start(&upstream, "[limits]\nupstream_per_second = 2\nupstream_burst = 100\n").await;
    let mut batch = Stream::open(service.public).await;
    for id in 0..20 {
        batch.send(&item(id, "good")).await;
    }
    batch.next().await.unwrap();
    let started = Instant::now();
    let (status, body) = service.verify(&credential("AAA-AAA-0019", "good", "in1")).await;
    assert_eq!((status, body["status"].as_str().unwrap()), (200, "verified"));
    // In the batch's queue, its turn would come after eighteen others.
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!(body["source"], "collapsed");
}

/// A batch's item that shares the flight of an interactive question continues when that flight gives up in a queue.
async fn an_item_outlasts_an_interactive_flight(start: impl AsyncFn(Upstream, &str) -> (Arc<Service>, Arc<Upstream>)) {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = Upstream::always(Reply::Gated(gate.clone(), 200, r#"{"status":"success"}"#.into())).await;
    let more = format!("[upstream]\nmax_concurrency_per_account = 1\nqueue_timeout = \"2s\"\n{FAST}");
    let (service, upstream) = start(upstream, &more).await;
    let ask = |passcode: &'static str| {
        let service = service.clone();
        tokio::spawn(async move { service.verify(&credential("AAA-AAA-0001", passcode, "in1")).await })
    };
    let is_counted = |result: &'static str, count: usize| {
        let (service, line) =
            (service.clone(), format!(r#"cache_requests_total{{result="{result}",tier="memory"}} {count}"#));
        async move { eventually("the questions arrive", async || service.metrics().await.contains(&line)).await }
    };
    let held = ask("first");
    upstream.wait_for_calls(1).await;
    let queued = ask("second");
    is_counted("miss", 2).await;
    let mut batch = Stream::open(service.public).await;
    batch.send(&item(1, "second")).await;
    is_counted("collapsed", 1).await;
    assert_eq!(queued.await.unwrap().1["code"], "upstream_busy");
    gate.add_permits(10);
    let line = batch.next().await.unwrap();
    assert_eq!((&line["result"]["status"], &line["result"]["source"]), (&json!("verified"), &json!("upstream")));
    assert_eq!(held.await.unwrap().1["status"], "verified");
    // A retry of the whole item would have asked the cache again.
    is_counted("miss", 3).await;
}

#[tokio::test]
async fn an_item_outlasts_an_interactive_flight_that_it_shares() {
    an_item_outlasts_an_interactive_flight(async |upstream, more| {
        let service = Service::start(&upstream, more).await;
        (Arc::new(service), Arc::new(upstream))
    })
    .await;
}

#[tokio::test]
async fn an_item_outlasts_an_interactive_flight_that_it_shares_with_redis() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    an_item_outlasts_an_interactive_flight(async |upstream, more| {
        let mut fleet = Fleet::start(1, &redis.url, upstream, more).await;
        (Arc::new(fleet.services.remove(0)), Arc::new(fleet.upstream))
    })
    .await;
}

#[tokio::test]
async fn batches_of_two_clients_share_evenly() {
    const OTHER: &str = "cvk_other-other-other-other-other-other-other-o";
    let gate = Arc::new(Semaphore::new(0));
    let reply =
        Reply::Gated(gate.clone(), 200, r#"{"status": "success", "message": "Authorised Successfully."}"#.into());
    let upstream = Upstream::always(reply).await;
    let text = format!("[upstream]\nattempt_timeout = \"8s\"\nmax_concurrency_per_region = 16\n{FAST}");
    let settings = Settings::from(text).client(Client::new("other", OTHER));
    let service = Service::start(&upstream, settings).await;
    // One client with four connections that started first, and one with a single connection.
    let mut greedy = Vec::new();
    for number in 0..4 {
        let mut batch = Stream::open(service.public).await;
        for id in 0..100 {
            batch.send(&item(1000 + number * 100 + id, "good")).await;
        }
        greedy.push(batch);
    }
    upstream.wait_for_calls(8).await;
    eventually("the greedy client's items wait", async || {
        service.metrics().await.contains("connect_verifier_http_requests_in_flight 4")
    })
    .await;
    let mut modest = Stream::open_as(service.public, OTHER).await;
    for id in 0..100 {
        modest.send(&item(5000 + id, "good")).await;
    }
    // A later request of the same client is answered, so the lines have been read.
    let headers = [("content-type", "application/json"), ("authorization", &*format!("Bearer {OTHER}"))];
    let answer = request(service.public, "POST", "/v1/verify/batch", &headers, r#"{"items": []}"#).await;
    assert_eq!(answer.status, 200);
    // Step by step, so that the order of the calls shows the order of the turns.
    for calls in 0..100 {
        gate.add_permits(1);
        upstream.wait_for_calls(8 + calls + 1).await;
    }
    let seen = upstream.seen();
    let modest = seen[8..].iter().filter(|seen| seen.account_id().starts_with("AAA-AAA-5")).count();
    assert!((40..=60).contains(&modest), "{modest} of {}", seen.len() - 8);
    gate.add_permits(1000);
}
