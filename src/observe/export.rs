//! Exports spans to a collector: OTLP over HTTP, as protobuf, in batches.
//!
//! The OpenTelemetry SDK provides the protocol, the batches and the retries, and reads its own environment variables
//! (`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES` and the like). This module adds the
//! HTTP client and reports how many spans were exported or lost. A slow or unavailable collector costs spans, which are
//! counted, but never delays a request.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::BytesMut;
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor},
};
use tokio::runtime::Handle;

use super::{
    Event as _,
    events::{SpansHandled, SpansResult},
    metrics::Metrics,
    traces::Tracer,
};
use crate::{
    config::Config,
    outbound::{self, OutboundError},
};

/// The maximum number of spans waiting for export.
const QUEUE: usize = 8192;
/// The maximum time a span waits for a batch to fill.
const DELAY: Duration = Duration::from_secs(1);
/// The time limit for one export.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum number of bytes read of a collector's answer.
const MAX_ANSWER: usize = 64 * 1024;

/// Starts exporting spans to a collector with this base URL.
pub(super) fn start(endpoint: &str, config: &Config, metrics: &Arc<Metrics>) -> Result<Tracer, OutboundError> {
    let fail = |message: String| OutboundError::new("telemetry.otlp_endpoint", message);
    let http = outbound::client(config, None)?.timeout(TIMEOUT).build();
    let http = http.map_err(|error| fail(outbound::describe(error)))?;
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(Client { http, runtime: Handle::current() })
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(TIMEOUT)
        .build()
        .map_err(|error| fail(error.to_string()))?;
    let tally =
        Arc::new(Tally { metrics: metrics.clone(), waiting: AtomicUsize::new(0), is_failing: AtomicBool::new(false) });
    let batches = BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_scheduled_delay(DELAY).build();
    let batches = BatchSpanProcessor::builder(Exporter { inner: exporter, tally: tally.clone() })
        .with_batch_config(batches)
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(Queue { inner: batches, tally })
        .with_resource(resource())
        .build();
    Ok(Tracer::new(provider))
}

/// Describes this service to the collector; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` take precedence.
fn resource() -> Resource {
    let environment = Resource::builder().build();
    let is_named =
        environment.get(&"service.name".into()).is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let own = [
        KeyValue::new("service.name", env!("CARGO_PKG_NAME")),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", uuid::Uuid::now_v7().to_string()),
    ];
    let missing = own.into_iter().filter(|own| match own.key.as_str() {
        "service.name" => !is_named,
        key => environment.get(&key.to_owned().into()).is_none(),
    });
    Resource::builder().with_attributes(missing).build()
}

/// Counts exported and lost spans.
#[derive(Debug)]
struct Tally {
    metrics: Arc<Metrics>,
    waiting: AtomicUsize,
    is_failing: AtomicBool,
}

impl Tally {
    fn handled(&self, spans: usize, result: SpansResult) {
        // Log an unavailable collector once, and once more when it is available again.
        let is_failing = result == SpansResult::Failed;
        let is_news =
            result != SpansResult::Dropped && self.is_failing.swap(is_failing, Ordering::Relaxed) != is_failing;
        SpansHandled { spans, result, is_news }.record(&self.metrics);
    }
}

/// A bounded queue in front of the batches that counts dropped spans: the SDK's own queue does not report them.
#[derive(Debug)]
struct Queue {
    inner: BatchSpanProcessor,
    tally: Arc<Tally>,
}

impl SpanProcessor for Queue {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.tally.waiting.fetch_add(1, Ordering::Relaxed) < QUEUE {
            self.inner.on_end(span);
        } else {
            self.tally.waiting.fetch_sub(1, Ordering::Relaxed);
            self.tally.handled(1, SpansResult::Dropped);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[derive(Debug)]
struct Exporter {
    inner: opentelemetry_otlp::SpanExporter,
    tally: Arc<Tally>,
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.tally.waiting.fetch_sub(spans, Ordering::Relaxed);
        let result = self.inner.export(batch).await;
        self.tally.handled(spans, if result.is_ok() { SpansResult::Exported } else { SpansResult::Failed });
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// The SDK exports from its own thread, which has no runtime, so the requests run in the service's runtime.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

impl HttpClient for Client {
    fn send_bytes<'life, 'future>(
        &'life self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'life: 'future,
    {
        let http = self.http.clone();
        let sending = self.runtime.spawn(async move { send(&http, request).await });
        Box::pin(async move { sending.await? })
    }
}

async fn send(http: &reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let mut answer = http.execute(request.try_into()?).await.map_err(reqwest::Error::without_url)?;
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err("the answer is too long".into());
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(body.freeze());
    *response.status_mut() = answer.status();
    std::mem::swap(response.headers_mut(), answer.headers_mut());
    Ok(response)
}
