#![allow(clippy::unwrap_used)]

use std::{
    sync::Arc,
    task::{Context, Waker},
};

use super::*;
use crate::sample;

/// Everything that waits, by place.
fn take(queue: &Queue) -> Vec<Waiting> {
    let take = |place| {
        let mut waiting = Waiting::default();
        queue.swap(place, &mut waiting);
        waiting
    };
    (0..queue.places()).map(take).collect()
}

fn is_woken(queue: &Queue) -> bool {
    let mut filled = std::pin::pin!(queue.filled());
    filled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[test]
fn what_does_not_fit_is_counted() {
    let queue = Queue::new(10 * 64, 5);
    let room = queue.room;
    for number in 0..room as u64 + 7 {
        queue.server(&sample::texts(), || sample::server(number));
    }
    let taken = take(&queue);
    assert_eq!(taken.iter().map(Waiting::count).sum::<usize>(), room);
    assert_eq!(taken.iter().map(|waiting| waiting.dropped).sum::<u64>(), 7);
    assert_eq!(take(&queue).iter().map(|waiting| waiting.dropped).sum::<u64>(), 0);
}

#[test]
fn a_batch_wakes_whoever_waits_and_one_span_less_does_not() {
    let queue = Queue::new(64 * 64, 5);
    for number in 0..4 {
        queue.server(&sample::texts(), || sample::server(number));
        assert!(!is_woken(&queue));
    }
    queue.server(&sample::texts(), || sample::server(4));
    assert!(is_woken(&queue) && !is_woken(&queue));
}

#[test]
fn threads_lose_nothing_of_each_other() {
    let queue = Arc::new(Queue::new(1 << 20, 100));
    let threads: Vec<_> = (0..8u64)
        .map(|thread| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                let span = |number| sample::server(thread * 1000 + number);
                (0..1000).for_each(|number| queue.server(&sample::texts(), || span(number)))
            })
        })
        .collect();
    let mut found: Vec<u64> = Vec::new();
    let mut collect =
        || found.extend(take(&queue).iter().flat_map(|waiting| waiting.server.spans()).map(|span| span.span));
    while threads.iter().any(|thread| !thread.is_finished()) {
        collect();
    }
    collect();
    found.sort_unstable();
    assert_eq!(found, (0..8000).collect::<Vec<_>>());
}

#[test]
fn spans_of_the_exporter_itself_are_not_taken() {
    let queue = Arc::new(Queue::default());
    let exporter = Arc::clone(&queue);
    let spans = move || {
        Queue::exports_here();
        exporter.inner(sample::inner(1, 2, 1, "connect"));
    };
    thread::spawn(spans).join().unwrap();
    assert_eq!(take(&queue).iter().map(Waiting::count).sum::<usize>(), 0);
}

#[test]
fn the_memory_of_a_burst_is_given_back() {
    let server = sample::requests((0..10_000).map(sample::server));
    let mut waiting = Waiting { server, ..Waiting::default() };
    waiting.reset(10_000);
    let (spans, texts) = waiting.server.capacity();
    assert!(spans >= 10_000 && texts >= 10_000 * sample::texts().bytes().len());
    waiting.reset(3);
    assert_eq!(waiting.server.capacity(), (spans, texts));
    (0..40).for_each(|_| waiting.reset(3));
    let (spans, texts) = waiting.server.capacity();
    assert!(spans < 2048 && texts < 2048 * 440, "{spans} {texts}");
}

#[test]
fn a_place_where_nothing_comes_any_more_gives_the_memory_of_a_burst_back() {
    let queue = Queue::new(64 * 10_000, 5);
    let here = HERE.with(|here| *here) & (queue.places() - 1);
    let capacity = || queue.places[here].lock().server.capacity();
    let mut emptied =
        Waiting { server: sample::requests((0..10_000).map(sample::server)), ..Waiting::default() };
    emptied.reset(10_000);
    queue.server(&sample::texts(), || sample::server(1));
    queue.swap(here, &mut emptied);
    assert!(emptied.count() == 1 && capacity().0 >= 10_000);
    emptied.reset(1);
    (0..40).for_each(|_| queue.swap(here, &mut emptied));
    let (spans, texts) = capacity();
    assert!(emptied.count() == 0 && spans < 2048 && texts < 2048 * 440, "{spans} {texts}");
}
