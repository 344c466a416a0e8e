//! Spans: what became of one request, step by step, with the trace that its caller began.
//!
//! A span is handed from step to step like any other argument, so that it is plain in the code what belongs to what. It
//! ends when it is dropped. Where nothing is exported a span is a trace id and nothing else: no clock is read, nothing
//! is allocated, and its children are copies.

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

/// The longest time that the last spans may take to be exported when the service ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Begins spans: recording ones where they are exported, else mere trace ids.
#[derive(Debug, Default)]
pub struct Tracer {
    sdk: Option<(SdkTracer, SdkTracerProvider)>,
}

/// What a caller sent of its own trace (W3C Trace Context): the values of `traceparent` and `tracestate`.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoteTrace<'a> {
    /// `traceparent`; one that cannot be read counts as none.
    pub traceparent: Option<&'a str>,
    /// `tracestate`
    pub tracestate: Option<&'a str>,
}

/// The id of a trace: 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(SdkTraceId);

/// One step of a request's way. It ends when it is dropped.
pub struct Span {
    trace_id: TraceId,
    recording: Option<Box<Recording>>,
}

/// A span that another one can point to.
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

    /// Begins the span of a request, in the caller's trace if it sent one.
    pub(super) fn request(&self, remote: RemoteTrace<'_>) -> Span {
        let parent = remote.context();
        let Some((tracer, _)) = &self.sdk else {
            let own = || TraceId(SdkTraceId::from(fastrand::u128(1..)));
            return Span { trace_id: parent.map_or_else(own, |parent| TraceId(parent.trace_id())), recording: None };
        };
        let context = parent.map_or_else(Context::new, |parent| Context::new().with_remote_span_context(parent));
        Span::begin(tracer, "request", SpanKind::Server, &context)
    }

    /// Exports what is left; nothing is recorded after that.
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
    /// A span that is in no trace of anybody's: for commands that serve nobody, and for tests.
    pub fn none() -> Self {
        Tracer::default().request(RemoteTrace::default())
    }

    /// Begins a step inside this one.
    #[must_use]
    pub fn child(&self, name: &'static str) -> Self {
        self.begin_inside(name, SpanKind::Internal)
    }

    /// Begins a call to somebody else inside this step.
    #[must_use]
    pub fn child_call(&self, name: &'static str) -> Self {
        self.begin_inside(name, SpanKind::Client)
    }

    /// Returns the trace that the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Returns the trace, if a collector will have it.
    pub fn exported_trace_id(&self) -> Option<TraceId> {
        self.recording.as_ref().map(|_| self.trace_id)
    }

    /// Notes something about the step. `value` is asked for only where somebody will see it.
    pub fn set<V: Into<Value>>(&self, key: &'static str, value: impl FnOnce() -> V) {
        if let Some(mut span) = self.recorded() {
            span.set_attribute(KeyValue::new(key, value()));
        }
    }

    /// Calls the step by a better name than it began with.
    pub fn rename(&self, name: impl FnOnce() -> String) {
        if let Some(mut span) = self.recorded() {
            span.update_name(name());
        }
    }

    /// Says that the step failed, and by what.
    pub fn fail(&self, reason: &'static str) {
        if let Some(mut span) = self.recorded() {
            span.set_status(Status::error(reason));
        }
    }

    /// Returns what another span needs to point here.
    pub fn link(&self) -> SpanLink {
        SpanLink(self.recorded().map(|span| span.span_context().clone()))
    }

    /// Points to a span that may belong to another trace.
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

/// Short and always the same: events print themselves in tests.
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
