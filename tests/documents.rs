//! Holds the documents that are made from the code equal to the code.
//!
//! `UPDATE_DOCUMENTS=1 cargo test --test documents` writes them anew.

#![allow(clippy::unwrap_used, reason = "a document that cannot be read is a failed test")]

use std::{fmt::Write as _, fs, path::Path};

use connect_verifier::{
    config::{Source, load},
    guidance::{AdviceCode, Advisor, Circumstances, Language, Subject},
    http::status_of,
    model::{FaultKind, Hints, ProblemCode, Refusal, Region, Verdict},
    observe::DEFINITIONS,
};

fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{name} is not what the code says; run `UPDATE_DOCUMENTS=1 cargo test --test documents`"
    );
}

fn advisor() -> Advisor {
    let config = load(&Source::default()).unwrap();
    Advisor::new(config.guidance, &config.regions)
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn guidance_is_told_as_it_is() {
    let advisor = advisor();
    let mut text = String::from(
        "# Guidance: who must do what\n\n\
         Made from the code by `UPDATE_DOCUMENTS=1 cargo test --test documents`; a test holds it equal.\n\n\
         ## From outcome to advice\n\n\
         | outcome | HTTP | with the hint | advice | owner | fields | retryable |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let suggested = Region {
        id: "eu1".into(),
        name: "Europe".into(),
        base_url: String::new(),
        api_host: String::new(),
        dashboard_url: String::new(),
        aliases: Vec::new(),
    };
    let refused = Verdict::InvalidCredentials { refusal: Refusal::Credentials };
    let unknown = Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount };
    let none = Hints::default();
    let rows = [
        (&Verdict::Verified, none, ""),
        (&refused, none, ""),
        (&refused, Hints { test_project: true, ..none }, "the account id is a test project's"),
        (&unknown, none, "the upstream said that the account is unknown"),
        (&refused, Hints { passcode_like_token: true, ..none }, "the passcode looks like an SDK account token"),
        (
            &refused,
            Hints { fields_swapped: true, ..none },
            "the passcode looks like an account id, the account id does not",
        ),
        (&Verdict::WrongRegion { suggested: suggested.into() }, none, ""),
        (&Verdict::PartnerNotWhitelisted, none, ""),
    ];
    let mut row = |outcome: &str, status: u16, hint: &str, subject: &Subject<'_>, hints: Hints| {
        let circumstances = Circumstances { hints, ..Circumstances::default() };
        let advice = advisor.advise(Language::ENGLISH, subject, &circumstances);
        let fields = match subject {
            Subject::Problem { code: ProblemCode::InvalidRequest, .. } => "as in `errors`".to_owned(),
            _ => advice.fields.join(", "),
        };
        let retryable = if advice.retryable { "yes" } else { "no" };
        let (code, owner) = (word(advice.code), word(advice.owner));
        let _ = writeln!(text, "| {outcome} | {status} | {hint} | {code} | {owner} | {fields} | {retryable} |");
    };
    for (verdict, hints, hint) in rows {
        row(verdict.status(), 200, hint, &Subject::Verdict(verdict), hints);
    }
    for code in ProblemCode::ALL {
        let subject = Subject::Problem { code, retry_after: None, fields: &[] };
        row(code.as_str(), status_of(code), "", &subject, none);
    }
    assert_eq!(FaultKind::ALL.len() + 13, ProblemCode::ALL.len(), "every fault is a problem");
    text += "\nA hint is spoken only after a refusal, and changes no outcome.\n\n## The texts, in English\n\n";
    text += "| advice | title | message | action |\n| --- | --- | --- | --- |\n";
    for code in AdviceCode::ALL {
        let entry = advisor.entry(Language::ENGLISH, code);
        let _ = writeln!(text, "| {} | {} | {} | {} |", word(code), entry.title, entry.message, entry.action);
    }
    text += "\nThe other languages are in `locales/`:\n\n| tag | language |\n| --- | --- |\n";
    for language in Language::all() {
        let _ = writeln!(text, "| {} | {} |", language.tag(), language.name());
    }
    check("GUIDANCE.md", &text);
}

#[test]
fn metrics_are_told_as_they_are() {
    let mut text = String::from(
        "# Metrics\n\n\
         Made from the code by `UPDATE_DOCUMENTS=1 cargo test --test documents`; a test holds it equal. Beside these stand \
         the usual `process_*`.\n\n\
         | name | type | labels | what it tells |\n| --- | --- | --- | --- |\n",
    );
    for definition in DEFINITIONS {
        let labels = definition.labels.join(", ");
        let _ = writeln!(text, "| `{}` | {} | {labels} | {} |", definition.name, definition.kind, definition.help);
    }
    check("METRICS.md", &text);
}
