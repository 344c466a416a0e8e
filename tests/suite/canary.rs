//! A passcode and a key that would be recognised anywhere are sent everywhere, and must be found nowhere.

use crate::support::{Binary, Reply, Upstream, config_text, exchange, request};

const PASSCODE: &str = "canary-passcode-7f3a";
const KEY: &str = "cvk_canary-key-7f3a-0123456789012345678901234567890";

#[tokio::test]
async fn tells_no_secret_anywhere() {
    // An upstream that tells back what it was sent, in every shape.
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
    let more = "[telemetry]\nlog_level = \"trace\"\n[upstream]\nbackoff_base = \"1ms\"\n";
    std::fs::write(&file, config_text(Some(upstream.address), more) + "\n" + &own_client).unwrap();
    let environment = [("CONNECT_VERIFIER__TELEMETRY__LOG_LEVEL", "trace")];
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &environment);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);

    let mut told = String::new();
    let authorization = format!("Bearer {KEY}");
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
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
    for body in &bodies {
        told += &format!("{:?}", request(public, "POST", "/v1/verify", &headers, body).await);
        // The key where the passcode belongs, and without a key.
        let swapped = body.replace(PASSCODE, KEY);
        told += &format!("{:?}", request(public, "POST", "/v1/verify", &headers, &swapped).await);
        told += &format!("{:?}", request(public, "POST", "/v1/verify", &headers[..1], body).await);
    }
    for raw in [
        format!(
            "POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        format!("POST /v1/verify HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"),
        format!(
            "GET /v1/regions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nAuthorization: {KEY}\r\nConnection: close\r\n\r\n"
        ),
        format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization : {KEY}\r\nConnection: close\r\n\r\n"),
        format!("POST /v1/verify HTTP/1.1\r\nHost: a\r\nX-Request-Id: {KEY}/x\r\nConnection: close\r\n\r\n"),
    ] {
        told += &String::from_utf8_lossy(&exchange(public, raw.as_bytes()).await);
    }
    told += &request(admin, "GET", "/metrics", &[], "").await.body;
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
    let log = binary.log();
    assert!(log.contains("\"TRACE\"") && log.contains("verification done"), "the log is not as chatty as it should be");
    for canary in ["canary-passcode", "canary-key"] {
        assert!(!told.contains(canary), "an answer tells {canary}: {}", excerpt(&told, canary));
        assert!(!log.contains(canary), "the log tells {canary}: {}", excerpt(&log, canary));
    }
    assert!(upstream.calls() > 0);
}

fn excerpt(text: &str, what: &str) -> String {
    let at = text.find(what).unwrap_or(0);
    text.chars().skip(at.saturating_sub(300)).take(700).collect()
}
