//! A recognisable passcode and key are sent in every way, and must not appear anywhere.

use std::{
    io::Write,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use connect_verifier::{
    config::load,
    model::Credential,
    observe::logs::{self, Destination},
    verify::{Attempt, BoxFuture, Connect},
};
use secrecy::ExposeSecret;

use crate::{
    collector::Collector,
    support::{Binary, Reply, Service, Upstream, command, config_text, credential, exchange, request},
    tls,
};

const PASSCODE: &str = "canary-passcode-7f3a";
const KEY: &str = "cvk_canary-key-7f3a-0123456789012345678901234567890";

/// Bodies with the passcode in its proper and in other places.
fn bodies() -> Vec<String> {
    let mut bodies = vec![
        format!("{{\"passcode\":\"{PASSCODE}\""),
        format!("{{\"passcode\":\"{PASSCODE}\",\"passcode\":\"{PASSCODE}\"}}"),
        format!("{{\"{PASSCODE}\":1}}"),
        format!("\"{PASSCODE}\""),
        format!("{{\"account_id\":\"a\",\"passcode\":\"{PASSCODE} x\",\"region\":\"in1\"}}"),
        format!("{{\"account_id\":\"a\",\"passcode\":\"{}\",\"region\":\"in1\"}}", PASSCODE.repeat(20)),
        format!("{{\"account_id\":\"a\",\"passcode\":[\"{PASSCODE}\"],\"region\":\"in1\"}}"),
        format!("{{\"account_id\":\"a\",\"passcode\":\"x\",\"region\":\"{PASSCODE}\"}}"),
        format!("{{\"account_id\":\"a\",\"passcode\":\"x\",\"region\":\"in1\",\"lang\":\"{PASSCODE}\"}}"),
    ];
    for account_id in ["AAA-AAA-AAAA", "BBB-BBB-BBBB", "CCC-CCC-CCCC", "DDD-DDD-DDDD", "EEE-EEE-EEEE", "FFF-FFF-FFFF"] {
        for region in ["in1", "auto"] {
            let fields = format!("\"account_id\":\"{account_id}\",\"passcode\":\"{PASSCODE}\",\"region\":\"{region}\"");
            bodies.push(format!("{{{fields}}}"));
            bodies.push(format!("{{{fields},\"suggest_region\":true}}"));
        }
    }
    bodies
}

/// Requests with the key or the passcode in unexpected places of HTTP.
fn odd_requests() -> Vec<String> {
    vec![
        format!(
            "POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        format!("POST /v1/verify HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"),
        format!(
            "GET /v1/regions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nAuthorization: {KEY}\r\nConnection: close\r\n\r\n"
        ),
        format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization : {KEY}\r\nConnection: close\r\n\r\n"),
        format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\nX-Request-Id: {KEY}/x\r\nConnection: close\r\n\r\n"),
        format!("GET /v1/verify/{PASSCODE}?passcode={PASSCODE} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        format!("GET /problems/{PASSCODE}?lang={PASSCODE} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        format!("{PASSCODE} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: {PASSCODE}\r\nConnection: close\r\n\r\n"),
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\
             X-Forwarded-For: {KEY}\r\nUser-Agent: {KEY}\r\nConnection: close\r\n\r\n"
        ),
    ]
}

#[tokio::test]
async fn reveals_no_secret_anywhere() {
    // An upstream that returns what it received, in every form.
    let echo = format!("{{\"status\":\"fail\",\"error\":\"Invalid Credentials {PASSCODE}\",\"code\":400}}");
    let upstream = Upstream::start(move |seen| match seen.account_id() {
        "AAA-AAA-AAAA" => Reply::Json(400, echo.clone()),
        "BBB-BBB-BBBB" => Reply::Json(200, format!("<html>{PASSCODE}</html>")),
        "CCC-CCC-CCCC" => Reply::http(302, &format!("Location: /{PASSCODE}\r\n"), PASSCODE.as_bytes()),
        "DDD-DDD-DDDD" => Reply::Raw(format!("{PASSCODE}\r\n\r\n").into_bytes()),
        "EEE-EEE-EEEE" => Reply::Reset,
        _ => Reply::success(),
    })
    .await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    let own_client = format!(
        "[[clients]]\nname = \"canary\"\npartner = \"adjust\"\nkey_sha256 = [\"{}\"]\n",
        connect_verifier::admission::key_hash(KEY)
    );
    let collector = Collector::start(200).await;
    let more = collector.config() + "log_level = \"trace\"\n[upstream]\nbackoff_base = \"1ms\"\n";
    std::fs::write(&file, config_text(Some(upstream.address), &more) + "\n" + &own_client).unwrap();
    let environment = [("CONNECT_VERIFIER__TELEMETRY__LOG_LEVEL", "trace")];
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &environment);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);

    let mut answers = String::new();
    let authorization = format!("Bearer {KEY}");
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
    for body in &bodies() {
        answers += &format!("{:?}", request(public, "POST", "/v1/verify", &headers, body).await);
        // The key in place of the passcode, and without a key.
        let swapped = body.replace(PASSCODE, KEY);
        answers += &format!("{:?}", request(public, "POST", "/v1/verify", &headers, &swapped).await);
        answers += &format!("{:?}", request(public, "POST", "/v1/verify", &headers[..1], body).await);
    }
    for raw in odd_requests() {
        answers += &String::from_utf8_lossy(&exchange(public, raw.as_bytes()).await);
    }
    answers += &request(admin, "PUT", "/log-level", &[], PASSCODE).await.body;
    for accept in ["text/plain", "application/openmetrics-text"] {
        answers += &request(admin, "GET", "/metrics", &[("accept", accept)], "").await.body;
    }
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
    let log = binary.log();
    let traces = String::from_utf8_lossy(&collector.bytes()).into_owned();
    assert!(log.contains("\"DEBUG\"") && log.contains("verification done"), "the log is not at the DEBUG level");
    for canary in ["canary-passcode", "canary-key"] {
        assert!(!answers.contains(canary), "an answer contains {canary}: {}", excerpt(&answers, canary));
        assert!(!log.contains(canary), "the log contains {canary}: {}", excerpt(&log, canary));
        assert!(!traces.contains(canary), "a trace contains {canary}: {}", excerpt(&traces, canary));
    }
    assert!(collector.spans().len() > 500, "the traces have too few spans");
    assert!(upstream.calls() > 0);
}

