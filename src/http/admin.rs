//! The admin listener: health, version, metrics and the log level, for machines inside the network.
//!
//! It is a separate listener, so that it responds while the public one sheds load or drains, and is never exposed with
//! it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use tokio::{sync::watch, time::timeout};

use super::{Response, content::Content};
use crate::{
    config::LogFilter,
    observe::{ConfigReloaded, Format, Observe, Reloaded, logs},
    server::{Aborted, Handler, Peer, Phase, RequestBody},
    verify::{BoxFuture, Verifier},
};

/// The maximum length of a log filter.
const MAX_LEVEL: usize = 1024;
/// The time limit for receiving a log filter.
const LEVEL_TIMEOUT: Duration = Duration::from_secs(5);

/// A route of the admin listener.
struct Route {
    path: &'static str,
    /// The methods, as `Allow` lists them.
    methods: &'static str,
    handler: for<'a> fn(&'a Admin, Request<RequestBody>) -> BoxFuture<'a, Response>,
}

macro_rules! routes {
    ($($path:literal $methods:literal => |$admin:pat_param, $request:pat_param| $answer:expr;)+) => {
        /// Every route of the admin listener.
        const ROUTES: &[Route] = &[$(Route {
            path: $path,
            methods: $methods,
            handler: |$admin, $request| Box::pin(async move { $answer }),
        }),+];
    };
}

routes! {
    "/metrics" "GET, HEAD" => |admin, request| admin.metrics(request.headers());
    "/livez" "GET, HEAD" => |_, _| text(StatusCode::OK, "ok\n");
    "/readyz" "GET, HEAD" => |admin, _| admin.readiness();
    "/version" "GET, HEAD" => |_, _| version();
    "/log-level" "GET, HEAD, PUT" => |admin, request| match *request.method() {
        Method::PUT => admin.set_log_level(request.into_body()).await,
        _ => log_level(),
    };
}

/// Returns the path and the methods of each route.
pub fn admin_routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.path, route.methods))
}

/// The admin listener's handler.
pub struct Admin {
    observe: Arc<Observe>,
    verifier: Arc<Verifier>,
    phase: watch::Receiver<Phase>,
}

impl Admin {
    /// Creates the handler; it reports ready while the phase is [`Phase::Running`].
    pub fn new(observe: Arc<Observe>, verifier: Arc<Verifier>, phase: watch::Receiver<Phase>) -> Self {
        Self { observe, verifier, phase }
    }

    async fn answer(&self, request: Request<RequestBody>) -> Response {
        let path = request.uri().path();
        let Some(route) = ROUTES.iter().find(|route| route.path == path) else {
            return not_found();
        };
        if !route.methods.split(", ").any(|method| request.method() == method) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(route.methods));
            return response;
        }
        (route.handler)(self, request).await
    }

    fn readiness(&self) -> Response {
        if *self.phase.borrow() == Phase::Running {
            text(StatusCode::OK, "ok\n")
        } else {
            text(StatusCode::SERVICE_UNAVAILABLE, "draining\n")
        }
    }

    fn metrics(&self, headers: &HeaderMap) -> Response {
        let accept: Vec<&str> =
            headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let format = Format::negotiate(&accept.join(","));
        let mut response = text(StatusCode::OK, self.observe.render(format, self.verifier.cache_count()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
        response
    }

    /// Changes the log level until the next SIGHUP or restart, which restore the configured one.
    async fn set_log_level(&self, body: RequestBody) -> Response {
        let body = match timeout(LEVEL_TIMEOUT, Limited::new(body, MAX_LEVEL).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => return text(StatusCode::PAYLOAD_TOO_LARGE, format!("at most {MAX_LEVEL} bytes\n")),
            Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time\n"),
        };
        // An invalid value is neither echoed nor logged, because it could contain anything.
        let level: LogFilter = match String::from_utf8_lossy(&body).parse() {
            Ok(level) => level,
            Err(message) => return text(StatusCode::UNPROCESSABLE_ENTITY, message + "\n"),
        };
        match logs::set_level(&level) {
            Ok(_) => {
                self.observe.record(&ConfigReloaded { what: Reloaded::LogLevel, result: Ok(level.as_str()) });
                log_level()
            }
            Err(message) => text(StatusCode::INTERNAL_SERVER_ERROR, message + "\n"),
        }
    }
}

impl Handler for Admin {
    type Body = Content;

    async fn handle(&self, request: Request<RequestBody>, peer: Peer) -> Result<Response, Aborted> {
        if peer.refusal.is_some() {
            return Ok(text(StatusCode::BAD_REQUEST, "bad request\n"));
        }
        Ok(self.answer(request).await)
    }
}

fn not_found() -> Response {
    let paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    let (last, others) = paths.split_last().unwrap_or((&"nothing", &[]));
    text(StatusCode::NOT_FOUND, format!("not found: try {} or {last}\n", others.join(", ")))
}

fn version() -> Response {
    let version = serde_json::json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "revision": env!("BUILD_REVISION"),
        "rustc": env!("BUILD_RUSTC"),
    });
    let mut response = text(StatusCode::OK, version.to_string());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn log_level() -> Response {
    text(StatusCode::OK, logs::level().unwrap_or_else(|| "off".to_owned()) + "\n")
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
