//! The public HTTP interface: matches paths, reads bodies, and turns the use case's results into responses.
//!
//! `Api::answer` is the outermost layer. It rejects invalid HTTP, assigns the request id, dispatches to the routes and
//! counts the responses. Errors become responses in one place, `problem`; a handler is a plain async function from a
//! `RequestContext` to a [`Response`].

mod admin;
mod assets;
mod attempt;
mod batch;
mod catalog;
mod content;
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
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Method, Request, header};
use http_body::Body as _;
use tokio::sync::watch;
use tower_service::Service as _;
use warp::filters::BoxedFilter;

pub use self::{
    admin::{Admin, admin_routes},
    openapi::text as openapi_text,
};
use self::{
    catalog::CatalogPages,
    content::{BodyStream, Content, Filtered},
    context::RequestContext,
    ending::{AnswerBody, Ending},
    router::Route,
};
use crate::{
    admission::Admission,
    config::{Config, SessionsConfig},
    model::{FaultKind, ProblemCode, Regions},
    observe::{Observe, Panicked, Place},
    present::{self, Presenter, Problem},
    server::{Aborted, Handler, Peer, Phase, Refusal, RequestBody},
    verify::Verifier,
};

/// A response.
pub type Response = http::Response<Content>;

type ResponseBody = AnswerBody<Content>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The dependencies of the public listener's handlers: one field for each neighbouring room, and the HTTP settings.
pub struct Parts {
    /// Authenticates callers and limits their rate.
    pub admission: Arc<Admission>,
    /// The use case.
    pub verifier: Arc<Verifier>,
    /// Renders bodies.
    pub presenter: Presenter,
    /// Records events.
    pub observe: Arc<Observe>,
    /// The configured regions.
    pub regions: Regions,
    /// Whether to try the other regions after a refusal by default.
    pub suggest_region: bool,
    /// The defaults of a session.
    pub sessions: SessionsConfig,
    /// Whether the onboarding page is served.
    pub has_page: bool,
    /// The maximum body size of a single verification.
    pub max_body_bytes: usize,
    /// The maximum body size of a batch in one JSON object.
    pub max_batch_bytes: usize,
    /// The time limit for receiving a body, or one line of a streamed body.
    pub body_timeout: Duration,
    /// The time limit for a verification, from the end of the body.
    pub question_time: Duration,
    /// The phases of a shutdown, for streamed responses.
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

/// Returns every status that a route may return, most common first.
pub fn statuses() -> impl Iterator<Item = u16> {
    let without_problem = [200, 201, 204, 304, 308];
    without_problem.into_iter().chain(ProblemCode::ALL.map(present::status_of))
}

/// The state that the routes share.
struct Site {
    parts: Parts,
    catalog: CatalogPages,
}

/// The public listener's handler.
pub struct Api {
    site: Arc<Site>,
    routes: BoxedFilter<(Filtered,)>,
}

impl Api {
    /// Creates the routes.
    pub fn new(parts: Parts) -> Self {
        let catalog = CatalogPages::new(&parts.regions);
        let site = Arc::new(Site { parts, catalog });
        Self { routes: router::routes(&site), site }
    }

    /// Handles any request. The request ends with the body of its response.
    async fn answer(&self, request: Request<RequestBody>, peer: Peer) -> http::Response<ResponseBody> {
        let (head, body) = request.into_parts();
        let (admission, observe) = (&self.site.parts.admission, &self.site.parts.observe);
        let context = Arc::new(RequestContext::new(head, peer, admission, observe));
        let ending = Ending::new(observe.clone(), context.clone());
        let mut route = None;
        let mut response = match refusal(&context, peer) {
            Some(code) => {
                let response = problem::refuse(&self.site.parts, &context, &Problem::new(code));
                if code == ProblemCode::BadRequest { problem::closing(response) } else { response }
            }
            None => {
                route = router::route_of(context.path());
                self.dispatch(&context, route, body).await
            }
        };
        if context.head.method == Method::HEAD {
            response = without_body(response);
        }
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, context.request_id.header_value());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        ending.with_answer(response, route.map_or("none", |route| route.template))
    }

    /// Handles a request by warp's filters.
    async fn filter(&self, context: &Arc<RequestContext>, body: RequestBody) -> Response {
        let mut request = Request::new(body);
        request.extensions_mut().insert(context.clone());
        let Ok::<_, Infallible>(response) = warp::service(self.routes.clone()).call(request).await;
        response.map(Content::Streamed)
    }

    async fn dispatch(
        &self,
        context: &Arc<RequestContext>,
        route: Option<&'static Route>,
        body: RequestBody,
    ) -> Response {
        let answering = async {
            if route.is_some_and(|route| route.template == router::HOT) {
                return router::dispatch(self.site.clone(), context.clone(), route, BodyStream::Direct(body)).await;
            }
            // Boxed, to keep the future of the hot route small.
            Box::pin(self.filter(context, body)).await
        };
        AssertUnwindSafe(answering).catch_unwind().await.unwrap_or_else(|_| {
            // The panic message could contain anything; the hook has logged the location.
            let request_id = Some(context.request_id.as_str());
            self.site.parts.observe.record(&Panicked { place: Place::Handler, request_id, span: &context.span });
            problem::refuse(&self.site.parts, context, &Problem::new(FaultKind::Internal))
        })
    }
}

/// Returns the problem of a request that violates HTTP.
fn refusal(context: &RequestContext, peer: Peer) -> Option<ProblemCode> {
    match peer.refusal {
        Some(Refusal::Ambiguous) => Some(ProblemCode::BadRequest),
        Some(Refusal::TooManyHeaders) => Some(ProblemCode::HeadersTooLarge),
        None if extract::has_valid_host(&context.head) => None,
        None => Some(ProblemCode::BadRequest),
    }
}

/// Replaces the body of a response to HEAD by its length: over HTTP/2 the library would send the body.
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

    fn reads_body(&self, head: &http::request::Parts) -> bool {
        let is_hot = router::route_of(head.uri.path()).is_some_and(|route| route.template == router::HOT);
        is_hot
            && head.method == Method::POST
            && extract::has_valid_host(head)
            && verify::reads_body(&self.site.parts, head)
    }
}
