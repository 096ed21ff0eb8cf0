#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::*;
use crate::sample;

fn intake(size: usize) -> Arc<Intake> {
    let queue = Arc::new(Queue::new(size, 5));
    Arc::new(Intake::new(queue, Arc::new(sample::plans()), Seen::new(Duration::ZERO)))
}

fn failed(intake: &Arc<Intake>) -> Vec<Value> {
    let traces = intake.insights().into_iter().find(|insight| insight.name() == "traces").unwrap();
    traces.snapshot()["failed"].as_array().unwrap().clone()
}

/// The numbers of the spans that are given to be exported, and how many were dropped.
fn drain(intake: &Intake) -> (Vec<u64>, u64) {
    let (mut numbers, mut dropped) = (Vec::new(), 0);
    intake.drain(&mut Waiting::default(), |waiting| {
        numbers.extend(waiting.server.spans().map(|span| span.span));
        dropped += waiting.dropped;
    });
    (numbers, dropped)
}

#[test]
fn a_request_that_failed_is_shown_before_anything_is_exported() {
    let intake = intake(1024);
    assert!(failed(&intake).is_empty());
    intake.queue().server(&sample::texts(), || sample::failed(1, "Timeout", ""));
    intake.queue().server(&sample::texts(), || sample::failed(2, "Timeout", ""));
    assert_eq!(failed(&intake).len(), 2);
    let glanced = intake.insights().into_iter().map(|insight| insight.glance(100, ""));
    let errors = glanced.into_iter().find_map(|value| value["groups"][0]["count"].as_u64());
    assert_eq!(errors, Some(2));
}

#[test]
fn what_was_shown_is_exported_once_and_shown_once() {
    let intake = intake(1024);
    intake.queue().server(&sample::texts(), || sample::failed(1, "Timeout", ""));
    assert_eq!(failed(&intake).len(), 1);
    intake.queue().server(&sample::texts(), || sample::failed(2, "Timeout", ""));
    assert_eq!(drain(&intake), (vec![1, 2], 0));
    assert_eq!(failed(&intake).len(), 2);
    assert_eq!(drain(&intake), (Vec::new(), 0));
}

#[test]
fn who_looks_again_and_again_does_not_have_spans_pile_up() {
    let intake = intake(64);
    let most = 2 * intake.queue().size();
    for number in 0..1000 {
        intake.queue().server(&sample::texts(), || sample::failed(number, "Timeout", ""));
        intake.insights()[0].snapshot();
    }
    let (exported, dropped) = drain(&intake);
    assert!(exported.len() <= most, "{} of {most}", exported.len());
    assert_eq!(exported.len() as u64 + dropped, 1000);
}
