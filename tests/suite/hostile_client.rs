//! Callers that misbehave: whatever they send, the answer is a clean problem or a closed connection.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::support::{
    Answer, KEY, PATIENCE, Reply, Service, Upstream, credential, exchange, raw_verification, read_answer, request,
};

/// Checks that a problem is complete.
fn check_problem(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    let body = answer.json();
    assert_eq!(body["status"], answer.status, "{answer:?}");
    assert_eq!(body["type"], format!("/problems/{}", body["code"].as_str().unwrap()));
    assert_eq!(body["request_id"].as_str(), answer.header("x-request-id"));
    for member in ["title", "detail"] {
        assert!(!body[member].as_str().unwrap().is_empty(), "{body}");
    }
    assert!(body["guidance"]["code"].is_string(), "{body}");
    let retry_after = answer.header("retry-after").map(|seconds| seconds.parse::<u64>().unwrap());
    assert_eq!(body["guidance"]["retry_after_seconds"].as_u64(), retry_after, "{body}");
    body
}

#[tokio::test]
async fn answers_every_malformed_body_with_a_clean_problem() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let deep = format!("{{\"region\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    for (body, code) in [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("null", "malformed_json"),
        ("[1]", "malformed_json"),
        (r#"{"account_id":"a","account_id":"b","passcode":"c","region":"in1"}"#, "malformed_json"),
        (r#"{"account_id":"a","passcode":"c","region":"in1","color":1}"#, "malformed_json"),
        (r#"{"account_id":"\ud800","passcode":"c","region":"in1"}"#, "malformed_json"),
        ("{\"account_id\":\"a\u{0}\",\"passcode\":\"c\",\"region\":\"in1\"}", "malformed_json"),
        (deep.as_str(), "invalid_request"),
        (r#"{"account_id":"a\u0000","passcode":"c","region":"in1"}"#, "invalid_request"),
        (r#"{"account_id":"a\r\nX-Evil: 1","passcode":"c","region":"in1"}"#, "invalid_request"),
        (r#"{"account_id":"a","passcode":"c\r\nX-Evil: 1","region":"in1"}"#, "invalid_request"),
        (r#"{"account_id":"a","passcode":"c","region":"in1\r\nHost: evil"}"#, "invalid_request"),
        (r#"{"account_id":"a","passcode":"pässcode","region":"in1"}"#, "invalid_request"),
        ("{}", "invalid_request"),
        (r#"{"account_id":null,"passcode":[],"region":{}}"#, "invalid_request"),
    ] {
        let answer = service.post(body).await;
        let problem = check_problem(&answer);
        assert_eq!(problem["code"], code, "{body}");
        assert_eq!(answer.status, if code == "malformed_json" { 400 } else { 422 });
        assert!(answer.header("x-evil").is_none());
    }
    assert_eq!(upstream.calls(), 0);
}

#[tokio::test]
async fn survives_thousands_of_random_bodies() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    // Mutations of a valid body, different in each run; a failure reports the seed.
    let seed = u64::from(std::process::id());
    let mut random = fastrand::Rng::with_seed(seed);
    let good = credential("W9R-486-4W5Z", "secret-1", "in1").to_string().into_bytes();
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    for round in 0..3000 {
        let mut body = good.clone();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..body.len());
            match random.u8(..4) {
                0 => body[at] = random.u8(..),
                1 => body.insert(at, random.u8(..)),
                2 => drop(body.drain(at..(at + random.usize(1..9)).min(body.len()))),
                _ => body.extend_from_within(at..),
            }
            if body.is_empty() {
                body.push(b'{');
            }
        }
        let head = format!(
            "POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        let context = || format!("seed {seed}, round {round}: {:?} -> {answer:?}", String::from_utf8_lossy(&body));
        assert!(matches!(answer.status, 200 | 400 | 422), "{}", context());
        if answer.status != 200 {
            check_problem(&answer);
        }
    }
}

#[tokio::test]
async fn rejects_bodies_that_are_not_json_or_too_long() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "max_body_bytes = 1000\n").await;
    let authorization = format!("Bearer {KEY}");
    for kind in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx"), Some("")]
    {
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(kind.map(|kind| ("content-type", kind)));
        let answer = request(service.public, "POST", "/v1/verify", &headers, "{}").await;
        assert_eq!(
            (answer.status, &check_problem(&answer)["code"]),
            (415, &json!("unsupported_media_type")),
            "{kind:?}"
        );
    }
    for length in [1001, 100_000, 3_000_000] {
        let answer = service.post(&" ".repeat(length)).await;
        assert_eq!((answer.status, &check_problem(&answer)["code"]), (413, &json!("payload_too_large")), "{length}");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert_eq!(service.post(&" ".repeat(1000)).await.status, 400);
}

#[tokio::test]
async fn accepts_chunks_and_limits_them() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let head = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let (left, right) = body.split_at(20);
    let chunks = format!("{:x}\r\n{left}\r\n{:x};x=y\r\n{right}\r\n0\r\nTrailer: 1\r\n\r\n", left.len(), right.len());
    let answer = Answer::parse(&exchange(service.public, format!("{head}{chunks}").as_bytes()).await);
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")), "nothing follows a chunked body");
    let endless = format!("{head}{}", format!("1000\r\n{}\r\n", " ".repeat(4096)).repeat(20));
    let answer = Answer::parse(&exchange(service.public, endless.as_bytes()).await);
    assert_eq!((answer.status, &check_problem(&answer)["code"]), (413, &json!("payload_too_large")));
    let broken = format!("{head}zz\r\n");
    let answer = Answer::parse(&exchange(service.public, broken.as_bytes()).await);
    assert_eq!((answer.status, &check_problem(&answer)["code"]), (400, &json!("bad_request")));
}

/// Requests that two consecutive servers could read differently.
fn ambiguous_requests() -> Vec<(&'static str, String)> {
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let usual = format!("Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n");
    let length = format!("Content-Length: {}\r\n", body.len());
    let chunked = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    vec![
        ("length and encoding", format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}{length}{chunked}")),
        (
            "encoding and length",
            format!(
                "POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}Transfer-Encoding: chunked\r\n{length}\r\n0\r\n\r\n"
            ),
        ),
        ("two lengths", format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}{length}{length}\r\n{body}")),
        (
            "different lengths",
            format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}{length}Content-Length: 1\r\n\r\n{body}"),
        ),
        (
            "an impossible length",
            format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}Content-Length: -1\r\n\r\n{body}"),
        ),
        ("a signed length", format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}Content-Length: +5\r\n\r\n{body}")),
        (
            "a list of lengths",
            format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}Content-Length: 5, 5\r\n\r\n{body}"),
        ),
        (
            "another coding",
            format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ),
        ("an old version", format!("POST /v1/verify HTTP/1.0\r\nHost: a\r\n{usual}{chunked}")),
        ("no host", format!("POST /v1/verify HTTP/1.1\r\n{usual}{length}\r\n{body}")),
        ("two hosts", format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\nHost: a\r\n{usual}{length}\r\n{body}")),
        ("an empty host", format!("POST /v1/verify HTTP/1.1\r\nHost:\r\n{usual}{length}\r\n{body}")),
        ("an impossible host", format!("POST /v1/verify HTTP/1.1\r\nHost: a@b\r\n{usual}{length}\r\n{body}")),
        (
            "another host in the target",
            format!("POST http://b/v1/verify HTTP/1.1\r\nHost: a\r\n{usual}{length}\r\n{body}"),
        ),
        (
            "a space before the colon",
            format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}Content-Length : 5\r\n\r\n{body}"),
        ),
        ("a folded line", format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{usual}X: 1\r\n 2\r\n{length}\r\n{body}")),
        ("a bare return", format!("POST /v1/verify HTTP/1.1\r\nHost: a\rX: b\r\n{usual}{length}\r\n{body}")),
        ("no version", format!("POST /v1/verify\r\nHost: a\r\n{usual}{length}\r\n{body}")),
    ]
}

#[tokio::test]
async fn rejects_ambiguous_requests() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    for (name, text) in ambiguous_requests() {
        // Bytes that follow must never be read as a separate request.
        let smuggled = "GET /v1/regions HTTP/1.1\r\nHost: a\r\n\r\n";
        let bytes = exchange(service.public, format!("{text}{smuggled}").as_bytes()).await;
        let answer = Answer::parse(&bytes);
        assert_eq!(answer.status, 400, "{name}: {answer:?}");
        if !answer.body.is_empty() {
            check_problem(&answer);
        }
        assert_eq!(String::from_utf8_lossy(&bytes).matches("HTTP/1.1 ").count(), 1, "{name}");
    }
    assert_eq!(upstream.calls(), 0);
}

#[tokio::test]
async fn keeps_the_connection_after_unambiguous_requests() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let one = raw_verification(&body);
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    for _ in 0..3 {
        stream.write_all(one.as_bytes()).await.unwrap();
        assert_eq!(read_answer(&mut stream).await.status, 200);
    }
    // Two at once, pipelined.
    stream.write_all(format!("{one}{}", one.replace("/v1/verify", "/nope")).as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    timeout(PATIENCE, async {
        while String::from_utf8_lossy(&bytes).matches("\r\n\r\n{").count() < 2 {
            assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0);
        }
    })
    .await
    .unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("HTTP/1.1 200") && text.contains("HTTP/1.1 404"), "{text}");
}

