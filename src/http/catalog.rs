//! What is public and changes with the configuration alone: regions, guidance, and a page for each problem.
//!
//! Rendered once for each language, at the start; a request costs a look-up and an ETag.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{Response, Site, context::RequestContext, problem::refuse};
use crate::{
    guidance::{AdviceCode, Advisor, Circumstances, Language, Owner, Subject},
    model::{ProblemCode, Reason, Regions},
    present::{Problem, render, status_of},
};

const STYLE: &str = "body{font:1.05rem/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}\
h1{line-height:1.2}dt{font-weight:600;margin-top:1rem}dd{margin:0}code{font-family:ui-monospace,monospace}";

/// The rendered documents.
pub(super) struct CatalogPages {
    regions: Document,
    guidance: Vec<(Language, Document)>,
    content_security_policy: HeaderValue,
}

pub(super) struct Document {
    body: Bytes,
    etag: HeaderValue,
}

/// The configured regions.
#[derive(Serialize, ToSchema)]
#[schema(as = Regions)]
pub(super) struct RegionsBody<'a> {
    regions: Vec<RegionEntry<'a>>,
}

/// A region, with the other names by which a customer may call it.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedRegion)]
struct RegionEntry<'a> {
    id: &'a str,
    name: &'a str,
    api_host: &'a str,
    dashboard_url: &'a str,
    aliases: &'a [String],
}

/// Every guidance in one language.
#[derive(Serialize, ToSchema)]
#[schema(as = GuidanceCatalogue)]
pub(super) struct GuidanceBody {
    lang: &'static str,
    guidance: Vec<GuidanceEntry>,
}

/// The guidance of a code, and of a reason that refines it.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedGuidance)]
struct GuidanceEntry {
    code: AdviceCode,
    #[schema(required)]
    reason: Option<Reason>,
    owner: Owner,
    title: String,
    message: String,
    action: String,
    fields: Vec<&'static str>,
    retryable: bool,
    docs_url: std::borrow::Cow<'static, str>,
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
        let style = STANDARD.encode(Sha256::digest(STYLE));
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
    pub(super) fn new(body: &impl Serialize) -> Self {
        let body = render(body);
        Self { etag: etag_of(&body), body }
    }

    pub(super) fn respond(&self, context: &RequestContext) -> Response {
        let mut response = context.unless_known(&self.etag, self.body.clone());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }
}

/// `GET /v1/regions`
pub(super) fn regions(pages: &CatalogPages, context: &RequestContext) -> Response {
    pages.regions.respond(context)
}

/// `GET /v1/guidance`
pub(super) fn guidance(pages: &CatalogPages, context: &RequestContext) -> Response {
    let (language, document) =
        pages.guidance.iter().find(|(language, _)| *language == context.language).unwrap_or(&pages.guidance[0]);
    let mut response = document.respond(context);
    in_language(&mut response, *language);
    response
}

/// `GET /problems/{code}`
pub(super) fn problem(site: &Site, context: &RequestContext) -> Response {
    let code = context.path.split('/').nth(2).unwrap_or("");
    let Some(code) = ProblemCode::parse(code) else {
        return refuse(&site.parts, context, &Problem::new(ProblemCode::NotFound));
    };
    let html = page(site.parts.presenter.advisor(), context.language, code);
    let mut response = Response::new(Bytes::from(html).into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::CONTENT_SECURITY_POLICY, site.catalog.content_security_policy.clone());
    in_language(&mut response, context.language);
    response
}

/// Makes the entity tag of a content.
pub(super) fn etag_of(content: &[u8]) -> HeaderValue {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(content)[..12]));
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

fn in_language(response: &mut Response, language: Language) {
    response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
}

/// Renders the page of a problem. Nothing that a caller sent is in it.
fn page(advisor: &Advisor, language: Language, code: ProblemCode) -> String {
    let subject = Subject::Problem { code, retry_after: None, errors: &[] };
    let advice = advisor.advise(language, &subject, &Circumstances::default());
    let text = |key: &str| escape(&advisor.text(language, key));
    let owner = serde_json::to_value(advice.owner).ok().and_then(|value| value.as_str().map(str::to_owned));
    let owner = text(&format!("owner-{}", owner.unwrap_or_default()));
    let retryable = text(if advice.retryable { "page-yes" } else { "page-no" });
    let row = |label: &str, value: &str| format!("<dt>{}</dt><dd>{value}</dd>", text(label));
    let rows = [
        row("page-code", &format!("<code>{}</code>", code.as_str())),
        row("page-status", &status_of(code).to_string()),
        row("page-message", &escape(&advisor.problem_detail(language, code))),
        row("page-owner", &owner),
        row("page-action", &escape(&advice.action)),
        row("page-retryable", &retryable),
    ];
    let title = escape(&advisor.problem_title(language, code));
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1><dl>{}</dl></main></body></html>\n",
        language.tag(),
        language.direction(),
        rows.concat(),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
