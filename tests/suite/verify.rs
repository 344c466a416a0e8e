//! The main function: request, upstream call and response.

use serde_json::{Value, json};

use crate::{
    settings::REGIONS,
    support::{KEY, PARTNER, Reply, Seen, Service, Upstream, credential},
};

#[tokio::test]
async fn sends_exactly_one_request_as_documented() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let (status, _) = service.verify(&credential("W9R-486-4W5Z", "p4$$ code", "in1")).await;
    assert_eq!(status, 422, "a space is not a visible character");
    let (status, body) = service.verify(&credential("W9R-486-4W5Z", "p:4$~!'\"x", "in1")).await;
    assert_eq!(status, 200, "{body}");
    let seen = upstream.seen();
    let [request] = seen.as_slice() else { panic!("{seen:?}") };
    let mut lines: Vec<String> = request.head.trim_end().lines().map(str::to_lowercase).collect();
    lines[1..].sort();
    assert_eq!(
        lines,
        [
            format!("get /in1/v1/connect?partner={PARTNER} http/1.1"),
            "accept: application/json".to_owned(),
            format!("host: {}", upstream.address),
            format!("user-agent: connect-verifier/{}", env!("CARGO_PKG_VERSION")),
            "x-clevertap-account-id: w9r-486-4w5z".to_owned(),
            "x-clevertap-passcode: p:4$~!'\"x".to_owned(),
        ]
    );
    assert_eq!((request.account_id(), request.passcode()), ("W9R-486-4W5Z", "p:4$~!'\"x"));
}

#[tokio::test]
async fn answers_a_verdict_with_every_member() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let answer = service.post_with(&body, &[("x-request-id", "my-id:1.2_3")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("cache-status"), Some("connect-verifier; fwd=miss"));
    assert_eq!(answer.header("x-request-id"), Some("my-id:1.2_3"));
    assert_eq!(answer.header("ratelimit-policy"), Some("\"client\";q=100000;w=1"));
    assert!(answer.header("ratelimit").unwrap().starts_with("\"client\";r=99999;t="));
    let mut body = answer.json();
    let checked_at = body["checked_at"].take();
    let checked_at = humantime::parse_rfc3339(checked_at.as_str().unwrap()).unwrap();
    assert!(checked_at.elapsed().unwrap_or_default().as_secs() < 60);
    assert_eq!(
        body,
        json!({
            "status": "verified",
            "verified": true,
            "account_id": "W9R-486-4W5Z",
            "partner": PARTNER,
            "region": {
                "id": "in1",
                "name": "India",
                "api_host": upstream.address.to_string(),
                "dashboard_url": "https://in1.dashboard.clevertap.com",
            },
            "suggested_region": null,
            "checks": [
                {"name": "format", "status": "passed"},
                {"name": "region_reachable", "status": "passed"},
                {"name": "credentials", "status": "passed"},
                {"name": "partner_whitelisted", "status": "passed"},
            ],
            "source": "upstream",
            "checked_at": null,
            "warnings": [],
            "guidance": {
                "code": "verified",
                "owner": "none",
                "title": "Credentials accepted",
                "message": "CleverTap accepted this account ID and passcode.",
                "action": "You do not need to do anything else.",
                "reason": null,
                "fields": [],
                "retryable": false,
                "retry_after_seconds": null,
                "docs_url": "https://developer.clevertap.com/docs/authentication",
                "support": null,
            },
            "request_id": "my-id:1.2_3",
        })
    );
}

