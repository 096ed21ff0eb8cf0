//! Over how many paths requests spread.

/// How many counters there are: what spreads over more paths is not told apart.
const COUNTERS: usize = 32;

/// Counts of hashed paths, for the entropy of their distribution (Shannon 1948) in fixed memory.
///
/// Paths that share a counter make the entropy less, never more. Which do, nobody knows who does not know the hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spread([u8; COUNTERS]);

impl Spread {
    #[inline]
    pub(super) fn count(&mut self, path: u64) {
        let counter = &mut self.0[(path % COUNTERS as u64) as usize];
        *counter += 1;
        if *counter == u8::MAX {
            // The distribution stays what it is.
            self.0.iter_mut().for_each(|counter| *counter /= 2);
        }
    }

    /// How much was counted, not far back.
    #[inline]
    pub(super) fn total(&self) -> u32 {
        self.0.iter().map(|counter| u32::from(*counter)).sum()
    }

    /// In bits: 0 where all were for one path, 5 where they spread evenly over very many.
    pub(super) fn entropy(&self) -> f32 {
        let total = self.total() as f32;
        if total == 0.0 {
            return 0.0;
        }
        let weighted: f32 = self
            .0
            .iter()
            .filter(|counter| **counter > 1)
            .map(|counter| {
                let count = f32::from(*counter);
                count * count.log2()
            })
            .sum();
        // What is rounded must not make it less than nothing.
        (total.log2() - weighted / total).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(paths: impl IntoIterator<Item = u64>) -> f32 {
        let mut spread = Spread::default();
        paths.into_iter().for_each(|path| spread.count(path));
        spread.entropy()
    }

    #[test]
    fn it_is_that_of_the_distribution() {
        assert_eq!(of([]), 0.0);
        assert_eq!(of([9; 50]), 0.0);
        let is = |entropy: f32, bits: f32| assert!((entropy - bits).abs() < 1e-3, "{entropy}");
        is(of((0..4).cycle().take(40)), 2.0);
        is(of((0..32).cycle().take(320)), 5.0);
        is(of([1, 1, 1, 2].into_iter().cycle().take(80)), 0.8113);
    }

    proptest! {
        #[test]
        fn it_is_within_its_bounds_however_much_is_counted(paths in prop::collection::vec(any::<u64>(), 0..3000)) {
            prop_assert!((0.0..=5.0001).contains(&of(paths)));
        }

        #[test]
        fn it_does_not_depend_on_how_much_is_counted(times in 1usize..200) {
            prop_assert!((of((0..8).cycle().take(8 * times)) - 3.0).abs() < 0.01);
        }
    }
}
