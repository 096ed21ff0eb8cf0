//! The p99 of all requests of many rounds, one arm against another, and how sure that is.

use std::fmt;
use std::time::Duration;

use super::random::Random;

/// How often rounds are drawn again.
const DRAWS: usize = 4_000;

/// All latencies of an arm, with the round of each.
#[derive(Debug)]
pub(super) struct Pool {
    /// The longest first.
    latencies: Vec<(Duration, usize)>,
    /// How many each round has.
    counts: Vec<usize>,
}

impl Pool {
    pub(super) fn new(latencies: impl Iterator<Item = (Duration, usize)>, rounds: usize) -> Self {
        let mut latencies: Vec<_> = latencies.collect();
        latencies.sort_unstable_by(|one, other| other.cmp(one));
        let mut counts = vec![0; rounds];
        latencies.iter().for_each(|(_, round)| counts[*round] += 1);
        Self { latencies, counts }
    }

    pub(super) fn len(&self) -> usize {
        self.latencies.len()
    }

    pub(super) fn p99(&self) -> Duration {
        self.weighed(&vec![1; self.counts.len()])
    }

    /// The p99 where each round is there so many times.
    fn weighed(&self, weights: &[usize]) -> Duration {
        let all: usize = self.counts.iter().zip(weights).map(|(count, weight)| count * weight).sum();
        let mut slower = all - all * 99 / 100;
        let percentile = self.latencies.iter().find(|(_, round)| {
            slower = slower.saturating_sub(weights[*round]);
            slower == 0
        });
        percentile.map_or(Duration::ZERO, |(latency, _)| *latency)
    }
}

/// A ratio, with the interval that it is in with a confidence of 95 %.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ratio {
    pub(super) value: f64,
    low: f64,
    high: f64,
}

impl Ratio {
    /// The p99 of one arm over that of another.
    ///
    /// The interval is by a bootstrap over the rounds (Efron and Tibshirani 1993, §13.3): requests that follow one another are
    /// slow together, rounds are not. Both arms have the same rounds in a draw, as those were on the same machine.
    pub(super) fn of(over: &Pool, under: &Pool) -> Self {
        let rounds = over.counts.len();
        let mut random = Random::new(0);
        let mut draws: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let mut weights = vec![0; rounds];
                (0..rounds).for_each(|_| weights[random.below(rounds)] += 1);
                over.weighed(&weights).as_secs_f64() / under.weighed(&weights).as_secs_f64()
            })
            .collect();
        draws.sort_by(f64::total_cmp);
        Self {
            value: over.p99().as_secs_f64() / under.p99().as_secs_f64(),
            low: draws[DRAWS / 40],
            high: draws[DRAWS - 1 - DRAWS / 40],
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} × ({:.2} to {:.2})", self.value, self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds of 1,000 requests, each between one and two milliseconds times a factor of the round.
    fn pool(factors: &[f64], seed: u64) -> Pool {
        let mut random = Random::new(seed);
        let latencies = factors.iter().enumerate().flat_map(|(round, factor)| {
            let micros: Vec<_> = (0..1_000).map(|_| 1_000 + random.below(1_000)).collect();
            micros
                .into_iter()
                .map(move |micros| (Duration::from_micros(micros as u64).mul_f64(*factor), round))
        });
        Pool::new(latencies, factors.len())
    }

    #[test]
    fn a_hundredth_is_slower_than_the_percentile() {
        let pool = Pool::new((1..=1_000).map(|micros| (Duration::from_micros(micros), 0)), 1);
        assert_eq!(pool.p99(), Duration::from_micros(991));
        assert_eq!(pool.weighed(&[3]), Duration::from_micros(991));
    }

    #[test]
    fn what_is_drawn_several_times_counts_as_often() {
        let rounds = [(1, 0), (2, 0), (10, 1), (20, 1)].map(|(ms, round)| (Duration::from_millis(ms), round));
        let pool = Pool::new(rounds.into_iter(), 2);
        assert_eq!(pool.weighed(&[2, 0]), Duration::from_millis(2));
        assert_eq!(pool.weighed(&[1, 1]), Duration::from_millis(20));
    }

    #[test]
    fn the_interval_has_the_ratio_in_it_and_no_other() {
        let (quiet, slower) = (pool(&[1.0; 12], 1), pool(&[1.5; 12], 2));
        let ratio = Ratio::of(&slower, &quiet);
        assert!((1.45..1.55).contains(&ratio.value), "{ratio}");
        assert!(
            ratio.low > 1.4 && ratio.low <= ratio.value && ratio.high >= ratio.value && ratio.high < 1.6,
            "{ratio}"
        );
    }

    #[test]
    fn rounds_that_disagree_make_the_interval_wide() {
        let quiet = pool(&[1.0; 12], 1);
        let mut factors = [1.0; 12];
        factors[..6].fill(2.0);
        let ratio = Ratio::of(&pool(&factors, 2), &quiet);
        assert!(ratio.high - ratio.low > 0.01, "{ratio}");
        // A machine that is slow for both is not the arm's doing.
        let both = Ratio::of(&pool(&factors, 2), &pool(&factors, 1));
        assert!(both.low > 0.9 && both.high < 1.1, "{both}");
    }
}
