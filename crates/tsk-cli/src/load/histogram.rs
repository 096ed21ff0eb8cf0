//! A histogram of latencies in text.

use std::fmt::Write;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Lines at most.
const BARS: usize = 12;

/// The longest bar, in characters.
const WIDTH: u64 = 50;

/// How many requests took so long, and no longer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Bar {
    /// In seconds.
    pub(super) up_to_seconds: f64,
    pub(super) count: u64,
}

impl Bar {
    /// Beside the longest bar, of `most`.
    pub(super) fn line(&self, most: u64) -> String {
        // Whatever is there is seen.
        let filled = (self.count * WIDTH).div_ceil(most.max(1));
        let mut line = format!("{:>9} ms {:>9}  ", millis(self.up_to_seconds), self.count);
        for _ in 0..filled {
            let _ = line.write_char('#');
        }
        line.trim_end().to_owned()
    }
}

/// The latencies in steps of equal ratio, from the shortest to the longest: what is common and what is rare are both
/// seen, though one is a thousand times the other.
pub(super) fn bars(latencies: &Histogram<u64>) -> Vec<Bar> {
    if latencies.is_empty() {
        return Vec::new();
    }
    let steps = if latencies.equivalent(latencies.min(), latencies.max()) { 1 } else { BARS };
    let (min, max) = (latencies.min().max(1) as f64, latencies.max().max(1) as f64);
    let mut bars = Vec::with_capacity(steps);
    let mut values = latencies.iter_recorded().peekable();
    for step in 1..=steps {
        let bound = if step == steps { max } else { min * (max / min).powf(step as f64 / steps as f64) };
        let mut count = 0;
        // The last takes all that is left, whatever the bound was rounded to.
        while let Some(value) =
            values.next_if(|value| step == steps || value.value_iterated_to() as f64 <= bound)
        {
            count += value.count_at_value();
        }
        bars.push(Bar { up_to_seconds: bound / 1e9, count });
    }
    bars
}

/// Seconds as milliseconds, to three digits.
pub(super) fn millis(seconds: f64) -> String {
    let millis = seconds * 1e3;
    match millis {
        _ if millis < 0.9995 => format!("{millis:.3}"),
        _ if millis < 9.995 => format!("{millis:.2}"),
        _ if millis < 99.95 => format!("{millis:.1}"),
        _ => format!("{millis:.0}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1_000, 3_600_000_000_000, 3).unwrap();
        values.iter().for_each(|value| histogram.record(*value).unwrap());
        histogram
    }

    #[test]
    fn one_value_is_one_bar() {
        let bars = bars(&of(&[20_000_000; 5]));
        assert_eq!(bars.len(), 1);
        assert_eq!(bars[0].line(5), format!("     20.0 ms         5  {}", "#".repeat(50)));
        assert!(super::bars(&of(&[])).is_empty());
    }

    #[test]
    fn what_is_rare_is_seen_beside_what_is_common() {
        let bars = bars(&of(&[vec![1_000_000; 100_000], vec![1_000_000_000]].concat()));
        assert_eq!((bars[0].count, bars[BARS - 1].count), (100_000, 1));
        assert!(bars[BARS - 1].line(100_000).ends_with("  #"));
        assert!(bars[1].line(100_000).ends_with(" 0"));
    }

    #[test]
    fn milliseconds_have_three_digits() {
        for (seconds, text) in
            [(0.000_020_4, "0.020"), (0.001_234, "1.23"), (0.0204, "20.4"), (1.234_5, "1234"), (0.0, "0.000")]
        {
            assert_eq!(millis(seconds), text);
        }
    }

    proptest! {
        #[test]
        fn every_request_is_in_one_bar(values in proptest::collection::vec(1_000..3_600_000_000_000_u64, 1..200)) {
            let bars = bars(&of(&values));
            prop_assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), values.len() as u64);
            prop_assert!(bars.windows(2).all(|pair| pair[0].up_to_seconds < pair[1].up_to_seconds));
            let most = bars.iter().map(|bar| bar.count).max().unwrap();
            prop_assert!(bars.iter().all(|bar| bar.line(most).chars().filter(|c| *c == '#').count() <= 50));
        }
    }
}