#[tokio::test]
async fn reveals_no_secret_over_http_2() {
    let upstream = Upstream::always(Reply::failure(400, "Invalid Credentials")).await;
    let (directory, authority) = (tempfile::tempdir().unwrap(), tls::authority());
    tls::write(directory.path(), &tls::issue(&authority));
    let file = directory.path().join("service.toml");
    std::fs::write(&file, config_text(Some(upstream.address), tls::files(directory.path()))).unwrap();
    let environment = [("CONNECT_VERIFIER__TELEMETRY__LOG_LEVEL", "warp=trace,h2=trace,rustls=trace,trace")];
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &environment);
    let url = format!("https://localhost:{}", binary.address("public").await.port());
    let client = tls::client(&authority).build().unwrap();
    let mut answers = String::new();
    for key in [KEY, crate::support::KEY] {
        let body = credential("AAA-AAA-AAAA", PASSCODE, "in1").to_string();
        for path in ["/v1/verify".to_owned(), format!("/v1/verify/{PASSCODE}?key={KEY}"), format!("/problems/{KEY}")] {
            let request =
                client.post(format!("{url}{path}")).bearer_auth(key).header("content-type", "application/json");
            let answer = request.header("x-passcode", PASSCODE).body(body.clone()).send().await.unwrap();
            assert_eq!(answer.version(), reqwest::Version::HTTP_2);
            answers += &answer.text().await.unwrap();
        }
    }
    assert_eq!(upstream.calls(), 1);
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
    let log = binary.log();
    assert!(log.contains("\"DEBUG\""), "the log is not at the DEBUG level");
    for canary in ["canary-passcode", "canary-key"] {
        assert!(!answers.contains(canary), "an answer contains {canary}: {}", excerpt(&answers, canary));
        assert!(!log.contains(canary), "the log contains {canary}: {}", excerpt(&log, canary));
    }
}

#[test]
fn reveals_no_secret_on_the_command_line() {
    let environment = [("CONNECT_VERIFIER__TELEMETRY__LOG_LEVEL", "trace")];
    for region in ["nowhere", "in1", "auto"] {
        for more in [&[][..], &["--json"], &["--suggest-region"]] {
            // Every region is a closed local port.
            let closed = "http://127.0.0.1:1";
            let names: Vec<String> = ["in1", "sg1", "us1", "aps3", "mec1", "eu1"]
                .map(|id| format!("CONNECT_VERIFIER__REGIONS__{}__BASE_URL", id.to_uppercase()))
                .to_vec();
            let arguments = ["check", "--account-id", "W9R-486-4W5Z", "--partner", "adjust", "--region", region];
            let mut command = command(&[&arguments, more].concat(), &environment);
            command.envs(names.iter().map(|name| (name, closed)));
            let mut child =
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(format!("{PASSCODE}\n").as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(if region == "nowhere" { 2 } else { 5 }), "{output:?}");
            let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
            assert!(!printed.contains("canary"), "{}", excerpt(&printed, "canary"));
        }
    }
}

/// An upstream that panics with the passcode in its message.
struct Panicking;

impl Connect for Panicking {
    fn attempt<'a>(&'a self, credential: &'a Credential, _: Duration) -> BoxFuture<'a, Attempt> {
        panic!("cannot send {}", credential.passcode.expose_secret())
    }
}

/// Runs in its own process, whose output the test below reads: by default, a panic is reported on standard error.
#[tokio::test]
#[ignore = "started by reveals_no_secret_when_it_panics"]
#[allow(clippy::print_stdout, reason = "the test that started this one reads it")]
async fn panics() {
    let mut config = load(&connect_verifier::config::Source::default()).unwrap();
    config.telemetry.log_level = "trace".parse().unwrap();
    let collector = Collector::start(200).await;
    let mut service = Service::start_with(Arc::new(Panicking), &collector.config()).await;
    let _guard = logs::init(&config, Destination::Output);
    let answer = service.post(&credential("W9R-486-4W5Z", PASSCODE, "in1").to_string()).await;
    assert_eq!((answer.status, &answer.json()["code"]), (500, &"internal".into()));
    let metrics = service.metrics().await;
    assert!(metrics.contains("connect_verifier_panics_total 1"), "{metrics}");
    service.stop();
    service.ended().await;
    println!("{answer:?}{metrics}{}", String::from_utf8_lossy(&collector.bytes()));
}

#[test]
fn reveals_no_secret_when_it_panics() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "canary::panics", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let printed = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
    assert!(output.status.success(), "{printed}");
    for expected in ["\"panicked\"", "work for a request panicked", "canary.rs:"] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
    assert!(!printed.contains(PASSCODE), "{}", excerpt(&printed, PASSCODE));
}

fn excerpt(text: &str, what: &str) -> String {
    let at = text.find(what).unwrap_or(0);
    text.chars().skip(at.saturating_sub(300)).take(700).collect()
}
