//! The OpenAPI 3.1 document: schemas from the wire types, paths from the route table, examples from the presenter.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::{Duration, UNIX_EPOCH},
};

use serde_json::{Map, Value, json};
use utoipa::{ToSchema, openapi::RefOr};

use super::{
    catalog::{Document, GuidanceBody, RegionsBody},
    router::ROUTES,
    sessions::{SessionBody, SessionRequest},
    submission::VerifyRequest,
};
use crate::{
    config::{Source, load},
    guidance::{Advisor, Language},
    model::{Answer, FaultKind, Input, ProblemCode, RawSubmission, Region, RegionChoice, Submission, Verdict},
    present::{About, Presenter, Problem, ProblemBody, VerdictBody, status_of},
};

/// Problems that any route can answer with.
const ANYWHERE: &[ProblemCode] = &[
    ProblemCode::BadRequest,
    ProblemCode::NotFound,
    ProblemCode::MethodNotAllowed,
    ProblemCode::HeadersTooLarge,
    ProblemCode::Fault(FaultKind::Internal),
];
/// Problems of routes that need a key and read a JSON body.
const WITH_KEY_AND_BODY: &[ProblemCode] = &[
    ProblemCode::MalformedJson,
    ProblemCode::InvalidRequest,
    ProblemCode::Unauthenticated,
    ProblemCode::Forbidden,
    ProblemCode::UnsupportedMediaType,
    ProblemCode::PayloadTooLarge,
    ProblemCode::RequestTimeout,
    ProblemCode::RateLimited,
];
/// Problems of a verification.
const OF_VERIFICATION: &[ProblemCode] = &[
    ProblemCode::Fault(FaultKind::TooManyAttempts),
    ProblemCode::Fault(FaultKind::UpstreamUnexpected),
    ProblemCode::Fault(FaultKind::UpstreamUnavailable),
    ProblemCode::Fault(FaultKind::UpstreamBusy),
    ProblemCode::Fault(FaultKind::UpstreamTimeout),
    ProblemCode::Fault(FaultKind::Overloaded),
];

/// Returns the document as it is served.
pub(super) fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| Document::new(&json()))
}

/// Makes the OpenAPI 3.1 document.
pub fn json() -> Value {
    let examples = Examples::new();
    let mut paths = Map::new();
    for route in ROUTES {
        if let Some(path) = path_item(route.template, &examples) {
            paths.insert(route.template.to_owned(), path);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "connect-verifier",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Verifies CleverTap credentials for an onboarding form.",
            "description": "A verdict is a 200, whatever it is: the HTTP status says whether the service could answer, \
                the body holds the answer. Everything else is a problem (RFC 9457). Both carry `guidance`: who must do \
                what, in the customer's language, at the right field.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "The operator of this service", "url": "https://developer.clevertap.com/docs/authentication"},
        },
        "servers": [{"url": "/", "description": "This service"}],
        "tags": [
            {"name": "verification", "description": "Verify credentials."},
            {"name": "catalogues", "description": "What a form needs beside it. Public, with an ETag."},
            {"name": "pages", "description": "For people and their browsers."},
        ],
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "headers": headers(),
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`cvk_…`), for a backend. It never reaches a browser.",
                },
                "sessionToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of `POST /v1/sessions`, for pages of the origin that it is bound to.",
                },
            },
        },
    })
}

/// Returns the document as text for people and for files.
pub fn text() -> String {
    serde_json::to_string_pretty(&json()).unwrap_or_default()
}

fn schemas() -> BTreeMap<String, RefOr<utoipa::openapi::Schema>> {
    fn add<T: ToSchema>(list: &mut Vec<(String, RefOr<utoipa::openapi::Schema>)>) {
        list.push((T::name().into_owned(), T::schema()));
        T::schemas(list);
    }
    let mut list = Vec::new();
    add::<VerifyRequest>(&mut list);
    add::<VerdictBody<'_>>(&mut list);
    add::<ProblemBody<'_>>(&mut list);
    add::<SessionRequest>(&mut list);
    add::<SessionBody<'_>>(&mut list);
    add::<RegionsBody<'_>>(&mut list);
    add::<GuidanceBody>(&mut list);
    list.into_iter().collect()
}

fn headers() -> Value {
    let header = |description: &str, example: Value| {
        let kind = if example.is_number() { "integer" } else { "string" };
        json!({"description": description, "schema": {"type": kind}, "example": example})
    };
    json!({
        "X-Request-Id": header("The id of the request: the caller's, if it is usable, or one of the service's.", json!("r-1")),
        "Retry-After": header("When another try makes sense, in seconds: at most 600.", json!(2)),
        "RateLimit-Policy": header("The client's rate: `q` the burst, `w` the seconds that refill it.", json!("\"client\";q=100;w=2")),
        "RateLimit": header("What is left of the rate: `r` requests now, `t` seconds until it is full.", json!("\"client\";r=57;t=1")),
        "Cache-Status": header("What the cache did (RFC 9211).", json!("connect-verifier; hit; ttl=412")),
        "WWW-Authenticate": header("How to authenticate.", json!("Bearer")),
        "Allow": header("The methods of the route.", json!("POST")),
        "Content-Language": header("The language of the texts.", json!("en")),
        "ETag": header("The entity tag of the content.", json!("\"Zm9vYmFyYmF6cXV4\"")),
    })
}

