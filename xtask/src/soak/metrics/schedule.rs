//! When a service is scraped and when it is not, so that nothing else differs.
//!
//! A machine is slower in one minute than in the next, and after a start. So windows are short and many, and each round has its
//! arms in an order and then in the reverse of it: a drift within a round is the same for all arms. The six orders of three arms
//! take turns, so that each arm is as often in each place, and as often after each other.

use std::time::Duration;

/// What is done in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Arm {
    Quiet,
    /// The same as quiet: how far these two are apart is what chance does.
    Again,
    Scraped,
}

use Arm::{Again, Quiet, Scraped};

/// A multiple of the orders.
pub(super) const ROUNDS: usize = 12;
/// Two of them are an arm's part of a round: 8,000 requests, of which 80 are slower than the 99th percentile.
const WINDOW: Duration = Duration::from_secs(4);
/// Scraped as well, and not counted.
const WARM_UP: Duration = Duration::from_secs(10);
const EVERY: Duration = Duration::from_secs(1);
/// A window begins before its first scrape, and its last scrape is over before it ends.
const LEAD: Duration = Duration::from_millis(500);

const ORDERS: [[Arm; 3]; 6] = [
    [Quiet, Again, Scraped],
    [Scraped, Quiet, Again],
    [Again, Scraped, Quiet],
    [Scraped, Again, Quiet],
    [Quiet, Scraped, Again],
    [Again, Quiet, Scraped],
];

/// The arms of a round, each twice.
fn windows(round: usize) -> [Arm; 6] {
    let [first, second, third] = ORDERS[round % ORDERS.len()];
    [first, second, third, third, second, first]
}

/// How long all of it takes.
pub(super) fn length() -> Duration {
    WARM_UP + WINDOW * (ROUNDS * 6) as u32
}

/// The round, from 0, and the arm at this time after the beginning; `None` while it warms up.
pub(super) fn at(time: Duration) -> Option<(usize, Arm)> {
    let window = (time.checked_sub(WARM_UP)?.as_nanos() / WINDOW.as_nanos()) as usize;
    let round = window / 6;
    (round < ROUNDS).then(|| (round, windows(round)[window % 6]))
}

/// When pages are asked for, after the beginning.
pub(super) fn scrapes() -> impl Iterator<Item = Duration> {
    let times = (0..).map(|number| LEAD + EVERY * number).take_while(|time| *time < length());
    times.filter(|time| at(*time).is_none_or(|(_, arm)| arm == Scraped))
}

/// How long a page that was asked for then may take, as it would be on its way in the next window.
pub(super) const LONGEST: Duration = LEAD;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn all() -> Vec<[Arm; 6]> {
        (0..ROUNDS).map(windows).collect()
    }

    #[test]
    fn each_arm_is_as_often_in_each_place() {
        let mut counts: HashMap<_, usize> = HashMap::new();
        for round in all() {
            for (place, arm) in round.into_iter().enumerate() {
                *counts.entry((place, arm)).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), 18);
        assert!(counts.values().all(|count| *count == ROUNDS / 3), "{counts:?}");
    }

    #[test]
    fn a_drift_within_a_round_is_the_same_for_all() {
        for round in all() {
            for arm in [Quiet, Again, Scraped] {
                let places = round.iter().enumerate().filter(|it| *it.1 == arm).map(|it| it.0);
                assert_eq!(places.sum::<usize>(), 5, "{round:?}");
            }
        }
    }

    #[test]
    fn pages_are_asked_for_where_they_should_be() {
        let mut counts: HashMap<_, usize> = HashMap::new();
        for time in scrapes() {
            // It is over before another window begins.
            assert_eq!(at(time), at(time + LONGEST - Duration::from_nanos(1)));
            *counts.entry(at(time).map(|it| it.1)).or_default() += 1;
        }
        let expected = [(None, 10), (Some(Scraped), ROUNDS * 2 * 4)];
        assert_eq!(counts, HashMap::from(expected));
        assert_eq!(at(length()), None);
    }
}
