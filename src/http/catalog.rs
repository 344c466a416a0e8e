//! What is public and changes with the configuration alone: regions, guidance, and a page for each problem.
//!
//! Rendered once for each language, at the start; a request costs a look-up and an ETag.

use std::{borrow::Cow, fmt::Write as _, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Parts, Response, context::RequestContext, problem::refuse, problem_page};
use crate::{
    guidance::{AdviceCode, Advisor, Language, Owner},
    model::{ProblemCode, Reason, Regions},
    present::{Problem, render},
};

/// The rendered documents.
pub(super) struct CatalogPages {
    regions: Document,
    guidance: Vec<(Language, Document)>,
    content_security_policy: HeaderValue,
}

struct Document {
    body: Bytes,
    etag: HeaderValue,
}

#[derive(Serialize)]
struct RegionsBody<'a> {
    regions: Vec<RegionEntry<'a>>,
}

#[derive(Serialize)]
struct RegionEntry<'a> {
    id: &'a str,
    name: &'a str,
    api_host: &'a str,
    dashboard_url: &'a str,
    aliases: &'a [String],
}

#[derive(Serialize)]
struct GuidanceBody {
    lang: &'static str,
    guidance: Vec<GuidanceEntry>,
}

#[derive(Serialize)]
struct GuidanceEntry {
    code: AdviceCode,
    reason: Option<Reason>,
    owner: Owner,
    title: String,
    message: String,
    action: String,
    fields: Vec<&'static str>,
    retryable: bool,
    docs_url: Cow<'static, str>,
}

impl CatalogPages {
    pub(super) fn new(advisor: &Advisor, regions: &Regions) -> Self {
        let regions = regions.iter().map(|region| RegionEntry {
            id: &region.id,
            name: &region.name,
            api_host: &region.api_host,
            dashboard_url: &region.dashboard_url,
            aliases: &region.aliases,
        });
        let guidance = Language::all().map(|language| {
            let entries = advisor.entries(language).map(|advice| GuidanceEntry {
                code: advice.code,
                reason: advice.reason,
                owner: advice.owner,
                title: advice.title,
                message: advice.message,
                action: advice.action,
                fields: advice.fields,
                retryable: advice.retryable,
                docs_url: advice.docs_url,
            });
            (language, Document::new(&GuidanceBody { lang: language.tag(), guidance: entries.collect() }))
        });
        let style = STANDARD.encode(Sha256::digest(problem_page::STYLE));
        let policy = format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'");
        Self {
            regions: Document::new(&RegionsBody { regions: regions.collect() }),
            guidance: guidance.collect(),
            content_security_policy: HeaderValue::try_from(policy)
                .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'")),
        }
    }
}

impl Document {
    fn new(body: &impl Serialize) -> Self {
        let body = render(body);
        let digest = Sha256::digest(&body);
        let mut etag = String::from("\"");
        for byte in &digest[..12] {
            let _ = write!(etag, "{byte:02x}");
        }
        etag.push('"');
        Self { body, etag: HeaderValue::try_from(etag).unwrap_or_else(|_| HeaderValue::from_static("\"\"")) }
    }

    fn respond(&self, context: &RequestContext) -> Response {
        let is_known = context.headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
            let etag = self.etag.as_bytes();
            value
                .as_bytes()
                .split(|byte| *byte == b',')
                .map(<[u8]>::trim_ascii)
                .any(|candidate| candidate == b"*" || candidate.strip_prefix(b"W/").unwrap_or(candidate) == etag)
        });
        let mut response = if is_known {
            let mut response = Response::new(Bytes::new().into());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            Response::new(self.body.clone().into())
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }
}

/// `GET /v1/regions`
#[allow(clippy::unused_async, reason = "every handler is an async function")]
pub(super) async fn regions(pages: Arc<CatalogPages>, context: Arc<RequestContext>) -> Response {
    pages.regions.respond(&context)
}

/// `GET /v1/guidance`
#[allow(clippy::unused_async, reason = "every handler is an async function")]
pub(super) async fn guidance(pages: Arc<CatalogPages>, context: Arc<RequestContext>) -> Response {
    let (language, document) =
        pages.guidance.iter().find(|(language, _)| *language == context.language).unwrap_or(&pages.guidance[0]);
    let mut response = document.respond(&context);
    in_language(&mut response, *language);
    response
}

/// `GET /problems/{code}`
#[allow(clippy::unused_async, reason = "every handler is an async function")]
pub(super) async fn problem(
    code: String,
    parts: Arc<Parts>,
    pages: Arc<CatalogPages>,
    context: Arc<RequestContext>,
) -> Response {
    let Some(code) = ProblemCode::parse(&code) else {
        return refuse(&parts, &context, &Problem::new(ProblemCode::NotFound));
    };
    let html = problem_page::render(parts.presenter.advisor(), context.language, code);
    let mut response = Response::new(Bytes::from(html).into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::CONTENT_SECURITY_POLICY, pages.content_security_policy.clone());
    in_language(&mut response, context.language);
    response
}

fn in_language(response: &mut Response, language: Language) {
    response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
}
