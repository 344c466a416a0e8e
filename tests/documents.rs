//! Checks that the documents generated from the code are current.
//!
//! `UPDATE_DOCUMENTS=1 cargo test --test documents` regenerates them.

#![allow(clippy::unwrap_used, reason = "an unreadable document fails the test")]

use std::{fmt::Write as _, fs, path::Path};

use base64::Engine as _;
use connect_verifier::{
    config::{Source, load},
    guidance::{Advisor, Circumstances, Language, Subject},
    model::{FaultKind, ProblemCode, Refusal, Verdict},
    observe::{BATCH_DEFINITIONS, DEFINITIONS},
    present::status_of,
};
use sha2::Digest as _;

fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/{name} is out of date; run `UPDATE_DOCUMENTS=1 cargo test --test documents`");
}

fn advisor() -> Advisor {
    let config = load(&Source::default()).unwrap();
    Advisor::new(config.guidance, &config.regions)
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// Each reason, and how the contract's table describes it.
const RECOGNISED: [(&str, &str); 14] = [
    ("email_address", "the account id has an `@`"),
    ("web_address", "a URL that is not a dashboard address with an account id"),
    ("account_name", "the account id has letters and spaces"),
    ("label", "a field name or a header was pasted with the value"),
    ("lower_case", "the account id has lower-case letters"),
    ("incomplete", "a group of the account id is too short or too long, or a dash is missing"),
    ("misread_character", "one or two characters that never occur in account ids, each with its position"),
    ("hidden_passcode", "the passcode consists of dots or asterisks only"),
    ("bearer_prefix", "`Bearer …`"),
    ("same_as_account_id", "the same value twice"),
    ("placeholder", "`YOUR_PASSCODE` and similar"),
    ("user_passcode", "the passcode has 32 hexadecimal digits, or is a UUID"),
    ("test_project", "the account id begins with `TEST-`"),
    ("everywhere", "every region was asked, and all refused"),
];

fn optional(reason: impl serde::Serialize) -> String {
    serde_json::to_value(reason).unwrap().as_str().unwrap_or("").to_owned()
}

/// Returns every text of one language.
fn texts_in(advisor: &Advisor, language: Language) -> String {
    let mut text = format!(
        "\n## {} (`{}`)\n\n| code | reason | owner | fields | title | message | action |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
        language.name(),
        language.tag()
    );
    for entry in advisor.entries(language) {
        let reason = optional(entry.reason);
        assert!(reason.is_empty() || RECOGNISED.iter().any(|(known, _)| *known == reason), "{reason}");
        let _ = writeln!(
            text,
            "| {} | {reason} | {} | {} | {} | {} | {} |",
            word(entry.code),
            word(entry.owner),
            entry.fields.join(", "),
            entry.title,
            entry.message,
            entry.action
        );
    }
    text
}

#[test]
fn the_guidance_is_documented() {
    let advisor = advisor();
    let mut text = String::from(
        "# Guidance: who must do what\n\n\
         Generated from the code by `UPDATE_DOCUMENTS=1 cargo test --test documents`; a test checks that it is current.\n\n\
         ## From outcome to advice\n\n\
         | outcome | HTTP | code | owner | fields | retryable |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    let suggested = load(&Source::default()).unwrap().regions.get("eu1").unwrap().clone();
    let verdicts = [
        Verdict::Verified,
        Verdict::InvalidCredentials { refusal: Refusal::Credentials },
        Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount },
        Verdict::WrongRegion { suggested },
        Verdict::PartnerNotWhitelisted,
    ];
    let mut row = |outcome: &str, status: u16, subject: &Subject<'_>| {
        let advice = advisor.advise(Language::ENGLISH, subject, &Circumstances::default());
        let fields = match subject {
            Subject::Problem { code: ProblemCode::InvalidRequest, .. } => "as in `errors`".to_owned(),
            _ => advice.fields.join(", "),
        };
        let retryable = if advice.retryable { "yes" } else { "no" };
        let (code, owner) = (word(advice.code), word(advice.owner));
        let _ = writeln!(text, "| {outcome} | {status} | {code} | {owner} | {fields} | {retryable} |");
    };
    for verdict in &verdicts {
        let unknown = Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount };
        let note = if *verdict == unknown { ", the account is unknown" } else { "" };
        row(&format!("{}{note}", verdict.status()), 200, &Subject::Verdict(verdict));
    }
    for code in ProblemCode::ALL {
        row(code.as_str(), status_of(code), &Subject::Problem { code, retry_after: None, errors: &[] });
    }
    assert_eq!(FaultKind::ALL.len() + 13, ProblemCode::ALL.len(), "every fault is a problem");
    text += "\nAn `invalid_request` whose only errors are members of the wrong JSON type must be fixed by the partner, because no form sends one.\n\n\
         ## What was recognised\n\n\
         After a refusal, or beside an `invalid_request` for the first field in `errors`, `reason` says what was typed \
         instead. It refines the text and changes no outcome. The order is `fields_swapped` (each value has the form of the \
         other), `looks_like_token`, an account that CleverTap does not know, then the first reason of the account id, then \
         that of the passcode, then `test_project`, then `everywhere`.\n\n\
         | reason | recognised by |\n| --- | --- |\n";
    for (reason, by) in RECOGNISED {
        let _ = writeln!(text, "| {reason} | {by} |");
    }
    for language in Language::all() {
        text += &texts_in(&advisor, language);
    }
    check("GUIDANCE.md", &text);
}

#[test]
fn the_metrics_are_documented() {
    let mut text = String::from(
        "# Metrics\n\n\
         Generated from the code by `UPDATE_DOCUMENTS=1 cargo test --test documents`; a test checks that it is current. The \
         standard `process_*` metrics exist as well.\n\n\
         | name | type | labels | meaning |\n| --- | --- | --- | --- |\n",
    );
    for definition in DEFINITIONS {
        let labels = definition.labels.join(", ");
        let _ = writeln!(text, "| `{}` | {} | {labels} | {} |", definition.name, definition.kind, definition.help);
    }
    text += "\nMetrics that `connect-verifier batch` writes (`--metrics-file`) or pushes (`--push-url`):\n\n\
             | name | type | labels | meaning |\n| --- | --- | --- | --- |\n";
    for definition in BATCH_DEFINITIONS {
        let labels = definition.labels.join(", ");
        let _ = writeln!(text, "| `{}` | {} | {labels} | {} |", definition.name, definition.kind, definition.help);
    }
    check("METRICS.md", &text);
}

#[test]
fn the_openapi_document_is_committed() {
    check("openapi.json", &(connect_verifier::http::openapi_text() + "\n"));
}

#[test]
fn the_widget_is_pinned_by_its_hash() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hash = sha2::Sha384::digest(fs::read(root.join("web/connect-form.js")).unwrap());
    let hash = base64::prelude::BASE64_STANDARD.encode(hash);
    let text = fs::read_to_string(root.join("docs/WIDGET.md")).unwrap();
    // <script … src="…/widget/{version}/connect-form.js" integrity="sha384-{hash}" …>
    let (head, rest) = text.split_once("integrity=\"sha384-").unwrap();
    let (head, source) = head.rsplit_once("/widget/").unwrap();
    let (source, tail) = (source.split_once('/').unwrap().1, rest.split_once('"').unwrap().1);
    let version = env!("CARGO_PKG_VERSION");
    check("WIDGET.md", &format!("{head}/widget/{version}/{source}integrity=\"sha384-{hash}\"{tail}"));
}