#[tokio::test]
async fn rejects_unknown_paths_and_methods() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    for path in
        ["/", "/v1", "/v1/verify/x", "/V1/verify", "/v1/verif%79", "//v1/verify", "/../v1/verify", "/problems/nope"]
    {
        let answer = service.get(path, &[]).await;
        assert_eq!((answer.status, &check_problem(&answer)["code"]), (404, &json!("not_found")), "{path}");
    }
    for (method, path, allow) in [
        ("GET", "/v1/verify", "POST"),
        ("DELETE", "/v1/verify", "POST"),
        ("OPTIONS", "/v1/verify", "POST"),
        ("BREW", "/v1/verify", "POST"),
        ("POST", "/v1/regions", "GET, HEAD"),
        ("PUT", "/v1/guidance", "GET, HEAD"),
        ("POST", "/problems/internal", "GET, HEAD"),
    ] {
        let answer = request(service.public, method, path, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{method} {path}");
        assert_eq!(check_problem(&answer)["code"], "method_not_allowed");
    }
    for target in ["OPTIONS * HTTP/1.1\r\nHost: a\r\n", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n"] {
        let bytes = exchange(service.public, format!("{target}Connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(Answer::parse(&bytes).status, 404, "{target}");
    }
}

#[tokio::test]
async fn limits_heads() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let long = "x".repeat(20_000);
    let many = "X: y\r\n".repeat(101);
    for (text, status) in [
        (format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), [414, 431]),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), [431, 431]),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"), [431, 431]),
    ] {
        let answer = Answer::parse(&exchange(service.public, text.as_bytes()).await);
        assert!(status.contains(&answer.status), "{answer:?}");
    }
    let fits = format!("GET /v1/regions HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {}\r\n\r\n", "x".repeat(12_000));
    assert_eq!(Answer::parse(&exchange(service.public, fits.as_bytes()).await).status, 200);
}

