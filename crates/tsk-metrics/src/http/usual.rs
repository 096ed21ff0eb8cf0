//! What is counted of nearly every request of a route.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering::Relaxed},
};

use super::route::Ending;
use crate::{
    histogram::{Bounds, Cells, Histogram},
    latency::Sketch,
    shard::Here,
};

/// What is counted of nearly every request of a route, at an end at once: percentiles, the size of the answer, and how long it took,
/// where it ended as most do. Between two requests a core forgets most of what it had at hand, so that each line that
/// is touched costs more than what is done with it: there are few, and no pointers that lead to others.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Usual {
    cells: Cells,
    sizes: Arc<Bounds>,
    durations: Arc<Bounds>,
    sketch: Sketch,
    /// How most requests end: as the first that did well. Zero, as no [`Ending`] is, where none has yet.
    ending: AtomicU16,
}

/// The columns of the cells.
const SIZES: usize = 0;
const DURATIONS: usize = 1;

impl Usual {
    pub(super) fn new(durations: Arc<Bounds>, sizes: Arc<Bounds>) -> Self {
        let cells = Cells::new(&[&sizes, &durations]);
        Self { cells, sizes, durations, sketch: Sketch::new(), ending: AtomicU16::new(0) }
    }

    /// A request ended. Whether that was all there is to count, or its duration is to be counted elsewhere.
    #[inline]
    pub(super) fn ended(&self, here: Here, ending: Ending, nanoseconds: u64, sent: u64) -> bool {
        self.sketch.record(here, nanoseconds);
        let cells = self.cells.at(here);
        cells.record(here, SIZES, self.sizes.bucket(sent), sent);
        let is_usual = self.ending.load(Relaxed) == ending.0;
        if is_usual {
            cells.record(here, DURATIONS, self.durations.bucket(nanoseconds), nanoseconds);
        }
        is_usual
    }

    /// The sizes of answers.
    pub(super) fn sizes(&self) -> Histogram {
        Histogram::column(Arc::clone(&self.sizes), self.cells.clone(), SIZES)
    }

    /// The durations of requests that end in one more way. It is asked for once a way.
    pub(super) fn durations(&self, ending: Ending) -> Histogram {
        let durations = Arc::clone(&self.durations);
        if ending.is_success() && self.ending.compare_exchange(0, ending.0, Relaxed, Relaxed).is_ok() {
            Histogram::column(durations, self.cells.clone(), DURATIONS)
        } else {
            Histogram::new(durations)
        }
    }

    /// Of what percentiles are told.
    pub(super) fn sketch(&self) -> &Sketch {
        &self.sketch
    }
}
