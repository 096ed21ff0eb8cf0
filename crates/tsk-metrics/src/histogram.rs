//! Histograms with the buckets of Prometheus: counted by many threads, in memory that does not grow.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::shard::{Line, Sharded};

mod bounds;
mod exemplar;
#[cfg(test)]
mod tests;

pub(crate) use bounds::{Bounds, Measure};
pub(crate) use exemplar::{Exemplar, Slot};

const PER_LINE: usize = 16;

/// The sum, and after it the buckets. The fourteen default bounds make it one line.
type Cells = Box<[Line<[AtomicU64; PER_LINE]>]>;

/// A histogram.
#[derive(Debug)]
pub(crate) struct Histogram {
    bounds: Arc<Bounds>,
    cells: Sharded<Cells>,
    exemplars: OnceLock<Box<[Slot]>>,
}

impl Histogram {
    pub(crate) fn new(bounds: Arc<Bounds>, shards: usize) -> Self {
        Self { bounds, cells: Sharded::new(shards), exemplars: OnceLock::new() }
    }

    /// Counts a whole number of what the histogram measures, nanoseconds or bytes, and says which bucket it is in.
    #[inline]
    pub(crate) fn record(&self, counted: u64) -> usize {
        let bucket = self.bounds.bucket(counted);
        let cells = self.cells();
        cell(cells, 0).fetch_add(counted, Relaxed);
        cell(cells, 1 + bucket).fetch_add(1, Relaxed);
        bucket
    }

    /// Counts a number `count` times. One that is none (NaN) is left out, as the sum could not be told any more.
    pub(crate) fn record_real(&self, value: f64, count: u64) {
        debug_assert_eq!(self.bounds.measure, Measure::Real);
        if value.is_nan() || count == 0 {
            return;
        }
        let cells = self.cells();
        let add = |sum: u64| Some((f64::from_bits(sum) + value * count as f64).to_bits());
        // It never gives up.
        let _ = cell(cells, 0).fetch_update(Relaxed, Relaxed, add);
        cell(cells, 1 + self.bounds.bucket_of(value)).fetch_add(count, Relaxed);
    }

    /// Has a request stand for the others in its bucket.
    #[inline]
    pub(crate) fn offer(&self, bucket: usize, exemplar: Exemplar) {
        let slots = self.exemplars.get_or_init(|| (0..self.bounds.len()).map(|_| Slot::default()).collect());
        if let Some(slot) = slots.get(bucket) {
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
            let sum = cell(cells, 0).load(Relaxed);
            match self.bounds.measure {
                Measure::Real => real += f64::from_bits(sum),
                Measure::Time | Measure::Whole => whole = whole.wrapping_add(sum),
            }
            for (bucket, count) in counts.iter_mut().enumerate() {
                *count += cell(cells, 1 + bucket).load(Relaxed);
            }
        }
        match self.bounds.measure {
            Measure::Real => real,
            measure => whole as f64 / measure.scale(),
        }
    }

    /// How many measurements there were.
    pub(crate) fn count(&self) -> u64 {
        let buckets = |cells| (1..=self.bounds.len()).map(move |index| cell(cells, index).load(Relaxed));
        self.cells.iter().flat_map(buckets).sum()
    }

    /// The exemplar of a bucket.
    pub(crate) fn exemplar(&self, bucket: usize) -> Option<Exemplar> {
        self.exemplars.get()?.get(bucket)?.get()
    }

    #[inline]
    fn cells(&self) -> &Cells {
        self.cells.here(|| {
            let lines = (1 + self.bounds.len()).div_ceil(PER_LINE);
            (0..lines).map(|_| Line::default()).collect()
        })
    }
}

#[inline]
fn cell(cells: &Cells, index: usize) -> &AtomicU64 {
    &cells[index / PER_LINE].0[index % PER_LINE]
}

impl metrics::HistogramFn for Histogram {
    fn record(&self, value: f64) {
        self.record_real(value, 1);
    }

    fn record_many(&self, value: f64, count: usize) {
        self.record_real(value, count as u64);
    }
}