#[tokio::test]
async fn reports_which_check_failed() {
    let upstream = Upstream::start(|seen: &Seen| match seen.account_id() {
        "AAA-AAA-AAAA" => Reply::failure(400, "Invalid Credentials"),
        "BBB-BBB-BBBB" => Reply::failure(403, "Partner not whitelisted: adjust"),
        _ => Reply::failure(401, "Account Id not valid"),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    for (account_id, status, advice, credentials, whitelisted) in [
        ("AAA-AAA-AAAA", "invalid_credentials", "check_credentials", "failed", "unknown"),
        ("BBB-BBB-BBBB", "partner_not_whitelisted", "request_whitelisting", "unknown", "failed"),
        ("CCC-CCC-CCCC", "invalid_credentials", "check_account_id", "failed", "unknown"),
    ] {
        let (http, body) = service.verify(&credential(account_id, "x", "in1")).await;
        assert_eq!((http, &body["status"], &body["verified"]), (200, &json!(status), &json!(false)), "{body}");
        assert_eq!(body["guidance"]["code"], advice);
        assert_eq!(body["checks"][2], json!({"name": "credentials", "status": credentials}));
        assert_eq!(body["checks"][3], json!({"name": "partner_whitelisted", "status": whitelisted}));
    }
}

#[tokio::test]
async fn repairs_pasting_accidents() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let (status, body) = service.verify(&credential(" “W9R–486–4W5Z” ", "\u{200B}secret-1\r\n", " INDIA ")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["account_id"], "W9R-486-4W5Z");
    let warnings: Vec<(&str, &str)> = body["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| (warning["code"].as_str().unwrap(), warning["field"].as_str().unwrap()))
        .collect();
    assert_eq!(warnings, [("repaired", "region"), ("repaired", "account_id"), ("repaired", "passcode")]);
    assert_eq!(upstream.seen()[0].passcode(), "secret-1");
}

#[tokio::test]
async fn finds_the_region_in_any_notation() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    for (text, id) in [
        ("IN1", "in1"),
        ("india", "in1"),
        ("api", "eu1"),
        ("eu1.api.clevertap.com", "eu1"),
        ("https://API.clevertap.com/v1/connect", "eu1"),
        ("us1.dashboard.clevertap.com", "us1"),
        ("Middle East (UAE)", "mec1"),
    ] {
        let (status, body) = service.verify(&credential("W9R-486-4W5Z", "secret-1", text)).await;
        assert_eq!((status, &body["region"]["id"]), (200, &json!(id)), "{text}: {body}");
    }
    let url = "https://us1.dashboard.clevertap.com/K97-K78-1234/main";
    let (_, body) = service.verify(&json!({"passcode": "secret-1", "region": url})).await;
    assert_eq!((&body["account_id"], &body["region"]["id"]), (&json!("K97-K78-1234"), &json!("us1")));
    let (_, body) = service.verify(&credential("W9R-486-4W5Z", "secret-1", url)).await;
    assert_eq!(body["warnings"][0]["code"], "url_conflict");
    assert_eq!(body["account_id"], "W9R-486-4W5Z");
}

#[tokio::test]
async fn returns_all_field_errors_at_once() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let (status, body) = service.verify(&json!({"passcode": 7, "region": "atlantis", "suggest_region": "yes"})).await;
    assert_eq!(
        (status, &body["code"], &body["type"]),
        (422, &json!("invalid_request"), &json!("/problems/invalid_request"))
    );
    let errors: Vec<(&str, &str)> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        errors,
        [
            ("#/account_id", "missing"),
            ("#/passcode", "wrong_type"),
            ("#/region", "unknown_region"),
            ("#/suggest_region", "wrong_type"),
        ]
    );
    assert_eq!(body["guidance"]["code"], "fix_request");
    assert_eq!(body["guidance"]["owner"], "customer");
    assert_eq!(body["guidance"]["fields"], json!(["account_id", "passcode", "region", "suggest_region"]));
    assert!(body["errors"][2]["detail"].as_str().unwrap().contains("in1"), "the allowed regions are named");
    assert_eq!(upstream.calls(), 0);
}

#[tokio::test]
async fn requires_a_key_before_anything_else() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let wrong = format!("Bearer {}", KEY.replace("cvk_0", "cvk_1"));
    for authorization in [None, Some(wrong.as_str()), Some("Basic eA=="), Some("Bearer"), Some("Bearer "), Some(KEY)] {
        let headers: Vec<(&str, &str)> = authorization.map(|value| ("authorization", value)).into_iter().collect();
        let answer = crate::support::request(service.public, "POST", "/v1/verify", &headers, &body).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{authorization:?}");
        assert_eq!(answer.json()["code"], "unauthenticated");
    }
    let lower = format!("bearer {KEY}");
    let headers = [("authorization", lower.as_str()), ("content-type", "application/json; charset=utf-8")];
    let answer = crate::support::request(service.public, "POST", "/v1/verify", &headers, &body).await;
    assert_eq!(answer.status, 200, "a scheme is case-insensitive");
    assert_eq!(upstream.calls(), 1);
}

