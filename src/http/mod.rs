//! The public face: matches paths, reads bodies, and makes answers of what the use case says.
//!
//! `Api::answer` is the outermost layer. It refuses what HTTP itself forbids, gives the request its id, hands it to
//! the routes and counts what comes back. An error becomes an answer in one place, `problem`; a handler is a plain
//! async function from a `RequestContext` to a [`Response`].

mod admin;
mod assets;
mod batch;
mod catalog;
mod context;
mod cors;
mod ending;
mod extract;
mod openapi;
mod problem;
mod problem_page;
mod router;
mod sessions;
mod submission;
mod verify;

use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::{HeaderName, HeaderValue, Method, Request, header};
use http_body::Body as _;
use tokio::sync::{mpsc, watch};
use tower_service::Service as _;
use warp::{Reply as _, filters::BoxedFilter};

pub use self::{admin::Admin, openapi::text as openapi_text};
use self::{
    catalog::CatalogPages,
    context::RequestContext,
    ending::{AnswerBody, Ending},
};
use crate::{
    admission::Admission,
    config::{Config, SessionsConfig},
    model::{FaultKind, ProblemCode, Regions},
    observe::{Observe, Panicked},
    present::{Presenter, Problem},
    server::{Aborted, Handler, Peer, Phase, Refusal, RequestBody},
    verify::Verifier,
};

/// An answer, complete in memory.
pub type Response = warp::reply::Response;

/// Names the body of a response whose library does not.
pub trait BodyOf {
    /// The body.
    type Body;
}

impl<B> BodyOf for http::Response<B> {
    type Body = B;
}

type ResponseBody = AnswerBody<<Response as BodyOf>::Body>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the handlers of the public listener need: a field for each neighbour, and the settings that concern HTTP.
pub struct Parts {
    /// Who calls, and how much they may.
    pub admission: Arc<Admission>,
    /// The use case.
    pub verifier: Arc<Verifier>,
    /// Makes bodies.
    pub presenter: Presenter,
    /// Where events go.
    pub observe: Arc<Observe>,
    /// The configured regions.
    pub regions: Regions,
    /// Whether refused credentials are looked for in the other regions by default.
    pub suggest_region: bool,
    /// What a session gets where its creator does not say.
    pub sessions: SessionsConfig,
    /// Whether the onboarding page is served.
    pub has_page: bool,
    /// The longest body of a single verification.
    pub max_body_bytes: usize,
    /// The longest body of a batch that is one JSON object.
    pub max_batch_bytes: usize,
    /// The longest time for a body; for a line of one that is streamed.
    pub body_timeout: Duration,
    /// The longest time for a question, from the end of the body.
    pub question_time: Duration,
    /// The steps of a shutdown, for answers that would go on.
    pub phase: watch::Receiver<Phase>,
}

impl Parts {
    /// Takes the settings from the configuration.
    pub fn new(
        config: &Config,
        admission: Arc<Admission>,
        verifier: Arc<Verifier>,
        presenter: Presenter,
        observe: Arc<Observe>,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        Self {
            phase,
            admission,
            verifier,
            presenter,
            observe,
            regions: config.regions.clone(),
            suggest_region: config.guidance.suggest_region,
            sessions: config.sessions.clone(),
            has_page: config.page.enabled,
            max_body_bytes: config.server.max_body_bytes.get(),
            max_batch_bytes: config.server.max_batch_bytes.get(),
            body_timeout: config.server.body_timeout,
            question_time: config.server.question_time(),
        }
    }
}

/// Returns the templates of all routes.
pub fn route_templates() -> impl Iterator<Item = &'static str> {
    router::ROUTES.iter().map(|route| route.template)
}

/// What the routes serve from.
struct Site {
    parts: Parts,
    catalog: CatalogPages,
}

/// The public listener's handler.
pub struct Api {
    site: Arc<Site>,
    routes: BoxedFilter<(Response,)>,
}

impl Api {
    /// Makes the routes.
    pub fn new(parts: Parts) -> Self {
        let catalog = CatalogPages::new(parts.presenter.advisor(), &parts.regions);
        let site = Arc::new(Site { parts, catalog });
        Self { routes: router::routes(&site), site }
    }

    /// Answers a request, whatever it is. The answer's body ends the request.
    async fn answer(&self, mut request: Request<RequestBody>, peer: Peer) -> http::Response<ResponseBody> {
        let headers = std::mem::take(request.headers_mut());
        let (admission, observe) = (&self.site.parts.admission, &self.site.parts.observe);
        let context = Arc::new(RequestContext::new(&request, headers, peer, admission, observe));
        let ending = Ending::new(observe.clone(), context.clone());
        let mut response = match refusal(&request, &context, peer) {
            Some(code) => {
                let response = problem::refuse(&self.site.parts, &context, &Problem::new(code));
                if code == ProblemCode::BadRequest { problem::closing(response) } else { response }
            }
            None => {
                request.extensions_mut().insert(context.clone());
                self.route(request, &context).await
            }
        };
        let route = response.extensions_mut().remove::<router::RouteLabel>().map_or("none", |label| label.0);
        if context.method == Method::HEAD {
            response = without_body(response);
        }
        if let Ok(id) = HeaderValue::from_str(&context.request_id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        ending.with_answer(response, route)
    }

    async fn route(&self, request: Request<RequestBody>, context: &RequestContext) -> Response {
        let mut routes = warp::service(self.routes.clone());
        match AssertUnwindSafe(routes.call(request)).catch_unwind().await {
            Ok(Ok::<_, Infallible>(response)) => response,
            Err(_) => {
                // The panic's own message could carry anything; the hook has told where it was.
                let request_id = Some(context.request_id.as_str());
                self.site.parts.observe.record(&Panicked { place: "handler", request_id, span: &context.span });
                problem::refuse(&self.site.parts, context, &Problem::new(FaultKind::Internal))
            }
        }
    }
}

/// Makes an answer whose body comes through a channel.
fn streamed(mut receiver: mpsc::Receiver<Bytes>) -> Response {
    let chunks = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
    warp::reply::stream(chunks.map(Ok::<_, Infallible>)).into_response()
}

/// Returns the problem of a request that HTTP itself forbids.
fn refusal(request: &Request<RequestBody>, context: &RequestContext, peer: Peer) -> Option<ProblemCode> {
    match peer.refusal {
        Some(Refusal::Ambiguous) => Some(ProblemCode::BadRequest),
        Some(Refusal::TooManyHeaders) => Some(ProblemCode::HeadersTooLarge),
        None if extract::has_valid_host(request, &context.headers) => None,
        None => Some(ProblemCode::BadRequest),
    }
}

/// Answers a HEAD with the length of what a GET would get: over HTTP/2 the library would send the body all the same.
fn without_body(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(head, Bytes::new().into())
}

impl Handler for Api {
    type Body = ResponseBody;

    async fn handle(&self, request: Request<RequestBody>, peer: Peer) -> Result<http::Response<ResponseBody>, Aborted> {
        Ok(self.answer(request, peer).await)
    }
}
