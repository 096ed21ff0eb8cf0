//! What the requests of a short while were, beside what they usually are.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use super::{
    route::Measured,
    stretch::{Log, OCTAVE},
};

/// How much longer than usual the requests of the present window took: a histogram over all routes.
///
/// A request counts by how long those of its route take. What is limited is how many are there at a time, and of a route that
/// is slow there are more at a time; a thousand that are quick say nothing of it.
#[derive(Debug)]
pub(super) struct Window {
    buckets: [AtomicU64; BUCKETS],
    samples: AtomicU32,
}

/// An eighth of an octave each, from a sixteenth of what is usual to sixteen times as much.
const BUCKETS: usize = 64;
const WIDTH: Log = OCTAVE / 8;
const MIDDLE: Log = WIDTH * BUCKETS as Log / 2;

impl Default for Window {
    fn default() -> Self {
        Self { buckets: [const { AtomicU64::new(0) }; BUCKETS], samples: AtomicU32::new(0) }
    }
}

impl Window {
    /// Adds a request, and says how many there are.
    #[inline]
    pub(super) fn add(&self, measured: Option<Measured>) -> u32 {
        if let Some(Measured { stretch, weight }) = measured {
            // What is as usual is in the middle of a bucket.
            let place = (stretch + MIDDLE + WIDTH / 2).max(0) / WIDTH;
            self.buckets[(place as usize).min(BUCKETS - 1)].fetch_add(u64::from(weight), Relaxed);
        }
        self.samples.fetch_add(1, Relaxed) + 1
    }

    /// How many there are.
    pub(super) fn samples(&self) -> u32 {
        self.samples.load(Relaxed)
    }

    /// Ends it: how many there were, and the stretch that half of them did not reach, where any could be compared.
    pub(super) fn close(&self) -> (u32, Option<Log>) {
        let weights: [u64; BUCKETS] = std::array::from_fn(|place| self.buckets[place].swap(0, Relaxed));
        (self.samples.swap(0, Relaxed), median(&weights))
    }
}

fn median(weights: &[u64; BUCKETS]) -> Option<Log> {
    let half = weights.iter().sum::<u64>() as f64 / 2.0;
    let mut below = 0.0;
    for (place, weight) in weights.iter().enumerate() {
        let weight = *weight as f64;
        if weight > 0.0 && below + weight >= half {
            let part = (half - below) / weight * f64::from(WIDTH);
            return Some(place as Log * WIDTH - MIDDLE - WIDTH / 2 + part as Log);
        }
        below += weight;
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn add(window: &Window, stretch: Log, weight: u32, count: u32) {
        for _ in 0..count {
            window.add(Some(Measured { stretch, weight }));
        }
    }

    #[test]
    fn what_is_as_usual_has_no_stretch() {
        let window = Window::default();
        add(&window, 0, 5, 100);
        assert_eq!(window.close(), (100, Some(0)));
        assert_eq!(window.close(), (0, None));
    }

    #[test]
    fn who_is_there_longer_counts_more() {
        let window = Window::default();
        // A thousand of 1 ms as usual, and thirty of 100 ms that take twice as long.
        add(&window, 0, 1_000, 1_000);
        add(&window, OCTAVE, 100_000, 30);
        let stretch = window.close().1.unwrap();
        assert!((stretch - OCTAVE).abs() <= WIDTH, "{stretch}");
    }

    #[test]
    fn what_is_beyond_all_bounds_counts_as_much_as_can_be_told() {
        let window = Window::default();
        add(&window, Log::MAX / 2, 1, 1);
        assert!(window.close().1.unwrap() > 3 * OCTAVE);
        add(&window, Log::MIN / 2, 1, 1);
        assert!(window.close().1.unwrap() < -3 * OCTAVE);
    }
}
