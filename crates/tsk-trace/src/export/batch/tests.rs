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
fn names(batch: &Sealed, spans: Range<usize>) -> Vec<(String, Vec<String>)> {
    let mut request = ExportTraceServiceRequest::decode(batch.request(&head(), spans)).unwrap();
    let [spans] = request.resource_spans.drain(..).collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(spans.resource.unwrap().attributes[0].key, "service.name");
    let scopes = spans.scope_spans.into_iter();
    scopes
        .map(|scope| (scope.scope.unwrap().name, scope.spans.into_iter().map(|span| span.name).collect()))
        .collect()
}

fn head() -> ResourceHead {
    ResourceHead::new(&Resource::builder_empty().with_service_name("shop").build())
}

fn of(scope: &str, names: &[&str]) -> (String, Vec<String>) {
    (scope.to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn parts_have_each_span_once_under_its_scope() {
    let mut batch = Batch::new(InstrumentationScope::default());
    for number in 0..6 {
        batch.push(&span(number.to_string(), if number % 2 == 0 { "even" } else { "odd" }));
    }
    let (size, batch) = (batch.size(), batch.seal(&head()));
    assert_eq!(names(&batch, 0..6), [of("even", &["0", "2", "4"]), of("odd", &["1", "3", "5"])]);
    assert_eq!(names(&batch, 0..3), [of("even", &["0", "2"]), of("odd", &["1"])]);
    assert_eq!(names(&batch, 3..4), [of("odd", &["3"])]);
    assert_eq!((batch.size(0..3) + batch.size(3..6), batch.size(0..6)), (size, size));
}

#[test]
fn spans_of_one_scope_are_sent_whole_or_in_parts() {
    for (count, length) in [(1, 1), (3, 100), (40, 100), (3, 20_000)] {
        let name = |number: usize| format!("{number}{}", "x".repeat(length));
        let mut batch = Batch::new(InstrumentationScope::builder("requests").build());
        (0..count).for_each(|number| batch.push(&span(name(number), "one")));
        let batch = batch.seal(&head());
        let all: Vec<_> = (0..count).map(name).collect();
        // Each is asked for again, as when the collector does not answer.
        for _ in 0..2 {
            assert_eq!(names(&batch, 0..count), [("one".to_owned(), all.clone())]);
            assert_eq!(names(&batch, count - 1..count), [("one".to_owned(), all[count - 1..].to_vec())]);
        }
    }
}

#[test]
fn a_batch_that_is_as_large_as_the_one_before_finds_room() {
    let mut batch = Batch::new(InstrumentationScope::default());
    (0..1000).for_each(|number: u32| batch.push(&span(number.to_string(), "")));
    let mut next = Batch::after(&batch);
    let capacity = next.bytes.capacity();
    (0..1000).for_each(|number: u32| next.push(&span(format!("{number}x"), "")));
    assert_eq!(next.bytes.capacity(), capacity);
    assert_eq!(names(&next.seal(&head()), 999..1000), [of("", &["999x"])]);
}

#[test]
fn what_has_arrived_is_memory_for_others_unless_it_is_far_too_large() {
    let (spares, head) = (Spares::default(), head());
    let sent = |length: usize| {
        let mut batch = Batch::new(InstrumentationScope::builder("requests").build());
        batch.push(&span("x".repeat(length), "another"));
        batch.seal(&head)
    };
    let batch = sent(1000);
    let request = batch.request(&head, 0..1);
    let place = request.as_ptr() as usize;
    drop(request);
    spares.put(batch);
    let mut batch = spares.take().unwrap();
    assert_eq!((batch.len(), batch.size()), (0, 0));
    batch.push(&span("next".into(), "requests"));
    assert!(place.abs_diff(batch.bytes.as_ptr() as usize) <= ROOM, "its memory is that of the one before");
    assert_eq!(names(&batch.seal(&head), 0..1), [of("requests", &["next"])]);

    let kept = sent(1000);
    let request = kept.request(&head, 0..1);
    spares.put(kept);
    spares.put(sent(2 << 20));
    assert!(spares.take().is_none(), "one is still being sent, and one is too large");
    drop(request);
    (0..100).for_each(|_| spares.put(sent(1000)));
    assert_eq!(std::iter::from_fn(|| spares.take()).count(), MOST);
}
