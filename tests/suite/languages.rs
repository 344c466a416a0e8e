//! Texts for people in the requested language.

use connect_verifier::guidance::Language;
use serde_json::{Value, json};

use crate::support::{Reply, Seen, Service, Upstream, credential};

async fn service() -> (Upstream, Service) {
    let upstream = Upstream::start(|seen: &Seen| match seen.account_id() {
        "AAA-AAA-AAAA" => Reply::failure(403, "Partner not whitelisted: adjust"),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    (upstream, service)
}

#[tokio::test]
async fn answers_in_the_requested_language() {
    let (_upstream, service) = service().await;
    let mut titles = std::collections::BTreeSet::new();
    for language in Language::all() {
        let mut body = credential("W9R-486-4W5Z", "secret-1", "in1");
        body["lang"] = json!(language.tag());
        let wished = service.post(&body.to_string()).await;
        assert_eq!(wished.header("content-language"), Some(language.tag()));
        assert_eq!(wished.header("vary"), Some("accept-language"));
        let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
        let negotiated = service.post_with(&body, &[("accept-language", language.tag())]).await;
        assert_eq!(wished.json()["guidance"], negotiated.json()["guidance"], "{}", language.tag());
        titles.insert(wished.json()["guidance"]["title"].as_str().unwrap().to_owned());

        let problem = service.post_with("{\"region\":\"x\"}", &[("accept-language", language.tag())]).await;
        assert_eq!(problem.header("content-language"), Some(language.tag()));
        let problem = problem.json();
        for text in
            [&problem["title"], &problem["detail"], &problem["errors"][0]["detail"], &problem["guidance"]["action"]]
        {
            assert!(!text.as_str().unwrap().is_empty());
        }
        let catalogue = service.get("/v1/guidance", &[("accept-language", language.tag())]).await;
        assert_eq!(catalogue.json()["lang"], language.tag());
        assert_eq!(service.get(&format!("/v1/guidance?lang={}", language.tag()), &[]).await.json(), catalogue.json());
        let page = service.get("/problems/rate_limited", &[("accept-language", language.tag())]).await.body;
        let opening = format!("<html lang=\"{}\" dir=\"{}\">", language.tag(), language.direction());
        assert!(page.contains(&opening), "{page}");
    }
    assert_eq!(titles.len(), Language::all().count(), "each language has its own texts: {titles:?}");
}

#[tokio::test]
async fn falls_back_sensibly() {
    let (_upstream, service) = service().await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    for (header, tag) in [
        ("pt", "pt-BR"),
        ("pt-PT, en;q=0.5", "pt-BR"),
        ("zh", "en"),
        ("zh-TW, de;q=0.3", "de"),
        ("fr;q=0.2, th;q=0.9", "th"),
        ("garbage;;q=,,", "en"),
    ] {
        let answer = service.post_with(&body, &[("accept-language", header)]).await;
        assert_eq!(answer.header("content-language"), Some(tag), "{header}");
    }
}

#[tokio::test]
async fn drafts_the_mail_to_the_party_that_can_act() {
    let upstream = Upstream::start(|seen: &Seen| match seen.account_id() {
        "AAA-AAA-AAAA" => Reply::failure(403, "Partner not whitelisted: adjust"),
        _ => Reply::http(200, "", b"<html>"),
    })
    .await;
    let service = Service::start(&upstream, "[guidance]\noperator_contact = \"ops@example.com\"\n").await;
    for (account_id, to) in [("AAA-AAA-AAAA", "integrations@clevertap.com"), ("BBB-BBB-BBBB", "ops@example.com")] {
        let body = credential(account_id, "secret-1", "in1").to_string();
        let answer = service.post_with(&body, &[("x-request-id", "req-7"), ("accept-language", "de")]).await.json();
        let support = &answer["guidance"]["support"];
        assert_eq!(support["to"], to, "{answer}");
        let mail = support["body"].as_str().unwrap();
        for part in ["adjust", "India", "req-7", "20"] {
            assert!(mail.contains(part), "{mail}");
        }
        assert!(!support.to_string().contains("secret-1") && !support.to_string().contains(account_id));
    }
    let (_, refused) = service.verify(&json!({"passcode": "x", "region": "in1"})).await;
    assert_eq!(refused["guidance"]["support"], Value::Null);
}
