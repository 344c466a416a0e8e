//! CORS: which pages may call from a browser (Fetch standard, section 3.2). Allows the origins of the client's
//! configuration.

use http::{HeaderValue, Method, StatusCode, header};

use super::{
    Parts, Response,
    context::RequestContext,
    problem,
    router::{Cors, Route},
};
use crate::{model::ProblemCode, present::Problem};

/// The headers that a page may send.
const REQUEST_HEADERS: &str = "authorization, content-type, accept-language, cache-control, x-request-id, traceparent";
/// The headers of an answer that a page may read.
const RESPONSE_HEADERS: &str = "retry-after, ratelimit, ratelimit-policy, cache-status, x-request-id, content-language";
/// How long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "600";

/// Answers a preflight. Returns `None` if the request is not one, or if the route allows no other pages.
pub(super) fn preflight(route: &Route, parts: &Parts, context: &RequestContext) -> Option<Response> {
    let origin = context.head.headers.get(header::ORIGIN)?;
    let asked = context.header(&header::ACCESS_CONTROL_REQUEST_METHOD)?;
    if context.head.method != Method::OPTIONS {
        return None;
    }
    let allowed = match route.cors {
        Cors::Own => return None,
        Cors::Public => HeaderValue::from_static("*"),
        Cors::Allowed if is_allowed(parts, origin) => origin.clone(),
        Cors::Allowed => {
            let mut response = problem::refuse(parts, context, &Problem::new(ProblemCode::Forbidden));
            vary(&mut response);
            return Some(response);
        }
    };
    if !route.methods.split(", ").any(|method| method == asked) {
        return None;
    }
    let mut response = Response::new(bytes::Bytes::new().into());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(route.methods));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    vary(&mut response);
    Some(response)
}

/// Lets the calling page read the response if a client allows its origin. This includes refusals: a form must be able
/// to show what is wrong.
pub(super) fn allow(response: &mut Response, parts: &Parts, context: &RequestContext) {
    let Some(origin) = context.head.headers.get(header::ORIGIN) else { return };
    if is_allowed(parts, origin) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(RESPONSE_HEADERS));
    }
    vary(response);
}

fn is_allowed(parts: &Parts, origin: &HeaderValue) -> bool {
    origin.to_str().is_ok_and(|origin| parts.admission.allows_origin(origin))
}

fn vary(response: &mut Response) {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
}
