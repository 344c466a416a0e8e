//! The admin listener: health, version, metrics and the level of the logs, for machines inside.
//!
//! A listener of its own, so that it answers while the public one sheds load or drains, and is never exposed with it.

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
    verify::Verifier,
};

/// The paths, and the methods of each.
const ROUTES: [(&str, &str); 5] = [
    ("/metrics", "GET, HEAD"),
    ("/livez", "GET, HEAD"),
    ("/readyz", "GET, HEAD"),
    ("/version", "GET, HEAD"),
    ("/log-level", "GET, HEAD, PUT"),
];
/// The longest filter for the logs.
const MAX_LEVEL: usize = 1024;
/// The longest that such a filter may take to arrive.
const LEVEL_TIMEOUT: Duration = Duration::from_secs(5);

/// The admin listener's handler.
pub struct Admin {
    observe: Arc<Observe>,
    verifier: Arc<Verifier>,
    phase: watch::Receiver<Phase>,
}

impl Admin {
    /// Makes one; it is ready while the phase is [`Phase::Running`].
    pub fn new(observe: Arc<Observe>, verifier: Arc<Verifier>, phase: watch::Receiver<Phase>) -> Self {
        Self { observe, verifier, phase }
    }

    async fn answer(&self, request: Request<RequestBody>) -> Response {
        let path = request.uri().path();
        let Some((path, methods)) = ROUTES.into_iter().find(|(known, _)| *known == path) else {
            return text(StatusCode::NOT_FOUND, "not found: try /metrics, /livez, /readyz, /version or /log-level\n");
        };
        if !methods.split(", ").any(|method| request.method() == method) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
            return response;
        }
        match path {
            "/metrics" => self.metrics(request.headers()),
            "/readyz" if *self.phase.borrow() != Phase::Running => text(StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
            "/version" => version(),
            "/log-level" if request.method() == Method::PUT => self.set_log_level(request.into_body()).await,
            "/log-level" => log_level(),
            _ => text(StatusCode::OK, "ok\n"),
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

    /// Changes the level until the next SIGHUP or restart, which read the configuration's.
    async fn set_log_level(&self, body: RequestBody) -> Response {
        let body = match timeout(LEVEL_TIMEOUT, Limited::new(body, MAX_LEVEL).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => return text(StatusCode::PAYLOAD_TOO_LARGE, format!("allowed are {MAX_LEVEL} bytes\n")),
            Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time\n"),
        };
        // An invalid value is neither echoed nor logged: it could be anything.
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
