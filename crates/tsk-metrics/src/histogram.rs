//! Histograms with the buckets of Prometheus: counted by many threads, in memory that does not grow.

use std::sync::{Arc, OnceLock, atomic::Ordering::Relaxed};

use crate::shard::Here;

mod bounds;
mod cells;
mod exemplar;
#[cfg(test)]
mod tests;

pub(crate) use bounds::{Bounds, MAX_BOUNDS, Measure};
pub(crate) use cells::Cells;
pub(crate) use exemplar::{Exemplar, Slot};

/// A histogram.
#[derive(Debug)]
pub(crate) struct Histogram {
    bounds: Arc<Bounds>,
    cells: Cells,
    column: usize,
    exemplars: OnceLock<Box<[Slot]>>,
}

impl Histogram {
    /// One that is counted by itself.
    pub(crate) fn new(bounds: Arc<Bounds>) -> Self {
        let cells = Cells::new(&[&bounds]);
        Self::column(bounds, cells, 0)
    }

    /// One that is counted together with others.
    pub(crate) fn column(bounds: Arc<Bounds>, cells: Cells, column: usize) -> Self {
        Self { bounds, cells, column, exemplars: OnceLock::new() }
    }

    /// Counts a whole number of what the histogram measures, nanoseconds or bytes.
    #[inline]
    pub(crate) fn record(&self, here: Here, counted: u64) {
        self.cells.at(here).record(here, self.column, self.bounds.bucket(counted), counted);
    }

    /// Counts a number `count` times. One that is none (NaN) is left out, as the sum could not be told any more.
    pub(crate) fn record_real(&self, value: f64, count: u64) {
        debug_assert_eq!(self.bounds.measure, Measure::Real);
        if value.is_nan() || count == 0 {
            return;
        }
        let cells = self.cells.at(Here::new());
        let add = |sum: u64| Some((f64::from_bits(sum) + value * count as f64).to_bits());
        // It never gives up.
        let _ = cells.sum(self.column).fetch_update(Relaxed, Relaxed, add);
        cells.bucket(self.column, self.bounds.bucket_of(value)).fetch_add(count, Relaxed);
    }

    /// Has a request stand for the others in its bucket.
    #[inline]
    pub(crate) fn offer(&self, exemplar: Exemplar) {
        let slots = self.exemplars.get_or_init(|| (0..self.bounds.len()).map(|_| Slot::default()).collect());
        if let Some(slot) = slots.get(self.bounds.bucket(exemplar.value)) {
            slot.offer(exemplar);
        }
    }

    pub(crate) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Adds up the shards. `counts` is used again and becomes that of each bucket alone.
    ///
    /// Others go on counting meanwhile. Of what a reader sees, the number of measurements is always that in all buckets.
    pub(crate) fn read(&self, counts: &mut Vec<u64>) -> f64 {
        counts.clear();
        counts.resize(self.bounds.len(), 0);
        let (mut whole, mut real) = (0_u64, 0.0);
        for cells in self.cells.iter() {
            let sum = cells.sum(self.column).load(Relaxed);
            match self.bounds.measure {
                Measure::Real => real += f64::from_bits(sum),
                Measure::Time | Measure::Whole => whole = whole.wrapping_add(sum),
            }
            for (bucket, count) in counts.iter_mut().enumerate() {
                *count += cells.bucket(self.column, bucket).load(Relaxed);
            }
        }
        match self.bounds.measure {
            Measure::Real => real,
            measure => whole as f64 / measure.scale(),
        }
    }

    /// How many measurements there were.
    pub(crate) fn count(&self) -> u64 {
        let buckets = 0..self.bounds.len();
        let count =
            |bucket| self.cells.iter().map(move |cells| cells.bucket(self.column, bucket).load(Relaxed));
        buckets.flat_map(count).sum()
    }

    /// The exemplar of a bucket.
    pub(crate) fn exemplar(&self, bucket: usize) -> Option<Exemplar> {
        self.exemplars.get()?.get(bucket)?.get()
    }
}

impl metrics::HistogramFn for Histogram {
    fn record(&self, value: f64) {
        self.record_real(value, 1);
    }

    fn record_many(&self, value: f64, count: usize) {
        self.record_real(value, count as u64);
    }
}
