//! The numbers of histograms.

use std::sync::atomic::AtomicU64;

use super::Bounds;
use crate::shard::{Here, Line, Sharded};

const PER_LINE: usize = 16;

/// The numbers of histograms that are counted together, of each shard.
///
/// A histogram is a column: its sum, and below it the buckets. Columns are side by side, so that what is counted most, the sums
/// and the lowest buckets, is at the beginning. A column of the fourteen default bounds is as long as one line.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    parts: Sharded<Lines>,
    columns: u16,
    rows: u16,
}

type Lines = Box<[Line<[AtomicU64; PER_LINE]>]>;

impl Cells {
    /// With a column for each of the bounds.
    pub(crate) fn new(columns: &[&Bounds]) -> Self {
        let rows = 1 + columns.iter().map(|bounds| bounds.len()).max().unwrap_or_default();
        Self { parts: Sharded::new(), columns: columns.len() as u16, rows: rows as u16 }
    }

    /// The numbers of this thread.
    #[inline]
    pub(crate) fn at(&self, here: Here) -> Part<'_> {
        let lines = self.parts.at(here, || {
            let lines = (usize::from(self.rows) * usize::from(self.columns)).div_ceil(PER_LINE);
            (0..lines).map(|_| Line::default()).collect()
        });
        Part { lines, columns: self.columns.into() }
    }

    /// The numbers that are there.
    pub(super) fn iter(&self) -> impl Iterator<Item = Part<'_>> {
        self.parts.iter().map(|lines| Part { lines, columns: self.columns.into() })
    }
}

/// The numbers of one shard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    lines: &'a [Line<[AtomicU64; PER_LINE]>],
    columns: usize,
}

impl<'a> Part<'a> {
    /// Counts what is in a bucket, here where the numbers are from.
    #[inline]
    pub(crate) fn record(self, here: Here, column: usize, bucket: usize, counted: u64) {
        here.add(self.sum(column), counted);
        here.add(self.bucket(column, bucket), 1);
    }

    #[inline]
    pub(super) fn sum(self, column: usize) -> &'a AtomicU64 {
        self.cell(column)
    }

    #[inline]
    pub(super) fn bucket(self, column: usize, bucket: usize) -> &'a AtomicU64 {
        self.cell((1 + bucket) * self.columns + column)
    }

    #[inline]
    fn cell(self, index: usize) -> &'a AtomicU64 {
        &self.lines[index / PER_LINE].0[index % PER_LINE]
    }
}
