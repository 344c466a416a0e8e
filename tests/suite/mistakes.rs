//! A corpus of mistakes, sent through the whole service: each must get the expected code, reason, fields and words.

use std::{collections::BTreeMap, path::Path};

use connect_verifier::guidance::Language;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Answer, Reply, Seen, Service, Upstream};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    mistakes: Vec<Mistake>,
    regions: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    #[serde(default = "account_id")]
    account_id: String,
    #[serde(default = "passcode")]
    passcode: String,
    #[serde(default = "region")]
    region: String,
    #[serde(default)]
    suggest_region: bool,
    #[serde(default = "language")]
    lang: String,
    #[serde(default)]
    unknown: bool,
    #[serde(default = "ok")]
    status: u16,
    code: String,
    reason: Option<String>,
    fields: Vec<String>,
    text: String,
    #[serde(default)]
    plain: bool,
}

fn account_id() -> String {
    "W9R-486-4W5Z".to_owned()
}

fn passcode() -> String {
    "QAB-CDE-FGHL".to_owned()
}

fn region() -> String {
    "in1".to_owned()
}

fn language() -> String {
    "en".to_owned()
}

fn ok() -> u16 {
    200
}

fn corpus() -> Corpus {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mistakes.toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

async fn service(reply: Reply) -> (Upstream, Service) {
    let upstream = Upstream::start(move |_: &Seen| reply.clone()).await;
    let limits = "[limits]\nattempts_per_account = 100000\nupstream_per_second = 100000\nupstream_burst = 100000\n";
    let service = Service::start(&upstream, limits).await;
    (upstream, service)
}

impl Mistake {
    async fn send(&self, service: &Service) -> Answer {
        let body = json!({
            "account_id": self.account_id,
            "passcode": self.passcode,
            "region": self.region,
            "suggest_region": self.suggest_region,
            "lang": self.lang,
        });
        service.post(&body.to_string()).await
    }

    fn name(&self) -> String {
        format!("{} {:?} {:?} {:?}", self.lang, self.account_id, self.passcode, self.region)
    }
}

/// Everything in an answer that a person reads at the form, without the marks around inserted values.
fn words(body: &Value) -> String {
    let guidance =
        ["title", "message", "action"].map(|member| body["guidance"][member].as_str().unwrap_or("").to_owned());
    let errors = body["errors"].as_array().into_iter().flatten().filter_map(|error| error["detail"].as_str());
    let text = guidance.iter().map(String::as_str).chain(errors).collect::<Vec<_>>().join("\n");
    text.replace(['\u{2068}', '\u{2069}'], "")
}

#[tokio::test]
async fn each_mistake_gets_the_expected_advice() {
    let (_known, credentials) = service(Reply::failure(400, "Invalid Credentials")).await;
    let (_unknown, account) = service(Reply::failure(401, "Account Id not valid")).await;
    let catalogue = credentials.get("/v1/guidance", &[]).await.json();
    let rows: Vec<(Value, Value)> = catalogue["guidance"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["code"].clone(), row["reason"].clone()))
        .collect();
    let mut failures = Vec::new();
    for mistake in corpus().mistakes {
        let answer = mistake.send(if mistake.unknown { &account } else { &credentials }).await;
        let body = answer.json();
        let guidance = &body["guidance"];
        let row = (guidance["code"].clone(), guidance["reason"].clone());
        let found = (answer.status, &guidance["code"], &guidance["reason"], &guidance["fields"]);
        let (code, reason, fields) = (json!(mistake.code), json!(mistake.reason), json!(mistake.fields));
        if found != (mistake.status, &code, &reason, &fields) {
            failures.push(format!("{}: {found:?}", mistake.name()));
        } else if !words(&body).contains(&mistake.text) {
            failures.push(format!("{}: no {:?} in {}", mistake.name(), mistake.text, words(&body)));
        } else if !rows.contains(&row) {
            failures.push(format!("{}: {row:?} is not in the catalogue", mistake.name()));
        } else if mistake.passcode.len() > 8
            && ![account_id(), passcode()].contains(&mistake.passcode)
            && answer.body.contains(&mistake.passcode)
        {
            failures.push(format!("{}: the answer contains the passcode", mistake.name()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_corpus_is_large_and_recognised() {
    let mistakes = corpus().mistakes;
    assert!(mistakes.len() >= 120, "{}", mistakes.len());
    for language in Language::all() {
        let count = mistakes.iter().filter(|mistake| mistake.lang == language.tag()).count();
        assert!(count >= 8, "{} has {count}", language.tag());
    }
    let expected = mistakes.iter().filter(|mistake| !mistake.plain).count();
    let without = mistakes.iter().filter(|mistake| !mistake.plain && mistake.reason.is_none()).count();
    let own_code = ["looks_like_token", "fields_swapped"];
    let of_code = mistakes.iter().filter(|mistake| own_code.contains(&mistake.code.as_str())).count();
    assert!((without - of_code) * 20 <= expected, "{without} of {expected} have no reason");
}

#[tokio::test]
async fn verified_credentials_get_no_hint() {
    let (_upstream, service) = service(Reply::success()).await;
    for mistake in corpus().mistakes.into_iter().filter(|mistake| mistake.status == 200) {
        let body = mistake.send(&service).await.json();
        assert_eq!(body["status"], "verified", "{}", mistake.name());
        assert_eq!(body["guidance"]["reason"], Value::Null, "{}", mistake.name());
        assert_eq!(body["guidance"]["code"], "verified", "{}", mistake.name());
    }
}

#[tokio::test]
async fn accepts_a_region_in_any_notation() {
    let (_upstream, service) = service(Reply::success()).await;
    for (id, names) in corpus().regions {
        for name in names {
            let body = json!({"account_id": account_id(), "passcode": passcode(), "region": name});
            let answer = service.post(&body.to_string()).await.json();
            assert_eq!(answer["region"]["id"], json!(id), "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn the_catalogue_has_one_row_for_each_code_and_reason() {
    let (_upstream, service) = service(Reply::success()).await;
    for language in Language::all() {
        let answer = service.get("/v1/guidance", &[("accept-language", language.tag())]).await;
        let etag = answer.header("etag").unwrap().to_owned();
        let body = answer.json();
        let mut seen = std::collections::BTreeSet::new();
        for row in body["guidance"].as_array().unwrap() {
            let members: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
            let expected = ["action", "code", "docs_url", "fields", "message", "owner", "reason", "retryable", "title"];
            assert_eq!(members.len(), expected.len(), "{row}");
            assert!(expected.iter().all(|name| members.contains(name)), "{row}");
            assert!(seen.insert((row["code"].to_string(), row["reason"].to_string())), "duplicate row: {row}");
        }
        let headers = [("accept-language", language.tag()), ("if-none-match", etag.as_str())];
        assert_eq!(service.get("/v1/guidance", &headers).await.status, 304);
    }
}

#[tokio::test]
async fn mentions_the_known_numbers() {
    let upstream = Upstream::start(|_: &Seen| Reply::failure(400, "Invalid Credentials")).await;
    let service = Service::start(&upstream, "[limits]\nattempts_per_account = 4\nattempts_window = \"9m\"\n").await;
    let action = async |attempt: usize, lang: &str| {
        let passcode = format!("secret-{attempt}");
        let body = json!({"account_id": account_id(), "passcode": passcode, "region": "in1", "lang": lang});
        words(&service.post(&body.to_string()).await.json())
    };
    let left = "Attempts left for this account before a pause:";
    assert!(!action(1, "en").await.contains(left));
    assert!(action(2, "en").await.contains(&format!("{left} 2.")));
    assert!(action(3, "ar").await.contains("قبل الإيقاف المؤقت: 1."));
    assert!(action(4, "en").await.contains(&format!("{left} 0.")));
    assert!(action(5, "en").await.contains("Try again in 9 min."));
    assert!(action(5, "fr").await.contains("Réessayez dans 9 min."));
}
