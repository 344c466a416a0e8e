//! Upstreams that misbehave in every observed or plausible way, and the documented outcome of each.

use serde_json::json;

use crate::support::{Client, KEY, Reply, Seen, Service, Settings, Upstream, credential, request};

const FAST: &str =
    "[upstream]\nattempt_timeout = \"300ms\"\ndeadline = \"1s\"\nbackoff_base = \"1ms\"\nmax_attempts = 2\n";
const SUCCESS: &[u8] = br#"{"status":"success"}"#;
const GATEWAY: &str = "Invalid authentication credentials";
const OUTAGE: &str = "Could not load account info, please retry later";

async fn outcome(reply: Reply) -> (u16, String) {
    let upstream = Upstream::always(reply).await;
    let service = Service::start(&upstream, FAST).await;
    let (status, body) = service.verify(&credential("W9R-486-4W5Z", "secret-1", "in1")).await;
    let code = if status == 200 { &body["status"] } else { &body["code"] };
    assert_eq!(body["verified"] == json!(true), code == "verified");
    assert!(body["guidance"]["title"].is_string() && body["request_id"].is_string(), "{body}");
    (status, code.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn gives_the_documented_outcome_for_each_answer() {
    let huge = format!("{{\"status\":\"success\",\"x\":\"{}\"}}", "y".repeat(70 * 1024));
    let chunked_garbage = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n".to_vec();
    for (name, reply, status, code) in [
        ("success", Reply::http(200, "", SUCCESS), 200, "verified"),
        ("refusal", Reply::failure(400, "Invalid Credentials"), 200, "invalid_credentials"),
        ("html", Reply::http(200, "Content-Type: text/html\r\n", b"<html>success</html>"), 502, "upstream_unexpected"),
        ("empty", Reply::http(200, "", b""), 502, "upstream_unexpected"),
        ("huge", Reply::http(200, "", huge.as_bytes()), 502, "upstream_unexpected"),
        ("no utf-8", Reply::http(200, "", b"{\"status\":\"succ\xffess\"}"), 502, "upstream_unexpected"),
        ("both", Reply::http(200, "", br#"{"status":"success","error":"no"}"#), 502, "upstream_unexpected"),
        ("redirect", Reply::http(302, "Location: /in1/v1/connect\r\n", SUCCESS), 502, "upstream_unexpected"),
        ("404", Reply::failure(404, "Invalid Credentials"), 502, "upstream_unexpected"),
        ("403", Reply::failure(403, "Forbidden"), 502, "upstream_unexpected"),
        ("500", Reply::failure(500, "Invalid Credentials"), 503, "upstream_unavailable"),
        ("503 html", Reply::http(503, "", b"<html>Invalid Credentials</html>"), 503, "upstream_unavailable"),
        ("429", Reply::failure(429, "Too many concurrent requests"), 503, "upstream_busy"),
        ("a gateway", Reply::json(401, &json!({"message": GATEWAY})), 502, "upstream_unexpected"),
        ("an outage as 400", Reply::failure(400, OUTAGE), 503, "upstream_unavailable"),
        ("an outage as 401", Reply::json(401, &json!({"error": OUTAGE})), 503, "upstream_unavailable"),
        (
            "an outage in a 200",
            Reply::json(200, &json!({"status": "fail", "error": OUTAGE})),
            503,
            "upstream_unavailable",
        ),
        (
            "truncated",
            Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"status\":\"success\"}".to_vec()),
            503,
            "upstream_unavailable",
        ),
        ("bad chunk", Reply::Raw(chunked_garbage), 503, "upstream_unavailable"),
        ("garbage", Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()), 503, "upstream_unavailable"),
        ("closed", Reply::Raw(Vec::new()), 503, "upstream_unavailable"),
        ("reset", Reply::Reset, 503, "upstream_unavailable"),
        ("silence", Reply::Stall(Vec::new()), 504, "upstream_timeout"),
        ("half a head", Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-".to_vec()), 504, "upstream_timeout"),
        (
            "half a body",
            Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"stat".to_vec()),
            504,
            "upstream_timeout",
        ),
    ] {
        assert_eq!(outcome(reply).await, (status, code.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn does_not_take_a_partner_called_later_for_an_outage() {
    let upstream = Upstream::start(|seen: &Seen| match seen.account_id() {
        "AAA-AAA-AAAA" => Reply::failure(403, "Partner not whitelisted: Later"),
        _ => Reply::failure(400, "Account info is loaded later"),
    })
    .await;
    let key = KEY.replace("cvk_0", "cvk_1");
    let settings = Settings::from(FAST).client(Client::new("later", &key).partner("Later"));
    let service = Service::start(&upstream, settings).await;
    let authorization = format!("Bearer {key}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let verify = async |account_id| {
        let body = credential(account_id, "secret-1", "in1").to_string();
        request(service.public, "POST", "/v1/verify", &headers, &body).await.json()
    };
    assert_eq!(verify("AAA-AAA-AAAA").await["status"], "partner_not_whitelisted");
    assert_eq!(verify("BBB-BBB-BBBB").await["code"], "upstream_unavailable");
}

#[tokio::test]
async fn limits_the_retry_time_to_ten_minutes() {
    for (sent, passed_on) in [("7", "7"), ("86400", "600"), ("Fri, 31 Dec 9999 23:59:59 GMT", "600")] {
        let upstream = Upstream::always(Reply::http(503, &format!("Retry-After: {sent}\r\n"), b"")).await;
        let service = Service::start(&upstream, FAST).await;
        let answer = service.post(&credential("W9R-486-4W5Z", "secret-1", "in1").to_string()).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some(passed_on)), "{sent}");
        assert_eq!(answer.json()["guidance"]["retry_after_seconds"].to_string(), passed_on);
    }
}

#[tokio::test]
async fn reports_unavailable_when_the_port_is_closed() {
    let gone = {
        let upstream = Upstream::always(Reply::success()).await;
        upstream.address
    };
    let silent = Upstream::always(Reply::success()).await;
    let more = format!(
        "{FAST}[regions.xx1]\nname = \"X\"\nbase_url = \"http://{gone}\"\ndashboard_url = \"https://xx1.example\"\n"
    );
    let service = Service::start(&silent, &more).await;
    let (status, body) = service.verify(&credential("W9R-486-4W5Z", "secret-1", "xx1")).await;
    assert_eq!((status, &body["code"]), (503, &json!("upstream_unavailable")), "{body}");
    assert!(service.metrics().await.contains(r#"upstream_requests_total{region="xx1",result="connect"}"#));
}

#[tokio::test]
async fn reports_unavailable_when_tls_fails() {
    // A server that does not use TLS, and responds immediately.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let babbling = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            tokio::spawn(async move {
                let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            });
        }
    });
    let silent = Upstream::always(Reply::success()).await;
    let more = format!(
        "{FAST}[regions.tls1]\nname = \"T\"\nbase_url = \"https://{address}\"\ndashboard_url = \"https://t.example\"\n"
    );
    let service = Service::start(&silent, &more).await;
    let (status, body) = service.verify(&credential("W9R-486-4W5Z", "secret-1", "tls1")).await;
    assert_eq!((status, &body["code"]), (503, &json!("upstream_unavailable")), "{body}");
    let metrics = service.metrics().await;
    assert!(metrics.contains(r#"upstream_requests_total{region="tls1",result="tls"}"#), "{metrics}");
    babbling.abort();
}

#[tokio::test]
async fn does_not_follow_redirects() {
    let target = Upstream::always(Reply::success()).await;
    let location = format!("Location: http://{}/in1/v1/connect\r\n", target.address);
    let upstream = Upstream::always(Reply::http(307, &location, b"")).await;
    let service = Service::start(&upstream, FAST).await;
    let (status, _) = service.verify(&credential("W9R-486-4W5Z", "secret-1", "in1")).await;
    assert_eq!((status, upstream.calls(), target.calls()), (502, 1, 0));
}

#[tokio::test]
async fn uses_the_configured_proxy() {
    let proxy = Upstream::always(Reply::success()).await;
    let elsewhere = Upstream::always(Reply::failure(400, "Invalid Credentials")).await;
    let more = format!("[upstream]\nproxy = \"http://{}\"\n", proxy.address);
    let service = Service::start(&elsewhere, &more).await;
    let (_, body) = service.verify(&credential("W9R-486-4W5Z", "secret-1", "in1")).await;
    assert_eq!((&body["status"], proxy.calls(), elsewhere.calls()), (&json!("verified"), 1, 0));
    assert!(proxy.seen()[0].head.starts_with(&format!("GET http://{}/in1/v1/connect", elsewhere.address)));
}
