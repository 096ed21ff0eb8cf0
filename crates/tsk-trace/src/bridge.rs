//! The SDK of OpenTelemetry, which makes the spans within requests.

use std::{
    borrow::Cow,
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue, Value,
    trace::{Link, SpanKind, TraceContextExt as _, TraceId, TracerProvider as _},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{
        SamplingDecision, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample, Span, SpanData,
        SpanProcessor,
    },
};

use crate::{
    current,
    queue::Queue,
    redact::{MASK, Secrets},
};

/// Makes spans within requests, and hands them over when they end.
#[derive(Debug)]
pub(crate) struct Bridge {
    tracer: SdkTracer,
}

impl Bridge {
    /// Spans go to `sink`, or else to the one that was made last, once there is one.
    pub(crate) fn new(sink: Option<Arc<Sink>>) -> Self {
        let provider = SdkTracerProvider::builder()
            .with_sampler(AsItsParent)
            .with_span_processor(HandOver(sink))
            .with_resource(Resource::builder_empty().build())
            .build();
        Self { tracer: provider.tracer_with_scope(scope()) }
    }

    pub(crate) fn tracer(&self) -> SdkTracer {
        self.tracer.clone()
    }
}

/// Who made the spans.
pub(crate) fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION")).build()
}

/// Samples what is within a request that is, and keeps the rest for the end of the request. Where there is no request, as in
/// a span that a handler says has no parent, somebody asked for a trace.
#[derive(Debug, Clone)]
struct AsItsParent;

impl ShouldSample for AsItsParent {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let parent = parent.map(|context| context.span().span_context().clone());
        let is_kept = parent.as_ref().is_some_and(|parent| parent.is_valid() && !parent.is_sampled());
        SamplingResult {
            decision: if is_kept { SamplingDecision::RecordOnly } else { SamplingDecision::RecordAndSample },
            attributes: Vec::new(),
            trace_state: parent.map(|parent| parent.trace_state().clone()).unwrap_or_default(),
        }
    }
}

/// Where spans go, and what they may not say.
#[derive(Debug)]
pub(crate) struct Sink {
    queue: Arc<Queue>,
    secrets: Arc<Secrets>,
}

/// The sink that was made last: subscribers are installed for a process, and before there is anything else.
static LATEST: RwLock<Weak<Sink>> = RwLock::new(Weak::new());

impl Sink {
    /// A sink, which is then the one that was made last.
    pub(crate) fn new(queue: Arc<Queue>, secrets: Arc<Secrets>) -> Arc<Self> {
        let sink = Arc::new(Self { queue, secrets });
        *LATEST.write().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&sink);
        sink
    }

    fn latest() -> Option<Arc<Self>> {
        LATEST.read().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    fn redact(&self, attribute: &mut KeyValue) {
        if self.secrets.is_field(attribute.key.as_str()) {
            attribute.value = MASK.into();
        } else if let Value::String(text) = &attribute.value
            && let Cow::Owned(text) = self.secrets.text(text.as_str())
        {
            attribute.value = text.into();
        }
    }
}

/// Hands over spans that have ended.
#[derive(Debug)]
struct HandOver(Option<Arc<Sink>>);

impl SpanProcessor for HandOver {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, mut span: SpanData) {
        let latest = if self.0.is_none() { Sink::latest() } else { None };
        let Some(sink) = self.0.as_ref().or(latest.as_ref()) else { return };
        let events = span.events.events.iter_mut().flat_map(|event| &mut event.attributes);
        for attribute in span.attributes.iter_mut().chain(events) {
            sink.redact(attribute);
        }
        if span.span_context.is_sampled() {
            sink.queue.inner(span);
        } else {
            current::add_span(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
