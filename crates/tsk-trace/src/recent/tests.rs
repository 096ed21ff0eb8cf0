#![allow(clippy::unwrap_used)]

use opentelemetry_sdk::trace::SpanData;

use super::*;
use crate::sample;

fn take(recent: &Recent, server: Vec<ServerSpan>, inner: Vec<SpanData>) {
    recent.take(&sample::waiting(sample::requests(server), inner), &sample::plans());
}

fn failed(recent: &Recent) -> Vec<Value> {
    recent.snapshot()["failed"].as_array().unwrap().clone()
}

#[test]
fn a_request_that_failed_is_shown_as_a_waterfall() {
    let recent = Recent::new(Duration::from_secs(1));
    let mut query = sample::client(1, 3, &[("peer.service", "billing")]);
    query.parent_span_id = 2u64.into();
    let inner = vec![query, sample::inner(1, 2, 1, "load"), sample::inner(9, 8, 9, "of another")];
    take(&recent, vec![sample::server(9), sample::failed(1, "Timeout", "secret 42")], inner);
    let shown = failed(&recent);
    assert_eq!(shown.len(), 1);
    assert_eq!((&shown[0]["name"], &shown[0]["status"]), (&json!("GET /users/{id}"), &json!(500)));
    assert_eq!((&shown[0]["error"], &shown[0]["duration_us"]), (&json!("Timeout"), &json!(1000)));
    let spans = shown[0]["spans"].as_array().unwrap();
    let tree: Vec<_> =
        spans.iter().map(|span| (span["name"].as_str().unwrap(), span["depth"].as_u64().unwrap())).collect();
    assert_eq!(tree, [("GET /users/{id}", 0), ("load", 1), ("call", 2)]);
    assert_eq!(spans[2]["target"], "billing");
    // Neither what the client asked for nor what the error says of it.
    let text = recent.snapshot().to_string();
    assert!(!text.contains("/users/42") && !text.contains("secret"), "{text}");
}

#[test]
fn siblings_are_shown_in_the_order_in_which_they_began() {
    let recent = Recent::new(Duration::ZERO);
    let mut spans: Vec<_> = (2..6).map(|number| sample::inner(1, number, 1, &number.to_string())).collect();
    for (at, span) in spans.iter_mut().enumerate() {
        span.start_time -= Duration::from_millis(at as u64);
    }
    spans.push(sample::inner(1, 7, 5, "below 5"));
    take(&recent, vec![sample::failed(1, "E", "")], spans);
    let shown = failed(&recent);
    let names: Vec<_> =
        shown[0]["spans"].as_array().unwrap().iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names[1..], ["5", "below 5", "4", "3", "2"]);
}

#[test]
fn a_slow_request_is_kept_and_a_quick_one_is_not() {
    let recent = Recent::new(Duration::from_secs(1));
    let mut slow = sample::server(1);
    slow.start = slow.end - 1_000_000_000;
    let mut slow_for_its_route = sample::server(2);
    slow_for_its_route.kept = Kept::Slow;
    take(&recent, vec![slow, slow_for_its_route, sample::server(3)], Vec::new());
    let shown = recent.snapshot();
    let traces: Vec<_> = shown["slow"].as_array().unwrap().iter().map(|trace| &trace["trace"]).collect();
    assert_eq!(traces, [&json!(format!("{:032x}", 2)), &json!(format!("{:032x}", 1))]);
    assert_eq!(shown["failed"], json!([]));
}

#[test]
fn a_span_that_ends_after_its_request_is_shown_with_it() {
    let recent = Recent::new(Duration::ZERO);
    take(&recent, vec![sample::failed(1, "E", "")], Vec::new());
    take(&recent, Vec::new(), vec![sample::inner(1, 2, 1, "late")]);
    assert_eq!(failed(&recent)[0]["spans"][1]["name"], "late");
}

#[test]
fn spans_that_claim_to_be_within_each_other_are_no_loop() {
    let recent = Recent::new(Duration::ZERO);
    let circle =
        vec![sample::inner(1, 2, 3, "a"), sample::inner(1, 3, 2, "b"), sample::inner(1, 1, 1, "self")];
    take(&recent, vec![sample::failed(1, "E", "")], circle);
    assert_eq!(failed(&recent)[0]["spans"].as_array().unwrap().len(), 2);
}

#[test]
fn requests_of_one_trace_have_each_their_own_spans() {
    let recent = Recent::new(Duration::ZERO);
    let (mut first, mut second) = (sample::failed(1, "E", ""), sample::failed(1, "E", ""));
    (first.span, second.span) = (10, 20);
    take(&recent, Vec::new(), vec![sample::inner(1, 11, 10, "of 10"), sample::inner(1, 21, 20, "of 20")]);
    take(&recent, vec![first, second], Vec::new());
    let shown = failed(&recent);
    assert_eq!(shown[0]["spans"][1]["name"], "of 20");
    assert_eq!(shown[1]["spans"][1]["name"], "of 10");
}

#[test]
fn what_is_kept_is_bounded_in_number_and_in_bytes() {
    let recent = Recent::new(Duration::ZERO);
    let long = "x".repeat(1000);
    for number in 1..200 {
        let inner = (0..200).map(|child| sample::inner(number, 1_000_000 + child, number, &long)).collect();
        take(&recent, vec![sample::failed(number, &long, &long)], inner);
    }
    let shown = failed(&recent);
    assert!(!shown.is_empty() && shown.len() <= TRACES, "{}", shown.len());
    assert_eq!(shown[0]["trace"], format!("{:032x}", 199));
    assert_eq!(shown[0]["missing"], 200 - trace::SPANS);
    assert!(recent.snapshot().to_string().len() < 2 * BYTES);
}

#[test]
fn spans_whose_request_never_ends_make_room_for_others() {
    let mut pending = Pending::default();
    for trace in 0..100_000 {
        pending.put(trace, Span::of(&sample::inner(1, 2, 1, "orphan")));
        pending.put(7, Span::of(&sample::inner(1, 2, 1, "of a trace that is heard of again and again")));
        pending.take(7, 1);
    }
    let (spans, traces) = pending.count();
    assert!(spans <= 4096 && traces <= 2 * 4096, "{spans} {traces}");
}
