#![allow(clippy::unwrap_used)]

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use opentelemetry::{
    StringValue,
    trace::{TraceFlags, TraceId},
};
use opentelemetry_http::HttpError;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::trace::{SpanEvents, SpanExporter, SpanLinks};
use proptest::{collection::vec, prelude::*};
use prost::Message as _;

use super::*;
use crate::export::batch::{Batch, ResourceHead};

/// Keeps what `opentelemetry-otlp` would send.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Bytes>>>);

impl opentelemetry_http::HttpClient for Recorder {
    fn send_bytes<'s, 'f>(
        &'s self,
        request: http::Request<Bytes>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        self.0.lock().unwrap().push(request.into_body());
        Box::pin(async { Ok(http::Response::new(Bytes::new())) })
    }
}

/// What the reference makes of spans.
fn reference(spans: Vec<SpanData>, resource: &Resource) -> ExportTraceServiceRequest {
    let recorder = Recorder::default();
    let mut exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(recorder.clone())
        .with_endpoint("http://127.0.0.1/v1/traces")
        .build()
        .unwrap();
    exporter.set_resource(resource);
    let mut exporting = std::pin::pin!(exporter.export(spans));
    assert!(matches!(exporting.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(()))));
    let body = recorder.0.lock().unwrap().pop().unwrap();
    ExportTraceServiceRequest::decode(body).unwrap()
}

fn ours(spans: &[SpanData], resource: &Resource) -> ExportTraceServiceRequest {
    let mut batch = Batch::new(InstrumentationScope::default());
    spans.iter().for_each(|span| batch.push(span));
    let head = ResourceHead::new(resource);
    let body = batch.seal(&head).request(&head, 0..spans.len());
    ExportTraceServiceRequest::decode(&*body).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    // Lengths about 128 are where that of a length changes.
    let long = |lengths: std::ops::Range<usize>| lengths.prop_map(|length| "x".repeat(length));
    prop_oneof![20 => "\\PC{0,12}", 4 => long(100..140), 1 => long(16_370..16_390)]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        text().prop_map(Value::from),
        vec(any::<bool>(), 0..3).prop_map(|values| Value::Array(Array::Bool(values))),
        vec(any::<i64>(), 0..3).prop_map(|values| Value::Array(Array::I64(values))),
        vec(-1e9..1e9f64, 0..3).prop_map(|values| Value::Array(Array::F64(values))),
        vec(text().prop_map(StringValue::from), 0..3).prop_map(|values| Value::Array(Array::String(values))),
    ]
}

fn attributes_of(most: usize) -> impl Strategy<Value = Vec<KeyValue>> {
    vec((text(), value()).prop_map(|(key, value)| KeyValue::new(key, value)), 0..most)
}

fn context_of() -> impl Strategy<Value = SpanContext> {
    let state = prop_oneof![
        Just(TraceState::NONE),
        Just(TraceState::from_key_value([("a", "1"), ("b", "2")]).unwrap())
    ];
    (any::<u128>(), any::<u64>(), any::<u8>(), any::<bool>(), state).prop_map(
        |(trace, span, flags, is_remote, state)| {
            let (trace, span) = (TraceId::from(trace), SpanId::from(span));
            SpanContext::new(trace, span, TraceFlags::new(flags), is_remote, state)
        },
    )
}

fn moment() -> impl Strategy<Value = SystemTime> {
    (0..=u64::MAX).prop_map(|nanos| UNIX_EPOCH + Duration::from_nanos(nanos))
}

fn scopes() -> impl Strategy<Value = InstrumentationScope> {
    prop_oneof![
        Just(InstrumentationScope::default()),
        Just(
            InstrumentationScope::builder("a").with_version("1").with_schema_url("https://a.example").build()
        ),
        attributes_of(2).prop_map(|some| InstrumentationScope::builder("b").with_attributes(some).build()),
    ]
}

fn events() -> impl Strategy<Value = SpanEvents> {
    let event = (text(), moment(), attributes_of(3), any::<u32>())
        .prop_map(|(name, time, attributes, dropped)| Event::new(name, time, attributes, dropped));
    (vec(event, 0..3), any::<u32>()).prop_map(|(events, dropped)| {
        let mut all = SpanEvents::default();
        (all.events, all.dropped_count) = (events, dropped);
        all
    })
}

fn links() -> impl Strategy<Value = SpanLinks> {
    let link = (context_of(), attributes_of(3), any::<u32>())
        .prop_map(|(context, attributes, dropped)| Link::new(context, attributes, dropped));
    (vec(link, 0..3), any::<u32>()).prop_map(|(links, dropped)| {
        let mut all = SpanLinks::default();
        (all.links, all.dropped_count) = (links, dropped);
        all
    })
}

prop_compose! {
    fn spans()(
        (span_context, parent, parent_span_is_remote) in (context_of(), any::<u64>(), any::<bool>()),
        kind in 0..5,
        name in text(),
        (start_time, end_time) in (moment(), moment()),
        (attributes, dropped_attributes_count) in (attributes_of(6), any::<u32>()),
        (events, links) in (events(), links()),
        status in prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error)],
        instrumentation_scope in scopes(),
    ) -> SpanData {
        let span_kind = match kind {
            0 => SpanKind::Internal,
            1 => SpanKind::Server,
            2 => SpanKind::Client,
            3 => SpanKind::Producer,
            _ => SpanKind::Consumer,
        };
        SpanData {
            span_context, parent_span_id: SpanId::from(parent), parent_span_is_remote, span_kind, name: name.into(),
            start_time, end_time, attributes, dropped_attributes_count, events, links, status, instrumentation_scope,
        }
    }
}

/// The order of scopes says nothing.
fn sorted(mut request: ExportTraceServiceRequest) -> ExportTraceServiceRequest {
    for spans in &mut request.resource_spans {
        spans.scope_spans.sort_by_key(|scope| format!("{:?}", (&scope.scope, &scope.schema_url)));
    }
    request
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn spans_read_back_as_the_reference_writes_them(
        spans in vec(spans(), 1..6),
        about in attributes_of(4),
    ) {
        let resource = Resource::builder_empty().with_schema_url(about, "https://schema.example").build();
        let (ours, reference) = (ours(&spans, &resource), reference(spans, &resource));
        prop_assert_eq!(sorted(ours), sorted(reference));
    }
}

#[test]
fn a_length_takes_as_many_bytes_as_it_needs() {
    for length in [0, 1, 127, 128, 16_383, 16_384, 70_000] {
        let mut out = vec![7];
        nested(&mut out, 1, |out| out.extend(std::iter::repeat_n(9, length)));
        let mut expected = vec![7];
        bytes(&mut expected, 1, &vec![9; length]);
        assert!(out == expected, "{length}");
    }
}
