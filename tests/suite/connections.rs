//! Connections that occupy resources: idle ones, half-open ones, and those whose client has disconnected.

use std::{sync::Arc, time::Duration};

use connect_verifier::{
    model::{Credential, Fault, FaultKind},
    observe::Resource,
    verify::{Attempt, BoxFuture, Connect},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};

use crate::{
    support::{
        Binary, KEY, PATIENCE, Reply, Service, Upstream, config_text, credential, eventually, raw_verification,
        read_answer, read_to_end, request, statuses, well_behaved,
    },
    tls::{authority, client, files, issue, write},
};

const REGIONS: &[u8] = b"GET /v1/regions HTTP/1.1\r\nHost: a\r\n\r\n";

async fn get_regions(stream: &mut TcpStream) {
    stream.write_all(REGIONS).await.unwrap();
    assert_eq!(read_answer(stream).await.status, 200);
}

fn gated() -> (Arc<Semaphore>, Reply) {
    let gate = Arc::new(Semaphore::new(0));
    (gate.clone(), Reply::Gated(gate, 200, r#"{"status":"success"}"#.to_owned()))
}

#[tokio::test]
async fn the_connection_that_is_idle_longest_makes_room() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "max_connections = 3\n").await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(TcpStream::connect(service.public).await.unwrap());
        let open = format!("http_connections {}", streams.len());
        eventually("it is open", async || service.metrics().await.contains(&open)).await;
    }
    // The second one never sends a byte, and the third only half a head.
    get_regions(&mut streams[0]).await;
    streams[2].write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    for victim in [1, 2] {
        let mut newcomer = TcpStream::connect(service.public).await.unwrap();
        get_regions(&mut newcomer).await;
        assert_eq!(read_to_end(&mut streams[victim]).await, b"", "{victim}");
        streams.push(newcomer);
    }
    for stream in [0, 3, 4] {
        get_regions(&mut streams[stream]).await;
    }
    assert!(service.metrics().await.contains("shed_total{reason=\"connections\"} 2"));
}

#[tokio::test]
async fn idle_connections_do_not_starve_others() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "max_connections = 50\n").await;
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.push(TcpStream::connect(service.public).await.unwrap());
    }
    well_behaved(service.public, 200).await;
    for stream in &mut idle[..11] {
        assert_eq!(read_to_end(stream).await, b"");
    }
    let metrics = service.metrics().await;
    assert!(metrics.contains("shed_total{reason=\"connections\"} 11"), "{metrics}");
}

#[tokio::test]
async fn a_running_request_never_makes_room() {
    let (gate, reply) = gated();
    let upstream = Upstream::always(reply).await;
    let service = Service::start(&upstream, "max_connections = 2\n").await;
    let mut busy = Vec::new();
    for number in 0..2 {
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        let body = credential(&format!("AAA-AAA-000{number}"), "x", "in1").to_string();
        stream.write_all(raw_verification(&body).as_bytes()).await.unwrap();
        upstream.wait_for_calls(number + 1).await;
        busy.push(stream);
    }
    let mut third = TcpStream::connect(service.public).await.unwrap();
    third.write_all(REGIONS).await.unwrap();
    eventually("the limit is reached", async || {
        service.metrics().await.contains("shed_total{reason=\"connections\"} 1")
    })
    .await;
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(100), third.read(&mut byte)).await.is_err(), "served beyond the limit");
    gate.add_permits(1);
    // The connection that is answered first has no more running requests.
    assert_eq!(read_answer(&mut third).await.status, 200);
    gate.add_permits(1);
    for stream in &mut busy {
        assert_eq!(read_answer(stream).await.status, 200);
    }
}

#[tokio::test]
async fn half_a_handshake_makes_room() {
    let (directory, upstream) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let authority = authority();
    write(directory.path(), &issue(&authority));
    let more = files(directory.path()) + "max_connections = 2\n";
    let service = Service::start(&upstream, &more).await;
    let mut half = Vec::new();
    for _ in 0..10 {
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        stream.write_all(&[22, 3, 1]).await.unwrap();
        half.push(stream);
    }
    let url = format!("https://localhost:{}/v1/regions", service.public.port());
    for _ in 0..5 {
        let answer = client(&authority).build().unwrap().get(&url).send();
        assert_eq!(timeout(PATIENCE, answer).await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test]
async fn responds_when_idle_connections_outnumber_the_descriptors() {
    let environment = [
        ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"),
        ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
        ("CONNECT_VERIFIER__LIMITS__UPSTREAM_PER_SECOND", "100000"),
    ];
    let mut binary = Binary::start_with_descriptors("-n 200", &["serve", "--sandbox"], &environment);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    let mut idle = Vec::new();
    for _ in 0..260 {
        idle.push(TcpStream::connect(public).await.unwrap());
    }
    for number in 0..50 {
        assert_eq!(request(admin, "GET", "/readyz", &[], "").await.status, 200);
        // Each one is a different question, which goes to the upstream.
        let body = credential("TEST-200-OKA-0000", "GOOD-PASSCODE", ["in1", "eu1"][number % 2]).to_string();
        let headers = [("content-type", "application/json"), ("cache-control", "no-cache")];
        let answer = request(public, "POST", "/v1/verify", &headers, &body).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &"verified".into()), "{answer:?}");
    }
    let metrics = request(admin, "GET", "/metrics", &[], "").await.body;
    assert!(metrics.contains("breaker_state{region=\"in1\"} 0"), "{metrics}");
    assert!(metrics.contains("resource_exhausted_total{resource=\"descriptors\"} 0"), "{metrics}");
    assert!(binary.log().contains("\"max_connections\":100,\"configured\":10000"), "{}", binary.log());
}

