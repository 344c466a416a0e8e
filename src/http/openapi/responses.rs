//! The parts that responses share: headers and problems.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::examples::Examples;
use crate::{model::ProblemCode, present::status_of};

/// Describes every header that the service sends to callers.
pub(super) fn headers() -> Value {
    let header = |description: &str, example: Value| {
        let kind = if example.is_number() { "integer" } else { "string" };
        json!({"description": description, "schema": {"type": kind}, "example": example})
    };
    json!({
        "X-Request-Id": header("The id of the request: the caller's if it is valid, otherwise generated.", json!("r-1")),
        "Retry-After": header("When to retry, in seconds: at most 600.", json!(2)),
        "RateLimit-Policy": header("The client's rate: `q` the burst, `w` the seconds that refill it.", json!("\"client\";q=100;w=2")),
        "RateLimit": header("The remaining rate: `r` requests now, `t` seconds until the full burst is available.", json!("\"client\";r=57;t=1")),
        "Cache-Status": header("How the cache handled the request (RFC 9211).", json!("connect-verifier; hit; ttl=412")),
        "Cache-Control": header("Whether the content may be cached: `no-store` for verdicts, problems and sessions.", json!("no-store")),
        "WWW-Authenticate": header("How to authenticate.", json!("Bearer")),
        "Allow": header("The methods of the route.", json!("POST")),
        "Content-Language": header("The language of the texts.", json!("en")),
        "Content-Security-Policy": header("What the page may load: nothing from another host.", json!("default-src 'none'")),
        "Vary": header("The request headers that the content depends on.", json!("accept-language")),
        "ETag": header("The entity tag of the content.", json!("\"Zm9vYmFyYmF6cXV4\"")),
        "Access-Control-Allow-Origin": header("The origin whose pages may read the answer: one of the client's \
            `allowed_origins`, or `*` for public content.", json!("https://dash.example.com")),
        "Access-Control-Expose-Headers": header("The headers that such a page may read.", json!("retry-after, ratelimit")),
    })
}

/// Creates the responses of problems, grouped by status.
pub(super) fn problems(codes: &[ProblemCode], has_rate: bool, examples: &Examples) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for code in codes {
        let list = by_status.entry(status_of(*code)).or_default();
        if !list.contains(code) {
            list.push(*code);
        }
    }
    by_status
        .into_iter()
        .map(|(status, codes)| (status.to_string(), problem(status, &codes, has_rate, examples)))
        .collect()
}

fn problem(status: u16, codes: &[ProblemCode], has_rate: bool, examples: &Examples) -> Value {
    let names: Vec<String> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
    let mut headers = vec!["X-Request-Id", "Cache-Control", "Content-Language", "Vary"];
    match status {
        401 => headers.push("WWW-Authenticate"),
        405 => headers.push("Allow"),
        429 | 503 | 504 => headers.push("Retry-After"),
        _ => {}
    }
    if has_rate && !matches!(status, 401 | 404 | 405 | 414 | 431) {
        headers.extend(["RateLimit-Policy", "RateLimit"]);
    }
    // Where the HTTP parser rejects a request, nothing about it is known.
    let note =
        if matches!(status, 400 | 414 | 431) { " Without a body if the HTTP parser rejects the request." } else { "" };
    let examples: Map<String, Value> =
        codes.iter().map(|code| (code.as_str().to_owned(), json!({"value": examples.problem(*code)}))).collect();
    json!({
        "description": format!("A problem: {}.{note}", names.join(", ")),
        "headers": header_refs(&headers),
        "content": {"application/problem+json": {"schema": reference("Problem"), "examples": examples}},
    })
}

/// Returns a reference to a schema.
pub(super) fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

/// Returns references to headers by name.
pub(super) fn header_refs(names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")}))).collect()
}
