//! Makes answers of replies: what a problem needs beyond its content is added here.

use http::{HeaderValue, StatusCode, header};

use super::{Parts, Response, context::RequestContext};
use crate::{
    guidance::Language,
    present::{About, Problem, Reply},
};

/// Makes an HTTP answer of a reply.
pub(super) fn respond(reply: Reply) -> Response {
    let mut response = Response::new(reply.body.into());
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = reply.headers;
    response
}

/// What a reply says of a request whose caller is not known, or does not matter.
pub(super) fn about(context: &RequestContext, language: Language) -> About<'_> {
    About { language, partner: "", request_id: context.request_id.as_str(), time: context.started_at }
}

/// Answers with a problem, in the language of the request.
pub(super) fn refuse(parts: &Parts, context: &RequestContext, problem: &Problem<'_>) -> Response {
    respond(parts.presenter.problem(&about(context, context.language), problem).reply(context.language))
}

/// Ends the connection with the answer: what follows on it cannot be trusted, or would be read for nothing.
pub(super) fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
