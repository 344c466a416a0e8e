//! Batches over HTTP: streamed in both directions, one line per item, independently of the other items.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use connect_verifier::server::Drained;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::support::{Binary, KEY, PATIENCE, Reply, Service, Upstream, config_text, eventually, request};

/// Limits that these tests never reach.
pub const FAST: &str = "[limits]\nupstream_per_second = 100000\nupstream_burst = 100000\n";

fn lines(body: &str) -> Vec<Value> {
    body.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

async fn post(service: &Service, kind: &str, body: &str) -> (u16, Vec<Value>) {
    let authorization = format!("Bearer {KEY}");
    let headers = [("content-type", kind), ("authorization", authorization.as_str())];
    let answer = request(service.public, "POST", "/v1/verify/batch", &headers, body).await;
    if answer.status == 200 {
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        return (200, lines(&answer.body));
    }
    (answer.status, vec![answer.json()])
}

/// Returns the outcome of each id.
fn outcomes(lines: &[Value]) -> BTreeMap<String, String> {
    let outcome = |line: &Value| {
        let outcome = if line["result"].is_null() { &line["problem"]["code"] } else { &line["result"]["status"] };
        outcome.as_str().unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    let all: BTreeMap<_, _> =
        lines.iter().map(|line| (line["id"].as_str().unwrap().to_owned(), outcome(line))).collect();
    assert_eq!(all.len(), lines.len(), "duplicate id: {lines:?}");
    all
}

fn by_passcode(seen: &crate::support::Seen) -> Reply {
    if seen.passcode() == "good" { Reply::success() } else { Reply::failure(400, "Invalid Credentials") }
}

/// A batch on its own connection, controlled by the test.
pub struct Stream {
    reader: BufReader<OwnedReadHalf>,
    pub writer: OwnedWriteHalf,
}

impl Stream {
    pub async fn open(service: std::net::SocketAddr) -> Self {
        Self::open_as(service, KEY).await
    }

    pub async fn open_as(service: std::net::SocketAddr, key: &str) -> Self {
        let (reader, mut writer) = TcpStream::connect(service).await.unwrap().into_split();
        let head = format!(
            "POST /v1/verify/batch HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        writer.write_all(head.as_bytes()).await.unwrap();
        Self { reader: BufReader::new(reader), writer }
    }

    pub async fn send(&mut self, line: &str) {
        self.writer.write_all(chunk(line).as_bytes()).await.unwrap();
    }

    async fn end(&mut self) {
        self.writer.write_all(b"0\r\n\r\n").await.unwrap();
    }

    pub async fn next(&mut self) -> Option<Value> {
        next_line(&mut self.reader).await
    }
}

/// Returns the next JSON line of a response, or `None` at its end.
async fn next_line(reader: &mut BufReader<OwnedReadHalf>) -> Option<Value> {
    let line = async {
        loop {
            let mut line = String::new();
            assert_ne!(reader.read_line(&mut line).await.unwrap(), 0, "the answer has no end");
            if line == "0\r\n" {
                return None;
            }
            if line.starts_with('{') {
                return Some(serde_json::from_str(&line).unwrap());
            }
        }
    };
    tokio::time::timeout(PATIENCE, line).await.unwrap()
}

fn chunk(line: &str) -> String {
    format!("{:x}\r\n{line}\n\r\n", line.len() + 1)
}

pub fn item(id: usize, passcode: &str) -> String {
    json!({"id": id.to_string(), "account_id": format!("AAA-AAA-{id:04}"), "passcode": passcode, "region": "in1"})
        .to_string()
}

#[tokio::test]
async fn answers_each_item_independently_of_the_others() {
    let upstream = Upstream::start(by_passcode).await;
    let service = Service::start(&upstream, FAST).await;
    let good = json!({"account_id": "W9R-486-4W5Z", "passcode": "good", "region": "in1"});
    let items = json!({"items": [
        good,
        {"id": "x", "account_id": "W9R-486-4W5Z", "passcode": "bad", "region": "in1", "lang": "de"},
        {"id": 7, "account_id": "W9R-486-4W5Z", "passcode": "good", "region": "atlantis"},
        {"id": null, "account_id": "W9R-486-4W5Z"},
        "text",
        {"id": ["x"], "account_id": "W9R-486-4W5Z", "passcode": "good", "region": "in1"},
        {"colour": "blue"},
    ]});
    let (status, lines) = post(&service, "application/json", &items.to_string()).await;
    assert_eq!(status, 200);
    let expected = [
        ("1", "verified"),
        ("4", "invalid_request"),
        ("5", "malformed_json"),
        ("6", "malformed_json"),
        ("7", "invalid_request"),
        ("x", "invalid_credentials"),
    ];
    let found = outcomes(
        &lines
            .iter()
            .filter(|line| line["problem"]["code"] != "malformed_json" || line["id"] != "7")
            .cloned()
            .collect::<Vec<_>>(),
    );
    assert_eq!(found, expected.map(|(id, outcome)| (id.to_owned(), outcome.to_owned())).into());
    // A numeric id and the default id of another item are equal here, so both are answered with it.
    assert_eq!(lines.iter().filter(|line| line["id"] == "7").count(), 2);
    let german = lines.iter().find(|line| line["id"] == "x").unwrap();
    assert_eq!(german["result"]["partner"], "adjust");
    assert_ne!(german["result"]["guidance"]["title"], lines[0]["result"]["guidance"]["title"]);
    let metrics = service.metrics().await;
    let requests = r#"connect_verifier_http_requests_total{method="POST",route="/v1/verify/batch",status="200"} 1"#;
    assert!(metrics.contains(requests), "{metrics}");
    let verified = r#"verifications_total{outcome="verified",partner="adjust",region="in1",source="upstream"} 1"#;
    assert!(metrics.contains(verified), "{metrics}");
}

#[tokio::test]
async fn rejects_invalid_batches() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "max_batch_bytes = 20000\n").await;
    let many = json!({"items": vec![json!({}); 101]}).to_string();
    let long = json!({"items": ["x".repeat(20_000)]}).to_string();
    for (kind, body, expected) in [
        ("text/plain", "{}", (415, "unsupported_media_type")),
        ("application/json", "{}", (400, "malformed_json")),
        ("application/json", "[]", (400, "malformed_json")),
        ("application/json", r#"{"items": {}}"#, (400, "malformed_json")),
        ("application/json", r#"{"items": [], "more": 1}"#, (400, "malformed_json")),
        ("application/json", many.as_str(), (413, "payload_too_large")),
        ("application/json", long.as_str(), (413, "payload_too_large")),
    ] {
        let (status, body) = post(&service, kind, body).await;
        assert_eq!((status, body[0]["code"].as_str().unwrap()), expected);
    }
    let (status, lines) = post(&service, "application/json", r#"{"items": []}"#).await;
    assert_eq!((status, lines.len()), (200, 0));
    let (status, lines) = post(&service, "application/x-ndjson", "").await;
    assert_eq!((status, lines.len()), (200, 0));
    assert_eq!(upstream.calls(), 0);
}

#[tokio::test]
async fn answers_an_unreadable_line_by_its_number() {
    let upstream = Upstream::start(by_passcode).await;
    let service = Service::start(&upstream, FAST).await;
    let long = json!({"account_id": "x".repeat(20_000)}).to_string();
    let body = format!(
        "\u{feff}{}\r\n\nnothing\n{long}\n{{\"passcode\": \"canary-0001\"\n{}",
        item(1, "good"),
        item(2, "bad")
    );
    let (status, lines) = post(&service, "application/x-ndjson; charset=utf-8", &body).await;
    assert_eq!(status, 200);
    let (unread, read): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line["id"].is_null());
    assert_eq!(outcomes(&read), [("1".into(), "verified".into()), ("2".into(), "invalid_credentials".into())].into());
    let mut unread: Vec<_> =
        unread.iter().map(|line| (line["line"].as_u64().unwrap(), line["problem"]["code"].as_str().unwrap())).collect();
    unread.sort_unstable();
    assert_eq!(unread, [(3, "malformed_json"), (4, "payload_too_large"), (5, "malformed_json")]);
}

#[tokio::test]
async fn answers_before_the_next_line_is_sent() {
    let upstream = Upstream::start(by_passcode).await;
    let service = Service::start(&upstream, &format!("body_timeout = \"300ms\"\n{FAST}")).await;
    let mut batch = Stream::open(service.public).await;
    for id in 0..5 {
        batch.send(&item(id, "good")).await;
        let line = batch.next().await.unwrap();
        assert_eq!((&line["id"], &line["result"]["status"]), (&json!(id.to_string()), &json!("verified")));
    }
    // Half a line, then nothing until the line times out.
    batch.writer.write_all(b"5\r\n{\"acc\r\n").await.unwrap();
    let line = batch.next().await.unwrap();
    assert_eq!(
        (&line["id"], &line["line"], &line["problem"]["code"]),
        (&Value::Null, &json!(6), &json!("request_timeout"))
    );
    assert_eq!(batch.next().await, None);
}

#[tokio::test]
async fn a_temporary_outage_makes_no_item_invalid() {
    let is_down = Arc::new(AtomicBool::new(false));
    let down = is_down.clone();
    let upstream = Upstream::start(move |seen| match down.load(Ordering::Relaxed) {
        true => Reply::failure(503, "Service Unavailable"),
        false => by_passcode(seen),
    })
    .await;
    let more = "[upstream]\nmax_attempts = 1\n[upstream.breaker]\nopen_time = \"1s\"\n";
    let service = Service::start(&upstream, &(more.to_owned() + FAST)).await;
    let mut batch = Stream::open(service.public).await;
    let mut answered = Vec::new();
    for id in 0..100 {
        batch.send(&item(id, "good")).await;
    }
    while answered.len() < 50 {
        answered.push(batch.next().await.unwrap());
    }
    is_down.store(true, Ordering::Relaxed);
    let calls = upstream.calls();
    for id in 100..200 {
        batch.send(&item(id, if id % 2 == 0 { "good" } else { "bad" })).await;
    }
    upstream.wait_for_calls(calls + 5).await;
    is_down.store(false, Ordering::Relaxed);
    batch.end().await;
    while let Some(line) = batch.next().await {
        answered.push(line);
    }
    let outcomes = outcomes(&answered);
    assert_eq!(outcomes.len(), 200);
    for (id, outcome) in &outcomes {
        let id: usize = id.parse().unwrap();
        let expected = if id < 100 || id.is_multiple_of(2) { "verified" } else { "invalid_credentials" };
        assert_eq!(outcome, expected, "{id}");
    }
}

#[tokio::test]
async fn a_batch_stops_when_its_client_disconnects() {
    let upstream = Upstream::start(by_passcode).await;
    // Fifty items of a batch per second.
    let service = Service::start(&upstream, "[limits]\nupstream_per_second = 100\n").await;
    let mut batch = Stream::open(service.public).await;
    for id in 0..500 {
        batch.send(&item(id, "good")).await;
    }
    for _ in 0..10 {
        batch.next().await.unwrap();
    }
    drop(batch);
    eventually("the work stops", async || {
        let metrics = service.metrics().await;
        metrics.contains("connect_verifier_http_requests_in_flight 0")
            && metrics.contains(r#"upstream_in_flight{region="in1"} 0"#)
    })
    .await;
    let calls = upstream.calls();
    assert!(calls < 100, "{calls}");
    let metrics = service.metrics().await;
    assert!(metrics.contains(r#"verifications_abandoned_total{partner="adjust",region="in1"} "#), "{metrics}");
}

#[tokio::test]
async fn a_drain_ends_a_batch_with_the_completed_items() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let upstream = Upstream::start(move |seen| {
        count.fetch_add(1, Ordering::Relaxed);
        by_passcode(seen)
    })
    .await;
    let mut service = Service::start(&upstream, FAST).await;
    let mut batch = Stream::open(service.public).await;
    for id in 0..10 {
        batch.send(&item(id, "good")).await;
    }
    let mut answered = Vec::new();
    while answered.len() < 10 {
        answered.push(batch.next().await.unwrap());
    }
    service.stop();
    // The client keeps sending; items after the stop are not verified.
    let Stream { mut reader, mut writer } = batch;
    let sending = tokio::spawn(async move {
        for id in 10..100_000 {
            if writer.write_all(chunk(&item(id, "good")).as_bytes()).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    while let Some(line) = next_line(&mut reader).await {
        answered.push(line);
    }
    assert_eq!(outcomes(&answered).len(), asked.load(Ordering::Relaxed));
    assert_eq!(service.ended().await, Drained::Clean);
    sending.abort();
}

#[tokio::test]
async fn ten_thousand_items_and_a_slow_reader_need_little_memory() {
    let upstream = Upstream::start(by_passcode).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), config_text(Some(upstream.address), FAST)).unwrap();
    let mut binary = Binary::start(&["serve", "--config", file.path().to_str().unwrap()], &[]);
    let address = binary.address("public").await;
    let resident = |pid: u32| -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let Stream { mut reader, mut writer } = Stream::open(address).await;
    let sending = tokio::spawn(async move {
        for id in 0..10_000 {
            // Only two accounts, so that the cache and the budgets do not affect the measurement.
            let line = json!({"account_id": format!("AAA-AAA-000{}", id % 2), "passcode": "good", "region": "in1"});
            writer.write_all(chunk(&line.to_string()).as_bytes()).await.unwrap();
        }
        writer.write_all(b"0\r\n\r\n").await.unwrap();
        writer
    });
    let (mut count, mut line) = (0, String::new());
    let (mut warm, mut most) = (0, 0);
    while tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await.unwrap().unwrap() > 0 && line != "0\r\n" {
        count += usize::from(line.starts_with('{'));
        line.clear();
        if count % 500 == 0 {
            let now = resident(binary.id());
            warm = if count <= 1000 { now } else { warm };
            most = now.max(most);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert_eq!(count, 10_000);
    assert!(most <= warm + 8 * 1024, "{warm} kB after a thousand items, then {most} kB");
    drop(sending.await.unwrap());
}
