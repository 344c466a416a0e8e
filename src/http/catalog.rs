//! The public documents that depend only on the configuration: regions, guidance, and a page for each problem.
//!
//! They are rendered once per language on first use; after that, a request costs a look-up and an ETag comparison.

use std::{borrow::Cow, sync::OnceLock};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{Response, Site, context::RequestContext, problem::refuse, problem_page};
use crate::{
    guidance::{AdviceCode, Advisor, Language, Owner},
    model::{ProblemCode, Reason, Regions},
    present::{Problem, render},
};

/// The rendered documents.
pub(super) struct CatalogPages {
    regions: Document,
    /// Indexed by language.
    guidance: Vec<OnceLock<Document>>,
    content_security_policy: HeaderValue,
    /// Created on first use.
    pub(super) openapi: OnceLock<Document>,
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

/// The guidance of a code, or of a code with a reason.
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
    docs_url: Cow<'static, str>,
}

impl CatalogPages {
    pub(super) fn new(regions: &Regions) -> Self {
        let regions = regions.iter().map(|region| RegionEntry {
            id: &region.id,
            name: &region.name,
            api_host: &region.api_host,
            dashboard_url: &region.dashboard_url,
            aliases: &region.aliases,
        });
        let style = STANDARD.encode(Sha256::digest(problem_page::STYLE));
        let policy = format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'");
        Self {
            regions: Document::new(&RegionsBody { regions: regions.collect() }),
            guidance: Language::all().map(|_| OnceLock::new()).collect(),
            openapi: OnceLock::new(),
            content_security_policy: HeaderValue::try_from(policy)
                .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'")),
        }
    }
}

impl GuidanceBody {
    fn new(advisor: &Advisor, language: Language) -> Self {
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
        Self { lang: language.tag(), guidance: entries.collect() }
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
pub(super) fn guidance(site: &Site, context: &RequestContext) -> Response {
    let language = context.language;
    let advisor = site.parts.presenter.advisor();
    let document =
        site.catalog.guidance[language.index()].get_or_init(|| Document::new(&GuidanceBody::new(advisor, language)));
    let mut response = document.respond(context);
    in_language(&mut response, language);
    response
}

/// `GET /problems/{code}`
pub(super) fn problem(site: &Site, context: &RequestContext) -> Response {
    let code = context.path().split('/').nth(2).unwrap_or("");
    let Some(code) = ProblemCode::parse(code) else {
        return refuse(&site.parts, context, &Problem::new(ProblemCode::NotFound));
    };
    let html = problem_page::render(site.parts.presenter.advisor(), context.language, code);
    let mut response = Response::new(Bytes::from(html).into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::CONTENT_SECURITY_POLICY, site.catalog.content_security_policy.clone());
    in_language(&mut response, context.language);
    response
}

/// Returns the entity tag of a document.
pub(super) fn etag_of(content: &[u8]) -> HeaderValue {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(content)[..12]));
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

fn in_language(response: &mut Response, language: Language) {
    response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
}
