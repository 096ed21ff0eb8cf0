//! How much a request counts beside those of other routes.

use super::route::Summary;

/// So many requests of equal weight would say as much at least as those that there are.
const ENOUGH: f64 = 200.0;

/// The most that a request may count, in microseconds.
///
/// A request counts as much as it takes, as so many of its kind are there at a time. A few that take very long would so
/// outweigh all others, and what they say is chance. What is said by requests of different weights is as certain as by
/// `(Σw)² / Σw²` of the same weight (L. Kish, «Survey Sampling», 1965): the weight is cut off where that is enough.
pub(super) fn most<I: Iterator<Item = Summary>>(routes: impl Fn() -> I) -> f64 {
    let heaviest = routes().map(|route| route.took).fold(1.0, f64::max);
    let lightest = routes().map(|route| route.took).fold(heaviest, f64::min).max(1.0);
    let mut most = heaviest;
    while most > lightest && certainty(routes().map(|route| (route.seen, route.took.min(most)))) < ENOUGH {
        most /= 2.0;
    }
    most
}

/// Whether the requests of a window, as they counted, say anything: in the first after others came, they may not.
pub(super) fn is_certain(routes: impl Iterator<Item = Summary>) -> bool {
    certainty(routes.map(|route| (route.seen, route.weight))) >= ENOUGH / 2.0
}

fn certainty(weights: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), (seen, weight)| {
        (sum + seen * weight, squares + seen * weight * weight)
    });
    sum * sum / squares.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(seen: f64, took: f64) -> Summary {
        Summary { seen, took, usual: took, weight: took }
    }

    #[test]
    fn enough_of_what_takes_long_counts_in_full() {
        let routes = [route(1_000.0, 1_000.0), route(500.0, 100_000.0)];
        assert_eq!(most(|| routes.into_iter()), 100_000.0);
    }

    #[test]
    fn a_few_that_take_very_long_are_cut_off() {
        let routes = [route(1_000.0, 1_000.0), route(3.0, 30_000_000.0)];
        let most = most(|| routes.into_iter());
        assert!((1_000.0..60_000.0).contains(&most), "{most}");
        assert!(!is_certain(routes.into_iter()));
        assert!(is_certain(
            routes.into_iter().map(|route| Summary { weight: route.took.min(most), ..route })
        ));
    }

    #[test]
    fn too_few_of_all_count_alike() {
        let routes = [route(3.0, 1_000.0), route(3.0, 30_000_000.0)];
        assert!(most(|| routes.into_iter()) <= 1_000.0);
        assert_eq!(most(std::iter::empty), 1.0);
    }
}
