#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use super::{Clock, Latencies, Sketch, Tallies, Windows, windows::SLICE};
use crate::shard::Here;

/// Windows of one route, at a time that the test says.
struct Watched {
    sketch: Sketch,
    windows: Windows,
    clock: Clock,
    now: Instant,
}

impl Watched {
    fn new() -> Self {
        let now = Instant::now();
        Self { sketch: Sketch::new(), windows: Windows::new(), clock: Clock::new(now), now }
    }

    fn pass(&mut self, duration: Duration) {
        self.now += duration;
        self.windows.see(&self.sketch);
        for _ in 0..self.clock.turns(self.now) {
            self.windows.turn();
        }
    }

    fn latencies(&mut self) -> Latencies {
        self.windows.see(&self.sketch);
        let mut tallies = Tallies::default();
        self.windows.add_to(&mut tallies);
        tallies.spans(&self.clock, self.now).into()
    }
}

#[test]
fn the_last_minute_forgets_and_the_start_does_not() {
    let mut watched = Watched::new();
    watched.sketch.record(Here::new(), 1_000_000_000);
    watched.windows.add_ends(1, 0);
    let seen = watched.latencies();
    assert_eq!((seen.minute.requests, seen.minute.errors, seen.start.requests), (1, 1, 1));

    for _ in 0..6 {
        watched.pass(SLICE);
    }
    watched.sketch.record(Here::new(), 1_000_000);
    let seen = watched.latencies();
    assert_eq!((seen.minute.requests, seen.minute.seconds), (2, 60.0));

    watched.pass(SLICE);
    let seen = watched.latencies();
    assert_eq!((seen.minute.requests, seen.minute.errors), (1, 0));
    assert_eq!((seen.five_minutes.requests, seen.start.requests, seen.start.errors), (2, 2, 1));
    assert!(seen.minute.p99.unwrap() < 0.002);
    assert!(seen.start.p99.unwrap() > 0.9);

    for _ in 0..31 {
        watched.pass(SLICE);
    }
    let seen = watched.latencies();
    assert_eq!((seen.five_minutes.requests, seen.five_minutes.p50, seen.start.requests), (0, None, 2));
    assert_eq!(seen.five_minutes.seconds, 300.0);
}

#[test]
fn a_window_is_never_longer_than_the_service_runs() {
    let mut watched = Watched::new();
    watched.pass(Duration::from_secs(3));
    let seen = watched.latencies();
    assert_eq!((seen.minute.seconds, seen.five_minutes.seconds, seen.start.seconds), (3.0, 3.0, 3.0));
}

#[test]
fn a_clock_that_leaps_forgets_what_was_before() {
    let mut watched = Watched::new();
    watched.sketch.record(Here::new(), 5_000_000);
    watched.pass(Duration::from_secs(24 * 3600));
    assert_eq!(watched.latencies().five_minutes.requests, 0);
    assert_eq!(watched.latencies().start.requests, 1);
}

#[test]
fn what_is_merged_adds_up_in_every_window() {
    let (mut one, mut other) = (Watched::new(), Watched::new());
    for watched in [&mut one, &mut other] {
        watched.sketch.record(Here::new(), 5_000_000);
        watched.pass(SLICE);
        watched.sketch.record(Here::new(), 5_000_000);
        watched.latencies();
    }
    let mut both = Watched::new();
    both.windows.turn();
    both.windows.merge(&one.windows);
    both.windows.merge(&other.windows);
    let mut tallies = Tallies::default();
    both.windows.add_to(&mut tallies);
    let seen = Latencies::from(tallies.spans(&both.clock, both.now));
    assert_eq!((seen.minute.requests, seen.start.requests), (4, 4));
}
