//! The buckets of a histogram.

use crate::exposition::number;

/// What a histogram measures, and so what its whole numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Time, counted in nanoseconds and written in seconds.
    Time,
    /// Whole numbers, such as bytes.
    Whole,
    /// Any number.
    Real,
}

impl Measure {
    /// How many of what is counted make one of what is written.
    pub(crate) fn scale(self) -> f64 {
        match self {
            Self::Time => 1e9,
            Self::Whole | Self::Real => 1.0,
        }
    }
}

/// How many bounds there may be.
pub(crate) const MAX_BOUNDS: usize = 64;

/// The upper bounds of the buckets of a histogram. The last bucket has none.
#[derive(Debug)]
pub(crate) struct Bounds {
    pub(crate) measure: Measure,
    /// As they are written.
    pub(crate) written: Box<[f64]>,
    /// As they are counted; behind the last, what nothing is above. Here and not elsewhere, as each request looks at the first.
    counted: [u64; MAX_BOUNDS],
    /// As they end a line: `le="0.005"} `.
    pub(crate) labels: Box<[Box<str>]>,
}

impl Bounds {
    /// `bounds` are finite and rise, and are at most [`MAX_BOUNDS`].
    pub(crate) fn new(measure: Measure, bounds: &[f64]) -> Self {
        let labels = bounds.iter().chain([&f64::INFINITY]);
        let mut counted = [u64::MAX; MAX_BOUNDS];
        for (counted, bound) in counted.iter_mut().zip(bounds) {
            *counted = (bound * measure.scale()).round() as u64;
        }
        Self {
            measure,
            written: bounds.into(),
            counted,
            labels: labels.map(|bound| format!("le=\"{}\"}} ", number::canonical(*bound)).into()).collect(),
        }
    }

    /// How many buckets there are.
    pub(crate) fn len(&self) -> usize {
        self.written.len() + 1
    }

    /// The bucket of what was counted. A bound belongs to the bucket below it.
    ///
    /// From the lowest on, as most requests are fast, and most bodies small.
    #[inline]
    pub(crate) fn bucket(&self, counted: u64) -> usize {
        self.counted.iter().position(|bound| counted <= *bound).unwrap_or(MAX_BOUNDS)
    }

    /// The bucket of a number, which is not NaN.
    pub(crate) fn bucket_of(&self, value: f64) -> usize {
        self.written.partition_point(|bound| *bound < value)
    }
}
