//! The OpenAPI 3.1 document: schemas from the wire types, paths from the route table, examples from the presenter.

mod examples;
mod requests;
mod responses;

use serde_json::{Map, Value, json};
use utoipa::{ToSchema, openapi::RefOr};

use self::{
    examples::Examples,
    requests::complete,
    responses::{header_refs, headers, problems, reference},
};
use super::{
    Response, Site,
    catalog::{Document, GuidanceBody, RegionsBody},
    context::RequestContext,
    router::ROUTES,
    sessions::{SessionBody, SessionRequest},
    submission::VerifyRequest,
};
use crate::{
    config::{Source, load},
    guidance::Language,
    model::{FaultKind, ProblemCode, Regions},
    present::{ProblemBody, VerdictBody},
};

/// Problems that any route may return.
const ANYWHERE: &[ProblemCode] = &[
    ProblemCode::BadRequest,
    ProblemCode::NotFound,
    ProblemCode::MethodNotAllowed,
    ProblemCode::UriTooLong,
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

const BATCH: &str = "/v1/verify/batch";

/// `GET /openapi.json`
pub(super) fn respond(site: &Site, context: &RequestContext) -> Response {
    site.catalog.openapi.get_or_init(|| Document::new(&json(&site.parts.regions))).respond(context)
}

/// Creates the OpenAPI 3.1 document of a service with these regions.
fn json(regions: &Regions) -> Value {
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
            "description": "Every verdict is a 200: the HTTP status says whether the service could answer, \
                the body holds the answer. Everything else is a problem (RFC 9457). Both carry `guidance`: who must do \
                what, in the customer's language, at the right field.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "The operator of this service", "url": "https://developer.clevertap.com/docs/authentication"},
        },
        "servers": [{"url": "/", "description": "This service"}],
        "tags": [
            {"name": "verification", "description": "Verify credentials."},
            {"name": "catalogues", "description": "The data that a form needs. Public, with an ETag."},
            {"name": "pages", "description": "Pages for people, in a browser."},
        ],
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {
            "schemas": schemas(regions),
            "headers": headers(),
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`cvk_…`), for a backend. It must never reach a browser. A service with \
                        `auth.mode` \"none\", such as the sandbox, accepts requests without one.",
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

/// Returns the document as formatted text, with the built-in regions.
pub fn text() -> String {
    let built_in = load(&Source::default()).map(|config| config.regions);
    built_in.ok().and_then(|regions| serde_json::to_string_pretty(&json(&regions)).ok()).unwrap_or_default()
}

fn schemas(regions: &Regions) -> Map<String, Value> {
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
    let value = |(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default());
    let mut schemas = list.into_iter().map(value).collect();
    complete(&mut schemas, regions);
    if ROUTES.iter().all(|route| route.template != BATCH) {
        schemas.retain(|name, _| !name.starts_with("Batch"));
    }
    schemas
}

/// Describes a route; returns `None` for the files of a page, which are not part of the API.
fn path_item(template: &str, examples: &Examples) -> Option<Value> {
    match template {
        "/v1/verify" => Some(verify(examples)),
        BATCH => Some(batch(examples)),
        "/v1/sessions" => Some(sessions(examples)),
        "/v1/regions" => Some(json!({"get": catalogue(
            ("listRegions", "The regions, for a form's drop-down"), "Regions", &[], examples)})),
        "/v1/guidance" => Some(json!({"get": catalogue(
            ("listGuidance", "Every guidance, by code and reason"), "GuidanceCatalogue", &[language()], examples)})),
        "/problems/{code}" => Some(json!({"get": page(
            ("describeProblem", "The page of a problem"), "text/html", &[problem_code(), language()], examples)})),
        "/openapi.json" => Some(json!({"get": page(
            ("getOpenApi", "This document"), "application/json", &[], examples)})),
        "/docs" => {
            Some(json!({"get": page(("getReference", "This document, for people"), "text/html", &[], examples)}))
        }
        "/widget/connect-form.js" => Some(json!({"get": page(
            ("getForm", "The form, as a web component"), "text/javascript", &[], examples)})),
        "/widget/{version}/connect-form.js" => Some(json!({"get": page(
            ("getFormOfVersion", "The form of a version, which never changes"), "text/javascript", &[version()], examples)})),
        "/" => {
            Some(json!({"get": page(("getPage", "The onboarding page, if it is enabled"), "text/html", &[], examples)}))
        }
        _ => None,
    }
}

fn verify(examples: &Examples) -> Value {
    let verdicts = examples.verdicts.iter().map(|(status, body)| ((*status).to_owned(), json!({"value": body})));
    let verdicts: Map<String, Value> = verdicts.collect();
    let answer = json!({
        "description": "A verdict of any status.",
        "headers": header_refs(&["X-Request-Id", "RateLimit-Policy", "RateLimit", "Cache-Status", "Cache-Control",
            "Content-Language", "Vary", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"]),
        "content": {"application/json": {"schema": reference("Verdict"), "examples": verdicts}},
    });
    let mut responses = problems(&[WITH_KEY_AND_BODY, OF_VERIFICATION, ANYWHERE].concat(), true, examples);
    responses.insert("200".to_owned(), answer);
    json!({"post": {
        "operationId": "verify",
        "tags": ["verification"],
        "summary": "Verify one credential",
        "description": "Verifies with CleverTap that the account id and the passcode match in the region, for the \
            partner of the key. The schema describes valid values: white space, quotes, invisible characters and other \
            accidents of copy and paste around a value are repaired and listed in `warnings`, so do not validate pasted \
            values against the schema first.",
        "security": [{"apiKey": []}, {"sessionToken": []}, {}],
        "parameters": [
            header_parameter("Accept-Language", "The language of the texts; `lang` in the body takes precedence.", "de"),
            header_parameter("Cache-Control", "`no-cache` requests a fresh answer, `max-age=N` one of at most this age.", "no-cache"),
            request_id(),
        ],
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": reference("VerifyRequest"),
            "examples": {
                "verified": {"summary": "A magic account of the sandbox", "value":
                    {"account_id": "TEST-200-OKA-0000", "passcode": "GOOD-PASSCODE", "region": "in1"}},
                "address": {"summary": "A pasted dashboard address", "value":
                    {"passcode": "GOOD-PASSCODE", "region": "https://us1.dashboard.clevertap.com/W9R-486-4W5Z/main"}},
                "auto": {"summary": "Every region, in Indonesian", "value":
                    {"account_id": "TEST-EU1-OKA-0000", "passcode": "GOOD-PASSCODE", "region": "auto", "lang": "id"}},
            },
        }}},
        "responses": responses,
    }})
}