#[tokio::test]
async fn waits_for_no_client_indefinitely() {
    let upstream = Upstream::always(Reply::success()).await;
    let more = "first_request_timeout = \"300ms\"\nheader_timeout = \"600ms\"\nbody_timeout = \"300ms\"\n";
    let service = Service::start(&upstream, more).await;
    // No byte, half a head, one byte at a time: the timeout of the first request applies to all of them.
    for bytes in [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let started = Instant::now();
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(250), "{bytes:?}");
        assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
    }
    // Half a body.
    let half = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{{"
    );
    let answer = Answer::parse(&exchange(service.public, half.as_bytes()).await);
    assert_eq!((answer.status, &check_problem(&answer)["code"]), (408, &json!("request_timeout")));
    // Half a head and half a body, directly after another request.
    for half in ["GET / HT", &half] {
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        stream.write_all(b"GET /v1/regions HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        read_answer(&mut stream).await;
        let started = Instant::now();
        stream.write_all(half.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(250), "{half}");
        if half.starts_with("POST") {
            assert_eq!(check_problem(&Answer::parse(answer.as_bytes()))["code"], "request_timeout");
        } else {
            assert_eq!(answer, "");
        }
    }
    // Idle after a request: the longer timeout applies.
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    stream.write_all(b"GET /v1/regions HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_answer(&mut stream).await;
    let started = Instant::now();
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(500), "{:?}", started.elapsed());
    assert!(service.metrics().await.contains("shed_total{reason=\"slow\"} 3"));
}

#[tokio::test]
async fn turns_a_panic_into_a_problem() {
    struct Panicking;
    impl connect_verifier::verify::Connect for Panicking {
        fn attempt<'a>(
            &'a self,
            _: &'a connect_verifier::model::Credential,
            _: Duration,
        ) -> connect_verifier::verify::BoxFuture<'a, connect_verifier::verify::Attempt> {
            panic!("canary-panic")
        }
    }
    let service = Service::start_with(std::sync::Arc::new(Panicking), "").await;
    for _ in 0..3 {
        let answer = service.post(&credential("W9R-486-4W5Z", "secret-1", "in1").to_string()).await;
        assert_eq!((answer.status, &check_problem(&answer)["code"]), (500, &json!("internal")));
        assert!(!answer.body.contains("canary"));
    }
    assert_eq!(service.get("/v1/regions", &[]).await.status, 200);
}
