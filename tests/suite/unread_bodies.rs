//! Responses sent before the request's body was read: the connection remains usable, or the response announces its end.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::Frame;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::{
    support::{
        Answer, Client, KEY, PATIENCE, Reply, Service, Settings, Upstream, credential, exchange, raw_verification,
        read_answer, read_to_end, request, statuses, well_behaved,
    },
    tls::{authority, client, files, issue, write},
};

const JSON: &str = "Content-Type: application/json\r\n";

/// How a client sends head and body.
#[derive(Debug, Clone, Copy)]
enum Packets {
    One,
    /// The body follows once the response has arrived.
    Two,
    /// Part of the body is sent with the head, the rest once the response has arrived.
    Split,
}

/// Sends a request that is answered early, and returns the response.
async fn send(stream: &mut TcpStream, head: &str, body: &str, packets: Packets) -> Answer {
    let text = format!("{head}Host: a\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let first = match packets {
        Packets::One => text.len(),
        Packets::Two => text.len() - body.len(),
        Packets::Split => text.len() - body.len() / 2,
    };
    stream.write_all(&text.as_bytes()[..first]).await.unwrap();
    let answer = read_answer(stream).await;
    stream.write_all(&text.as_bytes()[first..]).await.unwrap();
    answer
}

async fn check_usable(stream: &mut TcpStream, path: &str, what: &str) {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
    let mut byte = [0];
    let read = timeout(PATIENCE, stream.peek(&mut byte)).await.unwrap();
    assert_eq!(read.ok(), Some(1), "closed after {what}");
    assert_eq!(read_answer(stream).await.status, 200, "{what}");
}

#[tokio::test]
async fn leaves_the_connection_usable() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "[auth]\naddress_rate_per_second = 100000\naddress_burst = 100000\n").await;
    let limited = Service::start(&upstream, Settings::from("").client(Client::usual().rate(1, 1))).await;
    assert_eq!(limited.post("{}").await.status, 422, "the only request that the rate allows");
    let beside = tokio::spawn(well_behaved(service.public, 200));
    let key = format!("Authorization: Bearer {KEY}\r\n");
    let (public, admin) = ((service.public, "/v1/regions"), (service.admin, "/livez"));
    for ((listener, path), head, status) in [
        (public, format!("POST /v1/verify HTTP/1.1\r\n{JSON}"), 401),
        (public, format!("POST /v1/verify HTTP/1.1\r\n{key}Content-Type: text/plain\r\n"), 415),
        ((limited.public, "/v1/regions"), format!("POST /v1/verify HTTP/1.1\r\n{key}{JSON}"), 429),
        (public, format!("POST /v1/nothing HTTP/1.1\r\n{key}{JSON}"), 404),
        (public, format!("PUT /v1/verify HTTP/1.1\r\n{key}{JSON}"), 405),
        (public, format!("POST /v1/regions HTTP/1.1\r\n{JSON}"), 405),
        (public, "GET /v1/regions HTTP/1.1\r\n".to_owned(), 200),
        (public, "DELETE /problems/internal HTTP/1.1\r\n".to_owned(), 405),
        (admin, "POST /metrics HTTP/1.1\r\n".to_owned(), 405),
        (admin, "POST /nothing HTTP/1.1\r\n".to_owned(), 404),
        (admin, "GET /readyz HTTP/1.1\r\n".to_owned(), 200),
    ] {
        for packets in [Packets::One, Packets::Two, Packets::Split] {
            let mut stream = TcpStream::connect(listener).await.unwrap();
            for length in [2, 1000, 16_384] {
                let what = format!("{packets:?}, {length} bytes, {head:?}");
                let answer = send(&mut stream, &head, &" ".repeat(length), packets).await;
                assert_eq!((answer.status, answer.header("connection")), (status, None), "{what}");
                check_usable(&mut stream, path, &what).await;
            }
        }
    }
    beside.await.unwrap();
}

#[tokio::test]
async fn keeps_pipelined_requests_apart() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let refused = "POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET ";
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    for _ in 0..20 {
        let good = raw_verification(&credential("W9R-486-4W5Z", "secret-1", "in1").to_string());
        stream.write_all(format!("{refused}{good}{refused}{good}").as_bytes()).await.unwrap();
        let mut text = String::new();
        let mut bytes = Vec::new();
        while text.matches("\"request_id\"").count() < 4 || !text.ends_with('}') {
            let read = timeout(PATIENCE, stream.read_buf(&mut bytes)).await.unwrap().unwrap();
            assert_ne!(read, 0, "closed: {text}");
            text = String::from_utf8(bytes.clone()).unwrap();
        }
        assert_eq!(statuses(&text), ["401", "200", "401", "200"]);
    }
}