#[tokio::test]
async fn raises_the_soft_limit_of_descriptors() {
    let environment = [
        ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"),
        ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
    ];
    let mut binary = Binary::start_with_descriptors("-S -n 200", &["serve", "--sandbox"], &environment);
    let admin = binary.address("admin").await;
    let metrics = request(admin, "GET", "/metrics", &[], "").await.body;
    let limit = metrics.lines().find_map(|line| line.strip_prefix("process_max_fds ")).unwrap();
    assert!(limit.parse::<f64>().unwrap() > 200.0, "{limit}");
}

#[tokio::test]
async fn running_out_of_descriptors_does_not_open_the_breaker() {
    let (gate, reply) = gated();
    let upstream = Upstream::always(reply).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), config_text(Some(upstream.address), "")).unwrap();
    let arguments = ["serve", "--config", file.path().to_str().unwrap()];
    let mut binary = Binary::start_with_descriptors("-n 64", &arguments, &[]);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    // The public listener may use half of the descriptors. With the other descriptors in use, too few remain for as
    // many connections to the upstream.
    let mut streams = Vec::new();
    for _ in 0..32 {
        let mut stream = TcpStream::connect(public).await.unwrap();
        get_regions(&mut stream).await;
        streams.push(stream);
    }
    let mut asking = JoinSet::new();
    for (number, mut stream) in streams.into_iter().enumerate() {
        let body = credential(&format!("AAA-AAA-00{number:02}"), "x", "in1").to_string();
        stream.write_all(raw_verification(&body).as_bytes()).await.unwrap();
        asking.spawn(async move { read_answer(&mut stream).await });
    }
    let first = asking.join_next().await.unwrap().unwrap();
    assert_eq!((first.status, &first.json()["code"]), (503, &"overloaded".into()), "{first:?}");
    gate.add_permits(32);
    while let Some(answer) = asking.join_next().await {
        let answer = answer.unwrap();
        assert!(answer.status == 200 || answer.json()["code"] == "overloaded", "{answer:?}");
    }
    let metrics = request(admin, "GET", "/metrics", &[], "").await.body;
    assert!(!metrics.contains("resource_exhausted_total{resource=\"descriptors\"} 0"), "{metrics}");
    assert!(metrics.contains("upstream_requests_total{region=\"in1\",result=\"connect\"} 0"), "{metrics}");
    assert!(metrics.contains("breaker_state{region=\"in1\"} 0"), "{metrics}");
}

/// An upstream port that always lacks descriptors.
struct Exhausted;

impl Connect for Exhausted {
    fn attempt<'a>(&'a self, _: &'a Credential, _: Duration) -> BoxFuture<'a, Attempt> {
        let outcome = Fault::new(FaultKind::Overloaded).into();
        let attempt = Attempt { outcome, result: Err(Resource::Descriptors), status: None, is_retryable: false };
        Box::pin(std::future::ready(attempt))
    }
}

#[tokio::test]
async fn a_lack_of_descriptors_does_not_count_against_a_region() {
    let service = Service::start_with(Arc::new(Exhausted), "").await;
    for number in 0..20 {
        let (status, body) = service.verify(&credential(&format!("AAA-AAA-00{number:02}"), "x", "in1")).await;
        assert_eq!((status, &body["code"]), (503, &"overloaded".into()));
        assert_eq!(body["guidance"]["owner"], "operator");
    }
    let metrics = service.metrics().await;
    assert!(metrics.contains("resource_exhausted_total{resource=\"descriptors\"} 20"), "{metrics}");
    assert!(metrics.contains("breaker_state{region=\"in1\"} 0"), "{metrics}");
    let counted = |line: &str| line.contains("upstream_requests_total{region=\"in1\"") && !line.ends_with(" 0");
    assert!(!metrics.lines().any(counted), "{metrics}");
}