fn place_of(region: &str) -> usize {
    REGIONS.iter().position(|known| *known == region).unwrap()
}

#[tokio::test]
async fn tries_every_region_for_auto() {
    let upstream = Upstream::start(|seen: &Seen| match (seen.region(), seen.account_id()) {
        ("eu1", "AAA-AAA-AAAA") => Reply::success(),
        ("us1", "BBB-BBB-BBBB") => Reply::failure(403, "Partner not whitelisted: adjust"),
        ("sg1", "CCC-CCC-CCCC") => Reply::failure(500, "down"),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    let auto = async |account_id| service.verify(&credential(account_id, "secret-1", "auto")).await;
    let (_, body) = auto("AAA-AAA-AAAA").await;
    assert_eq!((&body["status"], &body["region"]["id"]), (&json!("verified"), &json!("eu1")));
    let (_, body) = auto("BBB-BBB-BBBB").await;
    assert_eq!((&body["status"], &body["region"]["id"]), (&json!("partner_not_whitelisted"), &json!("us1")));
    let (status, body) = auto("CCC-CCC-CCCC").await;
    assert_eq!((status, &body["code"]), (503, &json!("upstream_unavailable")));
    let regions: Vec<&Value> = body["regions"].as_array().unwrap().iter().map(|region| &region["outcome"]).collect();
    assert_eq!(body["regions"][place_of("sg1")], json!({"id": "sg1", "outcome": "upstream_unavailable"}));
    assert_eq!(regions.iter().filter(|outcome| ***outcome == "invalid_credentials").count(), REGIONS.len() - 1);
    let (_, body) = auto("DDD-DDD-DDDD").await;
    assert_eq!((&body["status"], &body["region"]), (&json!("invalid_credentials"), &Value::Null));
}

#[tokio::test]
async fn sends_a_passcode_to_other_regions_only_on_request() {
    let upstream = Upstream::start(|seen: &Seen| match seen.region() {
        "eu1" => Reply::success(),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    let (_, body) = service.verify(&credential("AAA-AAA-AAAA", "secret-1", "in1")).await;
    assert_eq!(body["status"], "invalid_credentials");
    assert_eq!(upstream.seen().iter().map(Seen::region).collect::<Vec<_>>(), ["in1"]);
    let mut question = credential("AAA-AAA-AAAA", "secret-1", "in1");
    question["suggest_region"] = json!(true);
    let (_, body) = service.verify(&question).await;
    assert_eq!((&body["status"], &body["suggested_region"]["id"]), (&json!("wrong_region"), &json!("eu1")));
    assert_eq!((&body["region"]["id"], &body["guidance"]["code"]), (&json!("in1"), &json!("choose_region")));
    assert!(body["guidance"]["action"].as_str().unwrap().contains("Europe"));
    let (_, body) = service.verify(&credential("AAA-AAA-AAAA", "secret-1", "eu1")).await;
    assert_eq!(
        (&body["status"], &body["source"]),
        (&json!("verified"), &json!("cache")),
        "each region has its own entry"
    );
}

#[tokio::test]
async fn a_region_that_is_down_does_not_change_a_refusal() {
    let upstream = Upstream::start(|seen: &Seen| match seen.region() {
        "sg1" => Reply::failure(500, "down"),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    let mut question = credential("AAA-AAA-AAAA", "secret-1", "in1");
    question["suggest_region"] = json!(true);
    let (status, body) = service.verify(&question).await;
    assert_eq!(
        (status, &body["status"], &body["suggested_region"]),
        (200, &json!("invalid_credentials"), &Value::Null)
    );
    assert_eq!(body["region"]["id"], "in1");
    assert_eq!(body["regions"][place_of("sg1")], json!({"id": "sg1", "outcome": "upstream_unavailable"}));
    assert_eq!(body["regions"].as_array().unwrap().len(), REGIONS.len());
}
