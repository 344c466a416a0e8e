//! The form, the onboarding page and the API reference, compiled in from `web/`.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::{Response, Site, catalog::etag_of, context::RequestContext, problem};
use crate::{model::ProblemCode, present::Problem};

/// Allows only the service's own files, and no inline code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";
const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// A file of `web/`, also as the build script has compressed it.
struct Asset {
    kind: &'static str,
    content: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
    /// Computed on first use.
    etag: OnceLock<HeaderValue>,
}

macro_rules! asset {
    ($path:literal, $kind:expr) => {
        Asset {
            kind: $kind,
            content: include_bytes!(concat!("../../web/", $path)),
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/web/", $path, ".gz")),
            brotli: include_bytes!(concat!(env!("OUT_DIR"), "/web/", $path, ".br")),
            etag: OnceLock::new(),
        }
    };
}

static WIDGET: Asset = asset!("connect-form.js", SCRIPT);
static PAGE: Asset = asset!("pages/index.html", HTML);
static DOCS: Asset = asset!("pages/docs.html", HTML);
static FILES: [(&str, Asset); 10] = [
    ("base.css", asset!("pages/base.css", STYLE)),
    ("page.css", asset!("pages/page.css", STYLE)),
    ("docs.css", asset!("pages/docs.css", STYLE)),
    ("code.js", asset!("pages/code.js", SCRIPT)),
    ("page.js", asset!("pages/page.js", SCRIPT)),
    ("page-strings.js", asset!("pages/page-strings.js", SCRIPT)),
    ("docs.js", asset!("pages/docs.js", SCRIPT)),
    ("schema.js", asset!("pages/schema.js", SCRIPT)),
    ("prose.js", asset!("pages/prose.js", SCRIPT)),
    ("icon.svg", asset!("pages/icon.svg", "image/svg+xml")),
];

/// `GET /`: the onboarding page, in the sandbox or where it is enabled.
pub(super) fn page(site: &Site, context: &RequestContext) -> Response {
    if site.parts.has_page { PAGE.respond(context) } else { not_found(site, context) }
}

/// `GET /docs` and its files.
pub(super) fn docs(site: &Site, context: &RequestContext) -> Response {
    let name = context.path().split('/').nth(2).unwrap_or("");
    if context.path().ends_with('/') {
        // The page's relative URLs assume a path without a trailing slash.
        let mut response = Response::new(Bytes::new().into());
        *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("../docs"));
        return response;
    }
    if name.is_empty() {
        return DOCS.respond(context);
    }
    match FILES.iter().find(|(known, _)| *known == name) {
        Some((_, asset)) => asset.respond(context),
        None => not_found(site, context),
    }
}

/// `GET /widget/connect-form.js`; under a versioned path it never changes and may be cached forever.
pub(super) fn widget(site: &Site, context: &RequestContext, version: Option<&str>) -> Response {
    if version.is_some_and(|version| version != env!("CARGO_PKG_VERSION")) {
        return not_found(site, context);
    }
    let mut response = WIDGET.respond(context);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    if version.is_some() {
        let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
        headers.insert(header::CACHE_CONTROL, for_ever);
    }
    response
}

fn not_found(site: &Site, context: &RequestContext) -> Response {
    problem::refuse(&site.parts, context, &Problem::new(ProblemCode::NotFound))
}

impl Asset {
    fn respond(&'static self, context: &RequestContext) -> Response {
        let etag = self.etag.get_or_init(|| etag_of(self.content));
        let coding = coding_of(context);
        let body = match coding {
            Some("br") => self.brotli,
            Some(_) => self.gzip,
            None => self.content,
        };
        let mut response = context.unless_known(etag, Bytes::from_static(body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(coding) = coding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }
}

/// Chooses the best content coding that the client accepts (RFC 9110, section 12.5.3).
fn coding_of(context: &RequestContext) -> Option<&'static str> {
    let accepted = context.header(&header::ACCEPT_ENCODING)?;
    let accepts = |coding: &str| {
        accepted.split(',').any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight.trim().trim_start_matches("q=").trim();
            name.trim().eq_ignore_ascii_case(coding) && weight.parse::<f32>().unwrap_or(1.0) > 0.0
        })
    };
    ["br", "gzip"].into_iter().find(|coding| accepts(coding))
}
