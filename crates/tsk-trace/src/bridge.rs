//! The SDK of OpenTelemetry, which makes the spans within requests.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
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

use crate::{current, queue::Queue};

/// Makes spans within requests, and hands them over when they end.
#[derive(Debug)]
pub(crate) struct Bridge {
    tracer: SdkTracer,
}

impl Bridge {
    pub(crate) fn new(queue: Arc<Queue>) -> Self {
        let provider = SdkTracerProvider::builder()
            .with_sampler(AsItsParent)
            .with_span_processor(HandOver(queue))
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

/// Hands over spans that have ended.
#[derive(Debug)]
struct HandOver(Arc<Queue>);

impl SpanProcessor for HandOver {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.0.inner(span);
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
