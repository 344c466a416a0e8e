//! Turns replies into HTTP responses and adds what a problem response needs beyond its content.

use http::{HeaderValue, StatusCode, header};

use super::{Parts, Response, context::RequestContext};
use crate::{
    guidance::Language,
    present::{About, Problem, Reply},
};

/// Creates the HTTP response of a reply.
pub(super) fn respond(reply: Reply) -> Response {
    let mut response = Response::new(reply.body.into());
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = reply.headers;
    response
}

/// Returns the context of a reply whose caller is unknown or irrelevant.
pub(super) fn about(context: &RequestContext, language: Language) -> About<'_> {
    About { language, partner: "", request_id: context.request_id.as_str(), time: context.started_at }
}

/// Responds with a problem, in the language of the request.
pub(super) fn refuse(parts: &Parts, context: &RequestContext, problem: &Problem<'_>) -> Response {
    respond(parts.presenter.problem(&about(context, context.language), problem).reply(context.language))
}

/// Closes the connection after the response: what follows on it cannot be trusted, or would be read in vain.
pub(super) fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