/// Describes a route; `None` for the files of a page, which are not for callers.
fn path_item(template: &str, examples: &Examples) -> Option<Value> {
    match template {
        "/v1/verify" => Some(verify(examples)),
        "/v1/sessions" => Some(sessions(examples)),
        "/v1/regions" => Some(json!({"get": catalogue(
            ("listRegions", "The regions, for a form's drop-down"), "Regions", &[], examples)})),
        "/v1/guidance" => Some(json!({"get": catalogue(
            ("listGuidance", "Every guidance, by code and reason"), "GuidanceCatalogue", &[language()], examples)})),
        "/problems/{code}" => Some(json!({"get": page(
            ("describeProblem", "A page about a problem"), "text/html", &[problem_code(), language()], examples)})),
        "/openapi.json" => Some(json!({"get": page(
            ("getOpenApi", "This document"), "application/json", &[], examples)})),
        "/docs" => {
            Some(json!({"get": page(("getReference", "This document, for people"), "text/html", &[], examples)}))
        }
        "/widget/connect-form.js" => Some(json!({"get": page(
            ("getForm", "The form, as a web component"), "text/javascript", &[], examples)})),
        "/widget/{version}/connect-form.js" => Some(json!({"get": page(
            ("getFormOfVersion", "The form of a version, which never changes"), "text/javascript", &[version()], examples)})),
        "/" => Some(
            json!({"get": page(("getPage", "The onboarding page, where it is enabled"), "text/html", &[], examples)}),
        ),
        _ => None,
    }
}

fn verify(examples: &Examples) -> Value {
    let answer = json!({
        "description": "A verdict, whatever it is.",
        "headers": header_refs(&["X-Request-Id", "RateLimit-Policy", "RateLimit", "Cache-Status", "Content-Language"]),
        "content": {"application/json": {
            "schema": reference("Verdict"),
            "examples": {
                "verified": {"summary": "Verified", "value": examples.verified},
                "invalid_credentials": {"summary": "Refused", "value": examples.refused},
            },
        }},
    });
    let mut responses = problems(&[WITH_KEY_AND_BODY, OF_VERIFICATION, ANYWHERE].concat(), examples);
    responses.insert("200".to_owned(), answer);
    json!({"post": {
        "operationId": "verify",
        "tags": ["verification"],
        "summary": "Verify one credential",
        "description": "Asks CleverTap whether the account id and the passcode belong together in the region, for the \
            partner of the key. `region` accepts an id, a name, a host, a pasted dashboard address, or `auto`.",
        "security": [{"apiKey": []}, {"sessionToken": []}],
        "parameters": [
            header_parameter("Accept-Language", "The language of the texts; `lang` in the body comes first.", "de"),
            header_parameter("Cache-Control", "`no-cache` asks for a fresh answer, `max-age=N` for a younger one.", "no-cache"),
            header_parameter("X-Request-Id", "An id of the caller's: 1 to 128 of `A-Z a-z 0-9 - _ . :`.", "r-1"),
        ],
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": reference("VerifyRequest"),
            "example": {"account_id": "TEST-200-OKA-0000", "passcode": "GOOD-PASSCODE", "region": "in1"},
        }}},
        "responses": responses,
    }})
}

fn sessions(examples: &Examples) -> Value {
    let mut responses = problems(&[WITH_KEY_AND_BODY, ANYWHERE].concat(), examples);
    responses.insert(
        "201".to_owned(),
        json!({
            "description": "A session.",
            "headers": header_refs(&["X-Request-Id", "RateLimit-Policy", "RateLimit"]),
            "content": {"application/json": {
                "schema": reference("Session"),
                "example": {"token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "expires_at": "2026-11-24T02:15:00Z"},
            }},
        }),
    );
    json!({"post": {
        "operationId": "createSession",
        "tags": ["verification"],
        "summary": "Create a session for a page",
        "description": "Called by the partner's backend. The token is bound to the origin and the client, and good for \
            `POST /v1/verify` and the catalogues alone.",
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": reference("SessionRequest"),
            "example": {"origin": "https://dash.example.com", "ttl_seconds": 900, "max_attempts": 10},
        }}},
        "responses": responses,
    }})
}

fn catalogue((id, summary): (&str, &str), schema: &str, parameters: &[Value], examples: &Examples) -> Value {
    let mut responses = problems(ANYWHERE, examples);
    let headers = header_refs(&["X-Request-Id", "ETag"]);
    let content = json!({"application/json": {"schema": reference(schema)}});
    responses.insert("200".to_owned(), json!({"description": summary, "headers": headers, "content": content}));
    responses.insert("304".to_owned(), json!({"description": "The caller has it already (`If-None-Match`)."}));
    json!({"operationId": id, "tags": ["catalogues"], "summary": summary, "description": format!("{summary}. Needs no key."),
        "security": [], "parameters": parameters, "responses": responses})
}

