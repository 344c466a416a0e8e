//! The admin listener: health, version and metrics, for machines inside.
//!
//! A listener of its own, so that it answers while the public one sheds load or drains, and is never exposed with it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use hyper::body::Incoming;
use tokio::sync::watch;

use super::{BodyOf, Response};
use crate::{
    observe::Observe,
    server::{Aborted, Handler, Peer, Phase},
    verify::Verifier,
};

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

    fn answer(&self, method: &Method, path: &str) -> Response {
        let known = matches!(path, "/metrics" | "/livez" | "/readyz" | "/version");
        if !known {
            return text(StatusCode::NOT_FOUND, "not found: try /metrics, /livez, /readyz or /version\n");
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match path {
            "/metrics" => {
                let mut response = text(StatusCode::OK, self.observe.render(self.verifier.cache_count()));
                let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                response
            }
            "/readyz" if *self.phase.borrow() != Phase::Running => text(StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
            "/version" => {
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
            _ => text(StatusCode::OK, "ok\n"),
        }
    }
}

impl Handler for Admin {
    type Body = <Response as BodyOf>::Body;

    async fn handle(&self, request: Request<Incoming>, _: Peer) -> Result<Response, Aborted> {
        Ok(self.answer(request.method(), request.uri().path()))
    }
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
