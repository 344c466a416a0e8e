//! Start to shutdown of the real binary: listeners, readiness and draining.

use std::{sync::Arc, time::Duration};

use connect_verifier::server::Drained;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

use crate::support::{
    Binary, PATIENCE, Reply, Service, Upstream, credential, eventually, raw_verification, read_answer, request,
};

const PORTS: [(&str, &str); 2] =
    [("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"), ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0")];

fn gated() -> (Arc<Semaphore>, Reply) {
    let gate = Arc::new(Semaphore::new(0));
    (gate.clone(), Reply::Gated(gate, 200, r#"{"status":"success"}"#.to_owned()))
}

#[tokio::test]
async fn serves_a_newcomer_with_one_command() {
    let mut binary = Binary::start(&["serve", "--sandbox"], &PORTS);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    binary.address("sandbox").await;
    for (account_id, region, status, code) in [
        ("TEST-200-OKA-0000", "in1", 200, "verified"),
        ("TEST-IN1-OKA-0000", "in1", 200, "verified"),
        ("TEST-IN1-OKA-0000", "eu1", 200, "invalid_credentials"),
        ("TEST-MEC1-OKA-0000", "auto", 200, "verified"),
        ("TEST-400-BAD-0000", "in1", 200, "invalid_credentials"),
        ("TEST-401-BAD-0000", "in1", 200, "invalid_credentials"),
        ("TEST-403-WLS-0000", "in1", 200, "partner_not_whitelisted"),
        ("TEST-429-BSY-0000", "in1", 503, "upstream_busy"),
        ("TEST-500-ERR-0000", "sg1", 503, "upstream_unavailable"),
        ("TEST-503-ERR-0000", "sg1", 503, "upstream_unavailable"),
        ("TEST-504-ERR-0000", "sg1", 503, "upstream_unavailable"),
        ("TEST-HTM-ERR-0000", "in1", 502, "upstream_unexpected"),
        ("TEST-FLP-OKA-0000", "in1", 200, "verified"),
        ("TEST-SLO-OKA-0000", "in1", 200, "verified"),
        ("TEST-RST-ERR-0000", "us1", 503, "upstream_unavailable"),
        ("TEST-HNG-ERR-0000", "us1", 504, "upstream_timeout"),
        ("ANY-THG-ELSE", "in1", 200, "invalid_credentials"),
    ] {
        let body = credential(account_id, "GOOD-PASSCODE", region).to_string();
        let answer = request(public, "POST", "/v1/verify", &[("content-type", "application/json")], &body).await;
        let json = answer.json();
        let found = if answer.status == 200 { &json["status"] } else { &json["code"] };
        assert_eq!((answer.status, found.as_str().unwrap()), (status, code), "{account_id} {region}: {json}");
    }
    let bad = credential("TEST-200-OKA-0000", "BAD-PASSCODE", "in1").to_string();
    let answer = request(public, "POST", "/v1/verify", &[("content-type", "application/json")], &bad).await;
    assert_eq!(answer.json()["status"], "invalid_credentials");
    assert_eq!(request(admin, "GET", "/readyz", &[], "").await.status, 200);
    // Only masked ids appear in the log.
    assert!(binary.log().contains("TES*-***-***-**00") && !binary.log().contains("TEST-200"), "{}", binary.log());
}

#[tokio::test]
async fn drains_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let environment = [PORTS[0], PORTS[1], ("CONNECT_VERIFIER__SERVER__DRAIN_DELAY", "700ms")];
        let mut binary = Binary::start(&["serve", "--sandbox"], &environment);
        let (public, admin) = (binary.address("public").await, binary.address("admin").await);
        let idle = TcpStream::connect(public).await.unwrap();
        let runs = async |count: u8| {
            let line = format!("http_requests_in_flight {count}");
            eventually(&line, async || request(admin, "GET", "/metrics", &[], "").await.body.contains(&line)).await;
        };
        // The body of another one follows its head in a second packet.
        let body = credential("TEST-SLO-OKA-0000", "GOOD-PASSCODE", "eu1").to_string();
        let text = raw_verification(&body);
        let mut split = TcpStream::connect(public).await.unwrap();
        split.write_all(text.strip_suffix(&body).unwrap().as_bytes()).await.unwrap();
        let slow = credential("TEST-SLO-OKA-0000", "GOOD-PASSCODE", "in1").to_string();
        let slow = tokio::spawn(async move {
            request(public, "POST", "/v1/verify", &[("content-type", "application/json")], &slow).await
        });
        runs(1).await;
        split.write_all(body.as_bytes()).await.unwrap();
        runs(2).await;
        binary.signal(signal);
        eventually("not ready", async || request(admin, "GET", "/readyz", &[], "").await.status == 503).await;
        // Still serving, for clients that have not noticed yet.
        assert_eq!(request(public, "GET", "/v1/regions", &[], "").await.status, 200);
        assert_eq!(request(admin, "GET", "/livez", &[], "").await.status, 200);
        eventually("the listener is closed", async || TcpStream::connect(public).await.is_err()).await;
        assert_eq!(slow.await.unwrap().status, 200, "a running request finishes");
        assert_eq!(read_answer(&mut split).await.status, 200, "a running request finishes");
        assert_eq!(binary.ended().await, 0, "{}", binary.log());
        drop(idle);
    }
}

#[tokio::test]
async fn stops_immediately_on_a_second_signal() {
    let environment = [PORTS[0], PORTS[1], ("CONNECT_VERIFIER__SERVER__DRAIN_DELAY", "1h")];
    let mut binary = Binary::start(&["serve", "--sandbox"], &environment);
    let admin = binary.address("admin").await;
    binary.signal("TERM");
    eventually("not ready", async || request(admin, "GET", "/readyz", &[], "").await.status == 503).await;
    binary.signal("INT");
    assert_eq!(binary.ended().await, 1);
}

#[tokio::test]
async fn closes_connections_that_do_not_finish_in_time() {
    let (_gate, reply) = gated();
    let upstream = Upstream::always(reply).await;
    let mut service = Service::start(&upstream, "drain_timeout = \"300ms\"\n").await;
    let public = service.public;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let mut stream = TcpStream::connect(public).await.unwrap();
    stream.write_all(raw_verification(&body).as_bytes()).await.unwrap();
    upstream.wait_for_calls(1).await;
    service.stop();
    assert_eq!(service.ended().await, Drained::CutOff(1));
}

#[tokio::test]
async fn closes_idle_connections_and_incomplete_requests() {
    let upstream = Upstream::always(Reply::success()).await;
    let mut service = Service::start(&upstream, "").await;
    let mut idle = TcpStream::connect(service.public).await.unwrap();
    let mut half = TcpStream::connect(service.public).await.unwrap();
    half.write_all(b"GET /v1/regions HTTP/1.1\r\nHo").await.unwrap();
    eventually("both are connected", async || service.metrics().await.contains("http_connections 2")).await;
    service.stop();
    assert_eq!(service.ended().await, Drained::Clean);
    for stream in [&mut idle, &mut half] {
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.unwrap();
    }
}

#[tokio::test]
async fn cancels_the_call_of_a_disconnected_caller() {
    let upstream = Upstream::always(Reply::Stall(Vec::new())).await;
    let service = Service::start(&upstream, "").await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    stream.write_all(raw_verification(&body).as_bytes()).await.unwrap();
    upstream.wait_for_calls(1).await;
    drop(stream);
    eventually("the call has ended", async || service.metrics().await.contains("upstream_in_flight{region=\"in1\"} 0"))
        .await;
    // Long enough for a retry, which must not happen: the first pause is at most 100 ms.
    assert!(timeout(Duration::from_millis(300), upstream.wait_for_calls(2)).await.is_err());
}