#[tokio::test]
async fn answers_more_pipelined_requests_than_it_reads_ahead() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let all = "HEAD /v1/regions HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2000);
    let answers =
        exchange(service.public, format!("{all}GET / HTTP/1.1\r\nConnection: close\r\n\r\n").as_bytes()).await;
    let text = String::from_utf8(answers).unwrap();
    let found = statuses(&text);
    assert_eq!((found.len(), found.iter().filter(|status| **status == "200").count()), (2001, 2000));
}

#[tokio::test]
async fn announces_the_close_beyond_the_limits() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    for (what, head) in [
        ("a long body", format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{JSON}Content-Length: 16385\r\n\r\n")),
        ("chunks", format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n4\r\n")),
        (
            "a body that waits for 100 Continue",
            format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{JSON}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"),
        ),
        (
            "a client that ends the connection",
            format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{JSON}Connection: close\r\nContent-Length: 5\r\n\r\n"),
        ),
    ] {
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = Answer::parse(&read_to_end(&mut stream).await);
        assert_eq!((answer.status, answer.header("connection")), (401, Some("close")), "{what}: {answer:?}");
    }
    // A handler that reads the body sends 100 Continue.
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let text = raw_verification(&body).replace("Host:", "Expect: 100-continue\r\nHost:");
    let (head, _) = text.split_at(text.len() - body.len());
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    timeout(PATIENCE, stream.read_exact(&mut interim)).await.unwrap().unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut stream).await.status, 200);
    check_usable(&mut stream, "/v1/regions", "a body after 100 Continue").await;
}

#[tokio::test]
async fn waits_for_no_body_indefinitely() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "body_timeout = \"300ms\"\n").await;
    let head = format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\n{JSON}Content-Length: 100\r\n\r\n half");
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut stream).await.status, 401);
    let started = Instant::now();
    assert_eq!(read_to_end(&mut stream).await, b"");
    assert!(started.elapsed() >= Duration::from_millis(250), "{:?}", started.elapsed());
}

/// A body whose bytes are available once the gate opens.
struct Late(tokio::sync::oneshot::Receiver<()>, Option<Bytes>);

impl http_body::Body for Late {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.1.is_some() && Pin::new(&mut self.0).poll(context).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(self.1.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[tokio::test]
async fn ends_only_the_stream_over_http_2() {
    let (directory, upstream) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let authority = authority();
    write(directory.path(), &issue(&authority));
    let service = Service::start(&upstream, &files(directory.path())).await;
    let client = client(&authority).build().unwrap();
    let url = format!("https://localhost:{}/v1/", service.public.port());
    for round in 0..20 {
        for (path, length, status) in [("verify", 1000, 401), ("nothing", 16_384, 404), ("regions", 100_000, 405)] {
            let (go, gate) = tokio::sync::oneshot::channel();
            let body = Late(gate, Some(Bytes::from(vec![b' '; length])));
            let post = client.post(format!("{url}{path}")).body(reqwest::Body::wrap(body)).send();
            let answer = timeout(PATIENCE, post).await.unwrap().unwrap();
            assert_eq!(answer.status(), status, "{round} {path}");
            let _ = go.send(());
            assert!(answer.text().await.unwrap().contains("request_id"));
            let next = client.get(format!("{url}regions")).send().await.unwrap();
            assert_eq!((next.status().as_u16(), next.version()), (200, reqwest::Version::HTTP_2));
        }
    }
    assert!(service.metrics().await.contains("http_connections 1"), "one connection serves them all");
}

#[tokio::test]
async fn serves_http_1_0_without_a_host() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let old = raw_verification(&body).replace("HTTP/1.1\r\nHost: a\r\n", "HTTP/1.0\r\n");
    for (text, status) in [
        ("GET /v1/regions HTTP/1.0\r\n\r\n".to_owned(), 200),
        ("GET /v1/regions HTTP/1.0\r\nHost: a\r\n\r\n".to_owned(), 200),
        (old, 200),
        ("POST /v1/verify HTTP/1.0\r\nContent-Length: 100\r\n\r\n".to_owned(), 401),
        ("GET /v1/regions HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("GET /v1/regions HTTP/1.1\r\n\r\n".to_owned(), 400),
    ] {
        let mut stream = TcpStream::connect(service.public).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let answer = Answer::parse(&read_to_end(&mut stream).await);
        assert_eq!(answer.status, status, "{text}");
    }
    assert_eq!(request(service.public, "GET", "/v1/regions", &[], "").await.status, 200);
}