fn page((id, summary): (&str, &str), kind: &str, parameters: &[Value], examples: &Examples) -> Value {
    let mut responses = problems(ANYWHERE, examples);
    let schema = if kind == "application/json" { json!({"type": "object"}) } else { json!({"type": "string"}) };
    let content = json!({kind: {"schema": schema}});
    responses.insert("200".to_owned(), json!({"description": summary, "content": content}));
    responses.insert("304".to_owned(), json!({"description": "The caller has it already (`If-None-Match`)."}));
    json!({"operationId": id, "tags": ["pages"], "summary": summary, "description": format!("{summary}. Needs no key."),
        "security": [], "parameters": parameters, "responses": responses})
}

/// Makes the responses of problems, those of one status together.
fn problems(codes: &[ProblemCode], examples: &Examples) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for code in codes {
        let list = by_status.entry(status_of(*code)).or_default();
        if !list.contains(code) {
            list.push(*code);
        }
    }
    let response = |(status, codes): (u16, Vec<ProblemCode>)| {
        let names: Vec<String> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
        let mut names_of_headers = vec!["X-Request-Id"];
        match status {
            401 => names_of_headers.push("WWW-Authenticate"),
            405 => names_of_headers.push("Allow"),
            429 | 503 | 504 => names_of_headers.push("Retry-After"),
            _ => {}
        }
        let examples: Map<String, Value> =
            codes.iter().map(|code| (code.as_str().to_owned(), json!({"value": examples.problem(*code)}))).collect();
        let content = json!({"application/problem+json": {"schema": reference("Problem"), "examples": examples}});
        let description = format!("A problem: {}.", names.join(", "));
        let headers = header_refs(&names_of_headers);
        (status.to_string(), json!({"description": description, "headers": headers, "content": content}))
    };
    by_status.into_iter().map(response).collect()
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn header_refs(names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")}))).collect()
}

fn header_parameter(name: &str, description: &str, example: &str) -> Value {
    json!({"name": name, "in": "header", "description": description, "schema": {"type": "string"}, "example": example})
}

fn language() -> Value {
    let tags: Vec<&str> = Language::all().map(Language::tag).collect();
    let description = format!("The language: one of {}; another one falls back to English.", tags.join(", "));
    json!({"name": "lang", "in": "query", "description": description, "schema": {"type": "string"}, "example": "de"})
}

fn problem_code() -> Value {
    json!({"name": "code", "in": "path", "required": true, "description": "The code of the problem.",
        "schema": reference("ProblemCode"), "example": "rate_limited"})
}

fn version() -> Value {
    json!({"name": "version", "in": "path", "required": true, "description": "The version of the service.",
        "schema": {"type": "string"}, "example": env!("CARGO_PKG_VERSION")})
}

/// Bodies as the service makes them, so that no example can be wrong.
struct Examples {
    presenter: Presenter,
    verified: Value,
    refused: Value,
}

impl Examples {
    fn new() -> Self {
        let config = load(&Source::default()).ok();
        let (guidance, regions) = match &config {
            Some(config) => (config.guidance.clone(), &config.regions),
            // The embedded defaults are always good; a test loads them.
            None => return Self::empty(),
        };
        let presenter = Presenter::new(Arc::new(Advisor::new(guidance, regions)));
        let raw = RawSubmission {
            account_id: Input::Value("W9R-486-4W5Z".to_owned()),
            passcode: Input::Value("example".into()),
            region: Input::Value("in1".to_owned()),
            ..RawSubmission::default()
        };
        let Ok(submission) = Submission::parse(raw, regions) else { return Self::empty() };
        let RegionChoice::One(region) = &submission.region else { return Self::empty() };
        let example = |verdict| body_of(&presenter, &submission, &answer(verdict, region));
        let (verified, refused) = (example(Verdict::Verified), example(Verdict::REFUSED));
        Self { presenter, verified, refused }
    }

    fn empty() -> Self {
        unreachable!("the embedded configuration is good")
    }

    fn problem(&self, code: ProblemCode) -> Value {
        let retry_after = Duration::from_secs(2);
        let problem = Problem { retry_after: Some(retry_after), ..Problem::new(code) };
        serde_json::to_value(self.presenter.problem(&about(), &problem)).unwrap_or_default()
    }
}

fn about() -> About<'static> {
    let time = UNIX_EPOCH + Duration::from_secs(1_795_485_600);
    About { language: Language::ENGLISH, partner: "adjust", request_id: "r-1", time }
}

fn answer(verdict: Verdict, region: &Arc<Region>) -> Answer {
    Answer {
        outcome: verdict.into(),
        source: Some(crate::model::Source::Upstream),
        ..Answer::of_fault(crate::model::Fault::new(FaultKind::Internal), Some(region), about().time)
    }
}

fn body_of(presenter: &Presenter, submission: &Submission, answer: &Answer) -> Value {
    serde_json::to_value(presenter.answer(&about(), submission, answer)).unwrap_or_default()
}
