//! Spans for tests.

use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::SpanData;
use tsk_core::{End, Endpoint};

use crate::{
    plan::Plans,
    queue::Waiting,
    record::{Exception, Kept, ServerSpan},
    requests::Requests,
    route::Method,
    seen::nanoseconds,
    texts::{Text, Texts},
};

/// Of a request that took a millisecond and went well, in a trace with the same number.
pub(crate) fn server(number: u64) -> ServerSpan {
    let end = nanoseconds(std::time::SystemTime::now());
    ServerSpan {
        trace: u128::from(number),
        span: number,
        parent: 0,
        start: end - 1_000_000,
        end,
        state: None,
        exceptions: Box::default(),
        plan: 0,
        status: 200,
        outcome: End::Complete,
        kept: Kept::Sampled,
        method: Method::of(&http::Method::GET),
        version: http::Version::HTTP_11,
        is_secure: false,
        client: Some([127, 0, 0, 1].into()),
        peer: Some(([127, 0, 0, 1].into(), 4711)),
    }
}

/// Of such a request.
pub(crate) fn texts() -> Texts {
    let mut texts = Texts::new();
    texts.push(Text::Path, b"/users/42");
    texts.push(Text::Host, b"localhost:8080");
    texts.push(Text::Agent, b"shop/1.2 (test)");
    texts
}

/// Spans with such texts.
pub(crate) fn requests(spans: impl IntoIterator<Item = ServerSpan>) -> Requests {
    let mut requests = Requests::default();
    spans.into_iter().for_each(|span| requests.push(span, &texts()));
    requests
}

/// Those and spans within requests.
pub(crate) fn waiting(server: Requests, inner: Vec<SpanData>) -> Waiting {
    let mut waiting = Waiting::default();
    (waiting.server, waiting.inner) = (server, inner);
    waiting
}

/// Of a request that failed for an error of this type.
pub(crate) fn failed(number: u64, kind: &str, message: &str) -> ServerSpan {
    let mut span = server(number);
    let (kind, message) = (kind.into(), message.into());
    span.exceptions = [Exception { at: span.end, kind, message, causes: Box::default() }].into();
    span.status = 500;
    span
}

/// Within a request, below `parent`.
pub(crate) fn inner(trace: u64, number: u64, parent: u64, name: &str) -> SpanData {
    let end_time = std::time::SystemTime::now();
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(u128::from(trace)),
            SpanId::from(number),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: SpanId::from(parent),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.to_owned().into(),
        start_time: end_time,
        end_time,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: Default::default(),
        links: Default::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("handlers").build(),
    }
}

/// Of a call to another service.
pub(crate) fn client(trace: u64, number: u64, attributes: &[(&'static str, &'static str)]) -> SpanData {
    let mut span = inner(trace, number, trace, "call");
    span.span_kind = SpanKind::Client;
    span.attributes = attributes.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect();
    span
}

/// Plans whose first is `GET /users/{id}`.
pub(crate) fn plans() -> Plans {
    let plans = Plans::default();
    plans.intern("GET", &Endpoint::new(Some(http::Method::GET), "/users/{id}"));
    plans
}
