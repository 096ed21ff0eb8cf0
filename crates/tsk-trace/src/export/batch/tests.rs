#![allow(clippy::unwrap_used)]

use std::time::UNIX_EPOCH;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use super::*;

fn span(name: String, scope: &'static str) -> SpanData {
    SpanData {
        span_context: SpanContext::NONE,
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Server,
        name: name.into(),
        start_time: UNIX_EPOCH,
        end_time: UNIX_EPOCH,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: Default::default(),
        links: Default::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder(scope).build(),
    }
}

/// The names of the spans, by scope.
fn names(batch: &Batch, spans: Range<usize>) -> Vec<(String, Vec<String>)> {
    let head = ResourceHead::new(&Resource::builder_empty().build());
    let mut request = ExportTraceServiceRequest::decode(&*batch.request(&head, spans)).unwrap();
    let scopes = request.resource_spans.remove(0).scope_spans.into_iter();
    scopes
        .map(|scope| (scope.scope.unwrap().name, scope.spans.into_iter().map(|span| span.name).collect()))
        .collect()
}

#[test]
fn parts_have_each_span_once_under_its_scope() {
    let mut batch = Batch::new(InstrumentationScope::default());
    for number in 0..6 {
        batch.push(&span(number.to_string(), if number % 2 == 0 { "even" } else { "odd" }));
    }
    let of = |scope: &str, names: &[&str]| {
        (scope.to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
    };
    assert_eq!(names(&batch, 0..6), [of("even", &["0", "2", "4"]), of("odd", &["1", "3", "5"])]);
    assert_eq!(names(&batch, 0..3), [of("even", &["0", "2"]), of("odd", &["1"])]);
    assert_eq!(names(&batch, 3..4), [of("odd", &["3"])]);
    assert_eq!(batch.size(0..3) + batch.size(3..6), batch.size(0..6));
}
