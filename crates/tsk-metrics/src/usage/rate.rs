//! How many there were in the last five minutes.

/// A slice is ten seconds, by their number since the start.
pub(super) const SLICE: u64 = 10;
const SLICES: usize = 30;

/// How many there were in each of the last slices.
#[derive(Debug, Clone, Default)]
pub(super) struct Rate {
    counts: [u32; SLICES],
    latest: u64,
}

impl Rate {
    pub(super) fn add(&mut self, slice: u64) {
        self.advance(slice);
        let count = &mut self.counts[(slice.min(self.latest) % SLICES as u64) as usize];
        *count = count.saturating_add(1);
    }

    /// A second, on average over the last five minutes, or over all seconds that there were.
    pub(super) fn per_second(&self, slice: u64, seconds: f64) -> f64 {
        let mut now = self.clone();
        now.advance(slice);
        let sum: u64 = now.counts.iter().map(|count| u64::from(*count)).sum();
        // The present slice has not ended: of the oldest one, as much is missing.
        let span = (SLICE * (SLICES as u64 - 1)) as f64 + seconds % SLICE as f64;
        sum as f64 / seconds.min(span).max(1.0)
    }

    /// Empties what is longer ago.
    fn advance(&mut self, slice: u64) {
        let passed = slice.saturating_sub(self.latest).min(SLICES as u64);
        for step in 1..=passed {
            self.counts[((slice - passed + step) % SLICES as u64) as usize] = 0;
        }
        self.latest = self.latest.max(slice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_last_five_minutes() {
        let mut rate = Rate::default();
        // One a second, for ten minutes, and then none.
        for second in 0_u64..600 {
            rate.add(second / SLICE);
            let told = rate.per_second(second / SLICE, second as f64);
            assert!(second < 20 || (told - 1.0).abs() < 0.06, "{told} at {second}");
        }
        assert!((rate.per_second(75, 750.0) - 0.5).abs() < 0.05);
        assert_eq!(rate.per_second(90, 900.0), 0.0);
        assert_eq!(rate.per_second(u64::MAX / 2, 1e12), 0.0);
        // What comes late counts as of now.
        rate.add(100);
        rate.add(3);
        assert!(rate.per_second(100, 1000.0) > 0.0);
    }
}