#[tokio::test]
async fn a_half_closed_client_is_not_answered() {
    let (gate, reply) = gated();
    let upstream = Upstream::always(reply).await;
    let service = Service::start(&upstream, "").await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let whole = raw_verification(&body);
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    stream.write_all(whole.as_bytes()).await.unwrap();
    upstream.wait_for_calls(1).await;
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, b"");
    eventually("the call has ended", async || service.metrics().await.contains("upstream_in_flight{region=\"in1\"} 0"))
        .await;
    // Bytes after the request make no difference.
    for more in ["\r\n", "GET ", &whole] {
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        stream.write_all(format!("{whole}{more}").as_bytes()).await.unwrap();
        eventually("the call has begun", async || {
            service.metrics().await.contains("upstream_in_flight{region=\"in1\"} 1")
        })
        .await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!(read_to_end(&mut stream).await, b"", "{more:?}");
        eventually("the call has ended", async || {
            service.metrics().await.contains("upstream_in_flight{region=\"in1\"} 0")
        })
        .await;
    }
    gate.add_permits(10);
    // Half a body cannot be answered either, and is not an error of the client.
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    stream.write_all(&whole.as_bytes()[..whole.len() - 5]).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, b"");
    eventually("both are counted", async || {
        let metrics = service.metrics().await;
        metrics.contains("http_requests_total{method=\"POST\",route=\"/v1/verify\",status=\"499\"} 5")
            && metrics.contains("verifications_abandoned_total{partner=\"adjust\",region=\"none\"} 1")
            && metrics.contains("http_requests_in_flight 0")
    })
    .await;
    well_behaved(service.public, 10).await;
}

/// Requests that can be read in two ways.
fn smuggles(body: &str) -> [String; 3] {
    let usual = format!("Host: a\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n");
    let chunked = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let length = format!("Content-Length: {}\r\n", body.len());
    [
        format!("POST /v1/verify HTTP/1.1\r\n{usual}{length}{chunked}"),
        format!("POST /v1/verify HTTP/1.1\r\n{usual}{length}{length}\r\n{body}"),
        format!("POST /v1/verify HTTP/1.1\r\n{usual}{}", chunked.replace("chunked", "gzip, chunked")),
    ]
}

#[tokio::test]
async fn detects_smuggling_behind_a_pipelined_request() {
    let upstream = Upstream::always(Reply::success()).await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let follows = "GET /v1/regions HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2000);
    for max in [8192, 12_000, 16_384, 20_000] {
        let service = Service::start(&upstream, &format!("max_header_bytes = {max}\n")).await;
        let beside = tokio::spawn(well_behaved(service.public, 200));
        for padding in [0, 100, 8_000, 12_000, 16_000, 16_200] {
            for smuggle in smuggles(&body) {
                // Half of the head comes with the previous request, the rest with more bytes than a head may have.
                let before = raw_verification(&(body.clone() + &" ".repeat(padding)));
                let (head, rest) = smuggle.split_at(60);
                let mut stream = TcpStream::connect(service.public).await.unwrap();
                stream.write_all(format!("{before}{head}").as_bytes()).await.unwrap();
                assert_eq!(read_answer(&mut stream).await.status, 200);
                stream.write_all(format!("{rest}{follows}").as_bytes()).await.unwrap();
                let text = String::from_utf8(read_to_end(&mut stream).await).unwrap();
                assert_eq!(statuses(&text), ["400"], "{max} {padding} {smuggle}");
            }
        }
        beside.await.unwrap();
    }
}

#[tokio::test]
async fn limits_heads_over_http_2() {
    let (directory, upstream) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let authority = authority();
    write(directory.path(), &issue(&authority));
    let service = Service::start(&upstream, &files(directory.path())).await;
    let url = format!("https://localhost:{}/v1/regions", service.public.port());
    let client = client(&authority).build().unwrap();
    let with = async |count: usize, length: usize| {
        let mut request = client.get(&url);
        for number in 0..count {
            request = request.header(format!("x-{number}"), "y".repeat(length));
        }
        let answer = request.send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.unwrap()))
    };
    assert_eq!(with(90, 1).await.unwrap().0, 200);
    let (status, body) = with(101, 1).await.unwrap();
    assert!(status == 431 && body.contains("headers_too_large"), "{status} {body}");
    assert!(with(2, 10_000).await.is_none_or(|(status, _)| status == 431));
    assert_eq!(with(1, 1).await.unwrap().0, 200);
    assert!(timeout(PATIENCE, client.get(&url).send()).await.unwrap().is_ok());
}
