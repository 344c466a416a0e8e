//! The routes: one table that defines every route. Warp passes each request to [`dispatch`], which looks it up.
//!
//! A route is defined once, in [`ROUTES`]: its template, its methods, the pages that may call it, and its handler.
//! Metrics, the OpenAPI document, `Allow` and preflights are derived from the table.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use http::{HeaderValue, Method, header};
use warp::{Filter, filters::BoxedFilter};

use super::{
    Response, Site, assets, batch, catalog,
    content::{BodyStream, Filtered},
    context::RequestContext,
    cors, openapi, problem, sessions, verify,
};
use crate::{model::ProblemCode, present::Problem, verify::BoxFuture};

/// The route that bypasses warp, whose filters and boxed bodies would cost a fifth of a cache hit.
pub(super) const HOT: &str = "/v1/verify";

type Handler = fn(Arc<Site>, Arc<RequestContext>, BodyStream) -> BoxFuture<'static, Response>;

/// A route of the public listener.
pub(super) struct Route {
    /// The path; a segment in braces matches any segment. It is also the route label of the metrics.
    pub(super) template: &'static str,
    /// The methods, as `Allow` lists them.
    pub(super) methods: &'static str,
    pub(super) cors: Cors,
    handler: Handler,
}

impl Route {
    fn allows(&self, method: &Method) -> bool {
        self.methods == method.as_str() || self.methods.split(", ").any(|allowed| method == allowed)
    }
}

/// The pages that may call a route from a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cors {
    /// Pages of the service itself.
    Own,
    /// Pages of the origins that a client allows.
    Allowed,
    /// Any page: the content is public.
    Public,
}

macro_rules! routes {
    ($($template:literal $methods:literal $cors:ident => |$site:pat_param, $context:pat_param, $body:pat_param| $answer:expr;)+) => {
        /// Every route of the public listener.
        pub(super) const ROUTES: &[Route] = &[$(Route {
            template: $template,
            methods: $methods,
            cors: Cors::$cors,
            handler: |$site, $context, $body| Box::pin(async move { $answer }),
        }),+];
    };
}

routes! {
    "/v1/verify" "POST" Allowed => |site, context, body| verify::verify(&site.parts, &context, body).await;
    "/v1/verify/batch" "POST" Own => |site, context, body| batch::verify_batch(site, context, body).await;
    "/v1/sessions" "POST" Own => |site, context, body| sessions::create(&site.parts, &context, body).await;
    "/v1/regions" "GET, HEAD" Public => |site, context, _| catalog::regions(&site.catalog, &context);
    "/v1/guidance" "GET, HEAD" Public => |site, context, _| catalog::guidance(&site, &context);
    "/problems/{code}" "GET, HEAD" Own => |site, context, _| catalog::problem(&site, &context);
    "/openapi.json" "GET, HEAD" Public => |site, context, _| openapi::respond(&site, &context);
    "/docs" "GET, HEAD" Own => |site, context, _| assets::docs(&site, &context);
    "/docs/{file}" "GET, HEAD" Own => |site, context, _| assets::docs(&site, &context);
    "/widget/connect-form.js" "GET, HEAD" Public => |site, context, _| assets::widget(&site, &context, None);
    "/widget/{version}/connect-form.js" "GET, HEAD" Public => |site, context, _| {
        assets::widget(&site, &context, context.path().split('/').nth(2))
    };
    "/" "GET, HEAD" Own => |site, context, _| assets::page(&site, &context);
}

/// Creates the filter that handles every request except those to [`HOT`].
pub(super) fn routes(site: &Arc<Site>) -> BoxedFilter<(Filtered,)> {
    let site = site.clone();
    warp::any()
        .map(move || site.clone())
        .and(warp::ext::get::<Arc<RequestContext>>())
        .and(warp::body::stream())
        .then(async |site, context: Arc<RequestContext>, body| {
            let body = BodyStream::Filtered(Box::pin(StreamExt::map(body, to_bytes)));
            let route = route_of(context.path());
            Filtered(dispatch(site, context, route, body).await)
        })
        .boxed()
}

fn to_bytes<B: Buf>(chunk: Result<B, warp::Error>) -> Result<Bytes, warp::Error> {
    chunk.map(|mut chunk| chunk.copy_to_bytes(chunk.remaining()))
}

/// Handles a request by its route.
pub(super) async fn dispatch(
    site: Arc<Site>,
    context: Arc<RequestContext>,
    route: Option<&'static Route>,
    body: BodyStream,
) -> Response {
    let Some(route) = route else {
        return problem::refuse(&site.parts, &context, &Problem::new(ProblemCode::NotFound));
    };
    if route.allows(&context.head.method) {
        return (route.handler)(site, context, body).await;
    }
    if let Some(preflight) = cors::preflight(route, &site.parts, &context) {
        return preflight;
    }
    let mut response = problem::refuse(&site.parts, &context, &Problem::new(ProblemCode::MethodNotAllowed));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(route.methods));
    // CONNECT asks for a tunnel; the server must not read what follows as a request.
    if context.head.method == Method::CONNECT { problem::closing(response) } else { response }
}

/// Finds the route of a path.
pub(super) fn route_of(path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| matches(route.template, path))
}

fn matches(template: &str, path: &str) -> bool {
    if template == path {
        return true;
    }
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let (mut expected, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) if part == segment || (part.starts_with('{') && !segment.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_templates() {
        for (template, path, expected) in [
            ("/v1/verify", "/v1/verify", true),
            ("/v1/verify", "/v1/verify/", true),
            ("/v1/verify", "/v1/verify/x", false),
            ("/v1/verify", "/v1", false),
            ("/v1/verify", "/V1/verify", false),
            ("/problems/{code}", "/problems/internal", true),
            ("/problems/{code}", "/problems/", false),
            ("/problems/{code}", "/problems", false),
            ("/widget/{version}/connect-form.js", "/widget/0.1.0/connect-form.js", true),
            ("/", "/", true),
            ("/v1/verify", "", false),
            ("/v1/verify", "*", false),
            ("/v1/verify", "/", false),
        ] {
            assert_eq!(matches(template, path), expected, "{template} {path}");
        }
    }

    #[test]
    fn each_path_has_one_route() {
        for route in ROUTES {
            let path = route.template.replace("{version}", "x").replace("{code}", "x").replace("{file}", "x");
            assert_eq!(route_of(&path).unwrap().template, route.template);
        }
    }
}