fn batch(examples: &Examples) -> Value {
    let item = json!({"id": "1", "account_id": "TEST-200-OKA-0000", "passcode": "GOOD-PASSCODE", "region": "in1"});
    let line = examples.verdicts.first().map(|(_, body)| json!({"id": "1", "result": body}));
    let mut responses = problems(&[WITH_KEY_AND_BODY, ANYWHERE].concat(), true, examples);
    // Problems of an item are reported in its line of the response.
    responses.remove("422");
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "One line per item, as the items complete.",
            "headers": header_refs(&["X-Request-Id", "RateLimit-Policy", "RateLimit", "Cache-Control", "Vary"]),
            "content": {"application/x-ndjson": {"schema": reference("BatchLine"), "example": line}},
        }),
    );
    json!({"post": {
        "operationId": "verifyBatch",
        "tags": ["verification"],
        "summary": "Verify many credentials",
        "description": "Takes at most 100 items in a JSON object, or any number of NDJSON lines, read as a stream. Each item \
            is answered in its own line, independently of the others. A batch counts as one request of the client's rate.",
        "security": [{"apiKey": []}, {}],
        "parameters": [
            header_parameter("Accept-Language", "The language of the texts; `lang` in an item takes precedence.", "de"),
            request_id(),
        ],
        "requestBody": {"required": true, "content": {
            "application/json": {"schema": reference("BatchRequest"), "example": {"items": [item]}},
            // The body consists of many JSON values, which a schema of one value cannot describe.
            "application/x-ndjson": {"schema": {"type": "string", "description": "Lines of JSON, each a `BatchItem`."}},
        }},
        "responses": responses,
    }})
}

fn sessions(examples: &Examples) -> Value {
    let mut responses = problems(&[WITH_KEY_AND_BODY, ANYWHERE].concat(), true, examples);
    responses.insert(
        "201".to_owned(),
        json!({
            "description": "A session.",
            "headers": header_refs(&["X-Request-Id", "RateLimit-Policy", "RateLimit", "Cache-Control"]),
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
        "description": "Called by the partner's backend. The token is bound to the origin and the client, and valid only \
            for `POST /v1/verify` and the catalogues.",
        "security": [{"apiKey": []}, {}],
        "parameters": [request_id()],
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": reference("SessionRequest"),
            "example": {"origin": "https://dash.example.com", "ttl_seconds": 900, "max_attempts": 10},
        }}},
        "responses": responses,
    }})
}

fn catalogue(texts: (&str, &str), schema: &str, parameters: &[Value], examples: &Examples) -> Value {
    let content = json!({"application/json": {"schema": reference(schema)}});
    let names = ["X-Request-Id", "ETag", "Cache-Control", "Content-Language", "Vary", "Access-Control-Allow-Origin"];
    public("catalogues", texts, (content, &names), parameters, examples)
}

fn page(texts: (&str, &str), kind: &str, parameters: &[Value], examples: &Examples) -> Value {
    let schema = if kind == "application/json" { json!({"type": "object"}) } else { json!({"type": "string"}) };
    let names = ["X-Request-Id", "ETag", "Cache-Control", "Content-Language", "Content-Security-Policy", "Vary"];
    public("pages", texts, (json!({kind: {"schema": schema}}), &names), parameters, examples)
}

fn public(
    tag: &str,
    (id, summary): (&str, &str),
    (content, headers): (Value, &[&str]),
    parameters: &[Value],
    examples: &Examples,
) -> Value {
    let mut responses = problems(ANYWHERE, false, examples);
    let known = header_refs(&["X-Request-Id", "ETag", "Cache-Control"]);
    responses
        .insert("200".to_owned(), json!({"description": summary, "headers": header_refs(headers), "content": content}));
    responses.insert(
        "304".to_owned(),
        json!({"description": "The caller already has it (`If-None-Match`).", "headers": known}),
    );
    let parameters = [parameters, &[if_none_match()]].concat();
    json!({"operationId": id, "tags": [tag], "summary": summary, "description": format!("{summary}. Needs no key."),
        "security": [], "parameters": parameters, "responses": responses})
}

fn header_parameter(name: &str, description: &str, example: &str) -> Value {
    json!({"name": name, "in": "header", "description": description, "schema": {"type": "string"}, "example": example})
}

fn request_id() -> Value {
    let text = "An id chosen by the caller: 1 to 128 characters of `A-Z a-z 0-9 - _ . :`; an invalid one is replaced.";
    header_parameter("X-Request-Id", text, "r-1")
}

fn if_none_match() -> Value {
    header_parameter("If-None-Match", "The ETag of the copy that the caller has.", "\"Zm9vYmFyYmF6cXV4\"")
}

fn language() -> Value {
    let tags: Vec<&str> = Language::all().map(Language::tag).collect();
    let description = format!("The language: one of {}; any other falls back to English.", tags.join(", "));
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
