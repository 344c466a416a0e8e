//! Pasted values: accidents are repaired and listed in `warnings`, and nothing is guessed.

use serde_json::{Value, json};

use crate::support::{Binary, Reply, Seen, Service, Upstream, config_text, credential, eventually, raw_verification};

const ADDRESS: &str = "https://us1.dashboard.clevertap.com/K97-K78-1234/main";

fn warnings(body: &Value) -> Vec<(&str, &str)> {
    let list = body["warnings"].as_array().unwrap_or_else(|| panic!("{body}"));
    list.iter().map(|warning| (warning["code"].as_str().unwrap(), warning["field"].as_str().unwrap())).collect()
}

fn errors(body: &Value) -> Vec<(&str, &str)> {
    let list = body["errors"].as_array().unwrap_or_else(|| panic!("{body}"));
    list.iter().map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn treats_null_as_absent() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let mut body = credential("W9R-486-4W5Z", "secret-1", "in1");
    body["suggest_region"] = Value::Null;
    body["lang"] = Value::Null;
    assert_eq!(service.verify(&body).await.0, 200);
    let (status, body) = service.verify(&json!({"account_id": null, "passcode": null, "region": null})).await;
    assert_eq!(status, 422);
    assert_eq!(errors(&body), [("#/account_id", "missing"), ("#/passcode", "missing"), ("#/region", "missing")]);
    let (status, body) = service.verify(&json!({"account_id": null, "passcode": "secret-1", "region": ADDRESS})).await;
    assert_eq!((status, &body["account_id"]), (200, &json!("K97-K78-1234")));
    assert_eq!(service.post("null").await.json()["code"], "malformed_json");
    assert_eq!(service.post(r#"["W9R-486-4W5Z","secret-1","in1",null,null]"#).await.json()["code"], "malformed_json");
}

#[tokio::test]
async fn repairs_invisible_characters() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    for (account_id, passcode, region, repaired) in [
        ("Ｗ９Ｒ－４８６－４Ｗ５Ｚ", "secret-1", "in1", "account_id"),
        ("W9R\u{2011}486\u{2212}4W5Z", "secret-1", "in1", "account_id"),
        ("W9R-4\u{200B}86-4W\u{AD}5Z", "secret-1", "in1", "account_id"),
        ("\u{202A}W9R-486-4W5Z\u{202C}", "secret-1", "in1", "account_id"),
        ("\u{A0}W9R-486-4W5Z\u{3000}", "secret-1", "in1", "account_id"),
        ("W9R-486-4W5Z", "sec\u{FEFF}ret\u{2060}-1", "in1", "passcode"),
        ("W9R-486-4W5Z", "‘secret-1’", "in1", "passcode"),
        ("W9R-486-4W5Z", "secret-1", "i\u{200D}n1", "region"),
    ] {
        let (status, body) = service.verify(&credential(account_id, passcode, region)).await;
        assert_eq!((status, &body["account_id"]), (200, &json!("W9R-486-4W5Z")), "{body}");
        assert_eq!(warnings(&body), [("repaired", repaired)], "{body}");
    }
    let sent: Vec<Seen> = upstream.seen();
    assert_eq!(sent.len(), 1, "all of them are the same credential");
    assert_eq!((sent[0].account_id(), sent[0].passcode()), ("W9R-486-4W5Z", "secret-1"));

    let body = credential("W9R 486-4W5Z", "sec–ret", "in1");
    let (_, body) = service.verify(&body).await;
    assert_eq!(errors(&body), [("#/account_id", "unusable_characters"), ("#/passcode", "unusable_characters")]);
    let (_, body) = service.verify(&credential("\u{200B}", "\"\"", "\u{FEFF} ")).await;
    assert_eq!(errors(&body), [("#/account_id", "empty"), ("#/passcode", "empty"), ("#/region", "empty")]);
}

#[tokio::test]
async fn reads_a_dashboard_address_in_the_account_ids_place() {
    let upstream = Upstream::start(|seen: &Seen| match seen.region() {
        "us1" | "in1" => Reply::success(),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    for (region, asked, warned) in [
        (json!("us1"), "us1", &[("repaired", "account_id")][..]),
        (Value::Null, "us1", &[("repaired", "account_id")]),
        (json!(" "), "us1", &[("repaired", "account_id")]),
        (json!("in1"), "in1", &[("repaired", "account_id"), ("url_conflict", "region")]),
    ] {
        let (_, body) = service.verify(&json!({"account_id": ADDRESS, "passcode": "x", "region": region})).await;
        assert_eq!((&body["account_id"], &body["region"]["id"]), (&json!("K97-K78-1234"), &json!(asked)), "{region}");
        assert_eq!(warnings(&body), warned, "{region}");
        assert!(body["warnings"][0]["message"].as_str().unwrap().contains(' '), "{body}");
    }
    assert!(upstream.seen().iter().all(|seen| seen.account_id() == "K97-K78-1234"));
    let before = upstream.calls();
    let (_, body) = service.verify(&json!({"account_id": ADDRESS, "passcode": "y", "region": "auto"})).await;
    assert_eq!((&body["verified"], warnings(&body)), (&json!(true), vec![("repaired", "account_id")]));
    upstream.wait_for_calls(before + 2).await;
    let (_, body) = service.verify(&json!({"account_id": ADDRESS, "passcode": "x"})).await;
    assert_eq!((&body["source"], &body["region"]["id"]), (&json!("cache"), &json!("us1")));
}

#[tokio::test]
async fn keeps_an_address_without_an_account_id() {
    let upstream = Upstream::always(Reply::failure(400, "Invalid Credentials")).await;
    let service = Service::start(&upstream, "").await;
    let login = "us1.dashboard.clevertap.com/login.html";
    let (_, body) = service.verify(&credential(login, "x", "in1")).await;
    assert_eq!((&body["account_id"], &body["region"]["id"]), (&json!(login), &json!("in1")));
    assert_eq!(warnings(&body), [("unusual_shape", "account_id")]);
    let (_, body) = service.verify(&json!({"account_id": login, "passcode": "x"})).await;
    assert_eq!(errors(&body), [("#/region", "missing")]);
}

#[tokio::test]
async fn warns_about_an_unusual_shape_unless_verified() {
    let upstream = Upstream::start(|seen: &Seen| match seen.passcode() {
        "right" => Reply::success(),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    let (_, body) = service.verify(&credential("my-account", "wrong", "in1")).await;
    assert_eq!(warnings(&body), [("unusual_shape", "account_id")]);
    let (_, body) = service.verify(&credential("my-account", "right", "in1")).await;
    assert_eq!((&body["verified"], warnings(&body)), (&json!(true), Vec::new()));
    let (_, body) = service.verify(&credential(" my-account ", "right", "in1")).await;
    assert_eq!(warnings(&body), [("repaired", "account_id")]);
    let (_, body) = service.verify(&credential("TEST-Z48-Z75-785Z", "wrong", "in1")).await;
    assert_eq!(warnings(&body), []);
}

#[tokio::test]
async fn never_logs_a_passcode_in_the_account_ids_place() {
    let upstream = Upstream::always(Reply::failure(401, "Account Id not valid")).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    std::fs::write(&file, config_text(Some(upstream.address), "[telemetry]\nlog_level = \"debug\"\n")).unwrap();
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &[]);
    let public = binary.address("public").await;
    let typed = ["QWE-RTY-UIOL", "qwe-rty-uiol", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "my-open-sesame", "W9R-486-4W5Z"];
    for account_id in typed {
        let text = raw_verification(&credential(account_id, "secret-1", "in1").to_string());
        let text = text.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let answer = crate::support::exchange(public, text.as_bytes()).await;
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{account_id}");
    }
    eventually("the last line", async || binary.log().contains("W9R-***-**5Z")).await;
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
    let log = binary.log();
    for part in ["QWE", "UIOL", "qwe", "uiol", "0a1b2c3d", "c6d7e8f9", "sesame", "secret-1"] {
        assert!(!log.contains(part), "{part}: {log}");
    }
    assert!(log.contains(r#""account_id":"***""#), "{log}");
}
