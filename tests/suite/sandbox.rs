//! `serve --sandbox` with a custom configuration, and the keys derived from `secret_file`.

use connect_verifier::admission::key_hash;
use serde_json::json;

use crate::support::{Binary, Client, KEY, Reply, Settings, Upstream, config_text, credential, request};

const PORTS: [(&str, &str); 2] =
    [("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"), ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0")];
const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn failing_accounts_do_not_make_a_region_unavailable() {
    let environment = [PORTS[0], PORTS[1], ("CONNECT_VERIFIER__UPSTREAM__MAX_ATTEMPTS", "1")];
    let mut binary = Binary::start(&["serve", "--sandbox"], &environment);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    let verify = async |account_id: &str| {
        let body = credential(account_id, "GOOD-PASSCODE", "in1").to_string();
        request(public, "POST", "/v1/verify", &[JSON], &body).await.status
    };
    for account_id in ["TEST-500-ERR-0000", "TEST-503-ERR-0000", "TEST-504-ERR-0000", "TEST-RST-ERR-0000"] {
        for _ in 0..4 {
            assert_eq!(verify(account_id).await, 503, "{account_id}");
        }
    }
    assert_eq!(verify("TEST-200-OKA-0000").await, 200);
    let metrics = request(admin, "GET", "/metrics", &[], "").await.body;
    assert!(metrics.contains("connect_verifier_breaker_state{region=\"in1\"} 0"), "{metrics}");
}

#[tokio::test]
async fn configured_clients_keep_their_keys() {
    let directory = tempfile::tempdir().unwrap();
    let clients = directory.path().join("clients.toml");
    std::fs::write(
        &clients,
        format!("[[clients]]\nname = \"a\"\npartner = \"adjust\"\nkey_sha256 = [\"{}\"]\n", key_hash(KEY)),
    )
    .unwrap();
    let environment = [PORTS[0], PORTS[1], ("CONNECT_VERIFIER__CLIENTS_FILE", clients.to_str().unwrap())];
    let mut binary = Binary::start(&["serve", "--sandbox"], &environment);
    let public = binary.address("public").await;
    let body = credential("TEST-200-OKA-0000", "GOOD-PASSCODE", "in1").to_string();
    assert_eq!(request(public, "POST", "/v1/verify", &[JSON], &body).await.status, 401, "as in production");
    let authorization = format!("Bearer {KEY}");
    let headers = [JSON, ("authorization", authorization.as_str())];
    let answer = request(public, "POST", "/v1/verify", &headers, &body).await.json();
    assert_eq!((&answer["status"], &answer["partner"]), (&json!("verified"), &json!("adjust")));
}

#[tokio::test]
async fn a_token_outlives_the_process_and_a_rotated_secret() {
    const ORIGIN: &str = "https://dash.example.com";
    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let text = format!("secret_file = {:?}\n", path("secret").display().to_string())
        + &config_text(Some(upstream.address), Settings::from("").client(Client::usual().origin(ORIGIN)));
    std::fs::write(path("service.toml"), text).unwrap();
    let (first, second) = ("ab".repeat(32), "cd".repeat(32));
    let start = |secrets: &str| {
        std::fs::write(path("secret"), secrets).unwrap();
        Binary::start(&["serve", "--config", path("service.toml").to_str().unwrap()], &[])
    };
    let mut binary = start(&first);
    let authorization = format!("Bearer {KEY}");
    let headers = [JSON, ("authorization", authorization.as_str())];
    let body = json!({"origin": ORIGIN}).to_string();
    let created = request(binary.address("public").await, "POST", "/v1/sessions", &headers, &body).await;
    let authorization = format!("Bearer {}", created.json()["token"].as_str().unwrap());
    drop(binary);
    for (secrets, status) in [(format!("{second}\n{first}\n"), 200), (second.clone(), 401)] {
        let mut binary = start(&secrets);
        let headers = [JSON, ("authorization", authorization.as_str()), ("origin", ORIGIN)];
        let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
        let answer = request(binary.address("public").await, "POST", "/v1/verify", &headers, &body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(!binary.log().contains("using random secrets"), "{}", binary.log());
    }
}
