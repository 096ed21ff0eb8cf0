//! What happened in the last minutes, and since the start.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    report::Span,
    sketch::{Counts, Sketch},
};

/// How long what is kept together is kept together.
pub(crate) const SLICE: Duration = Duration::from_secs(10);
/// Slices that are kept beside the present one: five minutes.
const SLICES: usize = 30;
const MINUTE: usize = 6;

/// What happened in a time, by the buckets of a sketch in which anything did.
#[derive(Debug, Default)]
struct Slice {
    counts: Vec<(u16, u32)>,
    errors: u64,
    cancelled: u64,
}

impl Slice {
    fn add(&mut self, bucket: usize, count: u32) {
        let bucket = bucket as u16;
        match self.counts.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(found) => self.counts[found].1 += count,
            Err(place) => self.counts.insert(place, (bucket, count)),
        }
    }
}

/// All that happened since the start, and again what did in the last five minutes.
#[derive(Debug)]
pub(crate) struct Windows {
    total: Tally,
    /// The latest is the last, and still grows.
    slices: VecDeque<Slice>,
}

impl Windows {
    pub(crate) fn new() -> Self {
        Self { total: Tally::default(), slices: [Slice::default()].into() }
    }

    /// What happened since this was called last, always with the same sketch.
    pub(crate) fn see(&mut self, sketch: &Sketch) {
        for (bucket, sum) in sketch.read().into_iter().enumerate() {
            let count = self.total.counts.since(bucket, sum);
            if count != 0 {
                self.total.counts.add(bucket, count.into());
                self.present().add(bucket, count);
            }
        }
    }

    pub(crate) fn add_ends(&mut self, errors: u64, cancelled: u64) {
        self.total.errors += errors;
        self.total.cancelled += cancelled;
        let slice = self.present();
        slice.errors += errors;
        slice.cancelled += cancelled;
    }

    /// Begins another slice.
    pub(crate) fn turn(&mut self) {
        if self.slices.len() > SLICES {
            self.slices.pop_front();
        }
        self.slices.push_back(Slice::default());
    }

    /// What happened since the start is still told when the route is no more. What is told of several sees no sketch itself.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.total.merge(&other.total);
        for (mine, theirs) in self.slices.iter_mut().rev().zip(other.slices.iter().rev()) {
            theirs.counts.iter().for_each(|(bucket, count)| mine.add((*bucket).into(), *count));
            mine.errors += theirs.errors;
            mine.cancelled += theirs.cancelled;
        }
    }

    fn present(&mut self) -> &mut Slice {
        if self.slices.is_empty() {
            self.slices.push_back(Slice::default());
        }
        let last = self.slices.len() - 1;
        &mut self.slices[last]
    }

    /// How many requests there were in the last minute, and since the start: by what matters most.
    pub(crate) fn busyness(&self) -> (u64, u64) {
        let minute = self.slices.iter().rev().take(MINUTE + 1).flat_map(|slice| &slice.counts);
        (minute.map(|(_, count)| u64::from(*count)).sum(), self.total.counts.total())
    }

    pub(crate) fn add_to_history(&self, history: &mut History) {
        if history.0.len() < self.slices.len() {
            history.0.resize_with(self.slices.len(), Tally::default);
        }
        for (tally, slice) in history.0.iter_mut().zip(self.slices.iter().rev()) {
            tally.add(slice);
        }
    }

    pub(crate) fn add_to(&self, tallies: &mut Tallies) {
        tallies.start.merge(&self.total);
        for (age, slice) in self.slices.iter().rev().enumerate() {
            tallies.five_minutes.add(slice);
            if age <= MINUTE {
                tallies.minute.add(slice);
            }
        }
    }
}

/// What happened in a time, by all buckets.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    counts: Counts,
    errors: u64,
    cancelled: u64,
}

impl Tally {
    fn add(&mut self, slice: &Slice) {
        slice.counts.iter().for_each(|(bucket, count)| self.counts.add((*bucket).into(), (*count).into()));
        self.errors += slice.errors;
        self.cancelled += slice.cancelled;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.errors += other.errors;
        self.cancelled += other.cancelled;
    }

    fn span(&self, duration: Duration) -> Span {
        let percentile = |share| self.counts.percentile(share).map(|duration| duration.as_secs_f64());
        Span {
            seconds: duration.as_secs_f64(),
            requests: self.counts.total(),
            errors: self.errors,
            cancelled: self.cancelled,
            p50: percentile(0.5),
            p90: percentile(0.9),
            p99: percentile(0.99),
            p999: percentile(0.999),
        }
    }
}

/// What happened in each of the times that are told of.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tallies {
    minute: Tally,
    five_minutes: Tally,
    start: Tally,
}

impl Tallies {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.minute.merge(&other.minute);
        self.five_minutes.merge(&other.five_minutes);
        self.start.merge(&other.start);
    }

    /// The last minute, the last five, and since the start.
    pub(crate) fn spans(&self, clock: &Clock, now: Instant) -> [Span; 3] {
        let up = now.saturating_duration_since(clock.start);
        let since = now.saturating_duration_since(clock.turned);
        let last = |slices: usize| (SLICE * slices as u32 + since).min(up);
        [self.minute.span(last(MINUTE)), self.five_minutes.span(last(SLICES)), self.start.span(up)]
    }
}

/// What happened in each slice of time, the latest first.
#[derive(Debug, Default)]
pub(crate) struct History(Vec<Tally>);

impl History {
    /// The oldest first. The last is of the present slice, as far as it has come.
    pub(crate) fn spans(&self, clock: &Clock, now: Instant) -> Vec<Span> {
        let present = now.saturating_duration_since(clock.turned);
        let spans = self.0.iter().enumerate().rev();
        spans.map(|(age, tally)| tally.span(if age == 0 { present } else { SLICE })).collect()
    }
}

/// When slices begin.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) start: Instant,
    turned: Instant,
}

impl Clock {
    pub(crate) fn new(now: Instant) -> Self {
        Self { start: now, turned: now }
    }

    /// How many slices have ended since this was asked last. More than are kept are as good as all.
    pub(crate) fn turns(&mut self, now: Instant) -> usize {
        let mut turns = 0;
        while now.saturating_duration_since(self.turned) >= SLICE {
            self.turned += SLICE;
            turns += 1;
            if turns > SLICES {
                self.turned = now;
            }
        }
        turns
    }
}
