//! Spans: the steps of one request, within the trace that its caller started.
//!
//! A span is passed explicitly from step to step, so that the code shows which step belongs to which. It ends when it
//! is dropped. Without an exporter, a span is only a trace id: it reads no clock, allocates nothing, and its children
//! are copies.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use opentelemetry::{
    Context, KeyValue, Value,
    propagation::{Extractor, TextMapPropagator as _},
    trace::{
        Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, TraceId as SdkTraceId, Tracer as _,
        TracerProvider as _,
    },
};
use opentelemetry_sdk::{
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider, Span as SdkSpan},
};

/// The time limit for exporting the last spans when the service stops.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Starts spans: recording ones if they are exported, otherwise only trace ids.
#[derive(Debug, Default)]
pub struct Tracer {
    sdk: Option<(SdkTracer, SdkTracerProvider)>,
}

/// The caller's trace context (W3C Trace Context): the values of `traceparent` and `tracestate`.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoteTrace<'a> {
    /// `traceparent`; an invalid one is ignored.
    pub traceparent: Option<&'a str>,
    /// `tracestate`
    pub tracestate: Option<&'a str>,
}

/// The id of a trace: 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(SdkTraceId);

/// One step of handling a request. It ends when it is dropped.
pub struct Span {
    trace_id: TraceId,
    recording: Option<Box<Recording>>,
}

/// A reference to a span, which another span can link to.
#[derive(Debug, Clone, Default)]
pub struct SpanLink(Option<SpanContext>);

#[derive(Debug)]
struct Recording {
    span: Mutex<SdkSpan>,
    tracer: SdkTracer,
}

impl Tracer {
    pub(super) fn new(provider: SdkTracerProvider) -> Self {
        Self { sdk: Some((provider.tracer(env!("CARGO_PKG_NAME")), provider)) }
    }

    /// Starts the span of a request, in the caller's trace if it sent one.
    pub(super) fn request(&self, remote: RemoteTrace<'_>) -> Span {
        let parent = remote.context();
        let Some((tracer, _)) = &self.sdk else {
            let own = || TraceId(SdkTraceId::from(fastrand::u128(1..)));
            return Span { trace_id: parent.map_or_else(own, |parent| TraceId(parent.trace_id())), recording: None };
        };
        let context = parent.map_or_else(Context::new, |parent| Context::new().with_remote_span_context(parent));
        Span::begin(tracer, "request", SpanKind::Server, &context)
    }

    /// Exports the remaining spans; afterwards nothing is recorded.
    pub(super) async fn shut_down(&self) {
        let Some((_, provider)) = self.sdk.clone() else { return };
        // The library waits for its own thread.
        let _ = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH_TIMEOUT)).await;
    }
}

impl RemoteTrace<'_> {
    fn context(self) -> Option<SpanContext> {
        self.traceparent?;
        let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &self);
        let parent = context.span().span_context().clone();
        parent.is_valid().then_some(parent)
    }
}

impl Extractor for RemoteTrace<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => self.traceparent,
            "tracestate" => self.tracestate,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

impl Span {
    /// Returns a span outside any trace: for commands that serve no requests, and for tests.
    pub fn none() -> Self {
        Tracer::default().request(RemoteTrace::default())
    }

    /// Starts a child span.
    #[must_use]
    pub fn child(&self, name: &'static str) -> Self {
        self.begin_inside(name, SpanKind::Internal)
    }

    /// Starts a child span for a call to another service.
    #[must_use]
    pub fn child_call(&self, name: &'static str) -> Self {
        self.begin_inside(name, SpanKind::Client)
    }

    /// Returns the trace that the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Returns the trace id if the trace is exported.
    pub fn exported_trace_id(&self) -> Option<TraceId> {
        self.recording.as_ref().map(|_| self.trace_id)
    }

    /// Sets an attribute. `value` is only evaluated if the span is exported.
    pub fn set<V: Into<Value>>(&self, key: &'static str, value: impl FnOnce() -> V) {
        if let Some(mut span) = self.recorded() {
            span.set_attribute(KeyValue::new(key, value()));
        }
    }

    /// Renames the span.
    pub fn rename(&self, name: impl FnOnce() -> String) {
        if let Some(mut span) = self.recorded() {
            span.update_name(name());
        }
    }

    /// Marks the span as failed, with a reason.
    pub fn fail(&self, reason: &'static str) {
        if let Some(mut span) = self.recorded() {
            span.set_status(Status::error(reason));
        }
    }

    /// Returns a reference for [`Span::point_to`].
    pub fn link(&self) -> SpanLink {
        SpanLink(self.recorded().map(|span| span.span_context().clone()))
    }

    /// Links to a span that may belong to another trace.
    pub fn point_to(&self, link: &SpanLink) {
        if let (Some(mut span), Some(context)) = (self.recorded(), &link.0) {
            span.add_link(context.clone(), Vec::new());
        }
    }

    fn begin_inside(&self, name: &'static str, kind: SpanKind) -> Self {
        let (Some(recording), Some(span)) = (&self.recording, self.recorded()) else {
            return Self { trace_id: self.trace_id, recording: None };
        };
        let context = Context::new().with_remote_span_context(span.span_context().clone());
        drop(span);
        Self::begin(&recording.tracer, name, kind, &context)
    }

    fn begin(tracer: &SdkTracer, name: &'static str, kind: SpanKind, context: &Context) -> Self {
        let span = tracer.build_with_context(tracer.span_builder(name).with_kind(kind), context);
        let trace_id = TraceId(span.span_context().trace_id());
        // The caller may have decided that its trace is not recorded.
        let is_recording = span.is_recording();
        let recording = || Box::new(Recording { span: Mutex::new(span), tracer: tracer.clone() });
        Self { trace_id, recording: is_recording.then(recording) }
    }

    fn recorded(&self) -> Option<MutexGuard<'_, SdkSpan>> {
        Some(self.recording.as_ref()?.span.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Short and constant: tests compare the debug format of events.
impl fmt::Debug for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Span")
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
