//! The routes: the only place with filters, which match path and method and nothing else.
//!
//! A rejection means "try the next route" and never "refuse", so a handler answers whatever is wrong by itself, and the
//! last route takes all that no other did: it knows from [`ROUTES`] whether the path or the method was wrong.

use std::{future::Future, sync::Arc};

use http::{HeaderValue, Method, header};
use warp::{Filter, filters::BoxedFilter};

use super::{Parts, Response, catalog, catalog::CatalogPages, context::RequestContext, problem, verify};
use crate::{model::ProblemCode, present::Problem};

/// The template of the route that answered, for the metrics.
#[derive(Debug, Clone, Copy)]
pub(super) struct RouteLabel(pub(super) &'static str);

/// Template and methods of every route. A part in braces stands for any one segment.
pub(super) const ROUTES: &[(&str, &str)] = &[
    ("/v1/verify", "POST"),
    ("/v1/regions", "GET, HEAD"),
    ("/v1/guidance", "GET, HEAD"),
    ("/problems/{code}", "GET, HEAD"),
];

pub(super) fn routes(parts: &Arc<Parts>, pages: &Arc<CatalogPages>) -> BoxedFilter<(Response,)> {
    let parts = {
        let parts = parts.clone();
        warp::any().map(move || parts.clone())
    };
    let pages = {
        let pages = pages.clone();
        warp::any().map(move || pages.clone())
    };
    let context = warp::ext::get::<Arc<RequestContext>>();
    let get = warp::get().or(warp::head()).unify();

    let verify = warp::path!("v1" / "verify")
        .and(warp::post())
        .and(parts.clone())
        .and(context)
        .and(warp::body::stream())
        .then(|parts, context, body| labelled("/v1/verify", verify::verify(parts, context, body)));
    let regions = warp::path!("v1" / "regions")
        .and(get)
        .and(pages.clone())
        .and(context)
        .then(|pages, context| labelled("/v1/regions", catalog::regions(pages, context)));
    let guidance = warp::path!("v1" / "guidance")
        .and(get)
        .and(pages.clone())
        .and(context)
        .then(|pages, context| labelled("/v1/guidance", catalog::guidance(pages, context)));
    let problems = warp::path!("problems" / String).and(get).and(parts.clone()).and(pages).and(context).then(
        |code, parts, pages, context| labelled("/problems/{code}", catalog::problem(code, parts, pages, context)),
    );
    let rest = warp::any().and(parts).and(context).then(unmatched);

    verify.or(regions).unify().or(guidance).unify().or(problems).unify().or(rest).unify().boxed()
}

async fn labelled(route: &'static str, answer: impl Future<Output = Response>) -> Response {
    let mut response = answer.await;
    response.extensions_mut().insert(RouteLabel(route));
    response
}

/// Returns the template and the methods of the route that a path belongs to.
pub(super) fn route_of(path: &str) -> Option<(&'static str, &'static str)> {
    ROUTES.iter().copied().find(|(template, _)| matches(template, path))
}

async fn unmatched(parts: Arc<Parts>, context: Arc<RequestContext>) -> Response {
    let Some((template, methods)) = route_of(&context.path) else {
        return problem::refuse(&parts, &context, &Problem::new(ProblemCode::NotFound));
    };
    let is_allowed = methods.split(", ").any(|method| context.method == method);
    // The path and the method are fine, so it was the library that could not make sense of the target.
    let code = if is_allowed { ProblemCode::NotFound } else { ProblemCode::MethodNotAllowed };
    let mut response = problem::refuse(&parts, &context, &Problem::new(code));
    if !is_allowed {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    // A tunnel was asked for, and what follows would be read as one.
    if context.method == Method::CONNECT {
        response = problem::closing(response);
    }
    response.extensions_mut().insert(RouteLabel(template));
    response
}

fn matches(template: &str, path: &str) -> bool {
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
            ("/v1/verify", "", false),
            ("/v1/verify", "*", false),
            ("/v1/verify", "/", false),
        ] {
            assert_eq!(matches(template, path), expected, "{template} {path}");
        }
    }
}
