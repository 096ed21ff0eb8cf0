//! Requests that have something in common, added up.

use std::time::{Duration, Instant};

use super::{
    ddsketch::DdSketch,
    hyperloglog::HyperLogLog,
    ledger::Event,
    report::{Consumer, Figures},
    space_saving::{Entry, Reset, SpaceSaving},
};
use crate::history::{Counts, History, Tier};

/// In 1.6 KiB: for a rate, the last five minutes; and as much as somebody asks for of the last 30 days.
const OF_ALL: [Tier; 4] = [(10, 30), (300, 12), (3600, 24), (86_400, 30)];
/// In 0.9 KiB, as there are many.
const OF_ONE: [Tier; 2] = [(3600, 24), (86_400, 30)];

/// Over how many seconds a rate is.
const RATE: u64 = 300;

/// How many there were, how they ended, how long they took.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) requests: u64,
    errors: u64,
    sketch: DdSketch,
    history: History,
    pub(super) seen: Seen,
}

/// When there was the last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen(Option<Instant>);

/// Requests of a consumer of something, and when there was the last.
#[derive(Debug)]
pub(super) struct Calls {
    history: History,
    seen: Seen,
}

/// Where a request belongs: found once, and not by each that it is added to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The second, since the start.
    pub(super) second: u64,
    /// The bucket of its duration.
    pub(super) bucket: usize,
}

/// What is kept of a consumer of something.
pub(super) trait Mark: Default + Reset {
    fn mark(&mut self, event: &Event<'_>, place: Place);

    fn seen(&self) -> Seen;

    /// How many there were in a window, if that is kept.
    fn window(&self, seconds: u64, now: u64) -> Option<(u64, u64)>;
}

impl Seen {
    pub(super) fn ago(self, now: Instant) -> f64 {
        self.0.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64())
    }
}

impl Reset for Seen {
    fn reset(&mut self) {
        self.0 = None;
    }
}

impl Mark for Seen {
    fn mark(&mut self, event: &Event<'_>, _: Place) {
        self.0 = Some(event.at);
    }

    fn seen(&self) -> Seen {
        *self
    }

    fn window(&self, _: u64, _: u64) -> Option<(u64, u64)> {
        None
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self { history: History::new(&OF_ONE), seen: Seen::default() }
    }
}

impl Reset for Calls {
    fn reset(&mut self) {
        self.history.clear();
        self.seen.reset();
    }
}

impl Mark for Calls {
    fn mark(&mut self, event: &Event<'_>, place: Place) {
        self.history.add(event.counts(), place.second);
        self.seen.mark(event, place);
    }

    fn seen(&self) -> Seen {
        self.seen
    }

    fn window(&self, seconds: u64, now: u64) -> Option<(u64, u64)> {
        Some(whole(&self.history, seconds, now))
    }
}

/// Of a part of a slice there may be a part of a request.
fn whole(history: &History, seconds: u64, now: u64) -> (u64, u64) {
    let counted = history.window(seconds, now);
    (counted.requests.round() as u64, counted.failed.round() as u64)
}

impl Event<'_> {
    fn counts(&self) -> Counts {
        Counts { requests: 1, failed: u64::from(self.is_error) }
    }
}

impl Default for Tally {
    fn default() -> Self {
        let (sketch, history) = (DdSketch::new(), History::new(&OF_ALL));
        Self { requests: 0, errors: 0, sketch, history, seen: Seen::default() }
    }
}

impl Reset for Tally {
    fn reset(&mut self) {
        (self.requests, self.errors) = (0, 0);
        self.sketch.clear();
        self.history.clear();
        self.seen.reset();
    }
}

impl Mark for Tally {
    fn mark(&mut self, event: &Event<'_>, place: Place) {
        self.requests += 1;
        self.errors += u64::from(event.is_error);
        self.sketch.count(place.bucket);
        self.history.add(event.counts(), place.second);
        self.seen.mark(event, place);
    }

    fn seen(&self) -> Seen {
        self.seen
    }

    fn window(&self, seconds: u64, now: u64) -> Option<(u64, u64)> {
        Some(whole(&self.history, seconds, now))
    }
}

impl Tally {
    pub(super) fn figures(&self, up: Duration) -> Figures {
        let quantile = |share| self.sketch.quantile(share).map(|duration| duration.as_secs_f64());
        let lately = self.history.window(RATE, up.as_secs()).requests;
        Figures {
            requests: self.requests,
            errors: self.errors,
            per_second: lately / up.as_secs_f64().clamp(1.0, RATE as f64),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
        }
    }

    /// How many there were in the last five minutes, and before: by what matters most.
    pub(super) fn busyness(&self, up: Duration) -> (u64, u64) {
        (whole(&self.history, RATE, up.as_secs()).0, self.requests)
    }
}

/// Requests that have something in common.
#[derive(Debug)]
pub(super) struct Group<T> {
    pub(super) tally: Tally,
    pub(super) unique: HyperLogLog,
    pub(super) top: SpaceSaving<T>,
    pub(super) anonymous: u64,
}

impl<T: Mark> Group<T> {
    /// With room for so many consumers.
    pub(super) fn new(room: usize) -> Self {
        let (tally, top) = (Tally::default(), SpaceSaving::new(room));
        Self { tally, unique: HyperLogLog::new(), top, anonymous: 0 }
    }

    pub(super) fn add(&mut self, event: &Event<'_>, place: Place, hash: u64) {
        self.tally.mark(event, place);
        match event.consumer {
            Some(consumer) => {
                self.unique.insert(hash);
                self.top.count(hash, consumer).mark(event, place);
            }
            None => self.anonymous += 1,
        }
    }

    pub(super) fn top(&self, most: usize, now: Instant) -> Vec<Consumer> {
        let consumer = |entry: &Entry<T>| Consumer {
            id: entry.name.clone(),
            requests: entry.count,
            excess: entry.excess,
            seconds_ago: entry.value.seen().ago(now),
            figures: None,
        };
        self.top.top().into_iter().take(most).map(consumer).collect()
    }
}
