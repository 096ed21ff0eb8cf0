//! Who goes on as before is never tightened.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the pace, whatever others do meanwhile: less than twice the least, errors within thirty points, the same paths.
    #[test]
    fn a_steady_client_is_never_tightened(
        least in 1u32..200,
        counts in prop::collection::vec(0.0f64..0.9, 1..120),
        paths in 1u64..20,
        errors in 0u32..2,
        others in prop::collection::vec((2u64..6, 1u32..100, 1u64..40, 0u32..3), 0..60),
    ) {
        let baseline = baseline();
        let mut clock = Clock::new(&baseline);
        let mut others = others.into_iter();
        for more in counts {
            let at = clock.now;
            if let Some((account, requests, paths, every)) = others.next() {
                clock.window(account, requests, paths, every);
                clock.now = at;
            }
            let requests = least + (f64::from(least) * more) as u32;
            // One in seven is an error, or none.
            prop_assert_eq!(clock.window(1, requests, paths, errors * 7).step, 0);
        }
    }

    /// It need not come at regular times either, nor all day.
    #[test]
    fn nor_is_one_that_comes_and_goes(silences in prop::collection::vec(0u32..40, 1..60), requests in 1u32..150) {
        let baseline = baseline();
        let mut clock = Clock::new(&baseline);
        for silence in silences {
            prop_assert_eq!(clock.window(1, requests, 5, 0).step, 0);
            clock.now += WINDOW * silence;
        }
    }
}

/// However constant it was before, so that it hardly deviates.
#[test]
fn nor_is_one_that_asks_for_less_than_twice_as_much_at_once() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    clock.known(1, 100, 4);
    for window in 0..20 {
        assert_eq!(clock.window(1, 190, 4, 0).step, 0, "window {window}");
    }
}

/// A rule says how much a stranger may ask for, not what others ask for.
#[test]
fn nor_is_one_that_asks_for_more_than_others_from_the_start() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    for round in 0..60 {
        for account in 10..20 {
            let at = clock.now;
            clock.window(account, 3, 3, 0);
            clock.now = at;
        }
        if round < 20 {
            clock.now += WINDOW;
        } else {
            assert_eq!(clock.window(1, 90, 5, 0).step, 0, "window {round}");
        }
    }
}

/// What is little is never too much, however unusual it is: here up to 25 in a window, a quarter of the quota.
#[test]
fn nor_is_one_that_stays_within_a_quarter_of_its_quota() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    clock.known(1, 1, 1);
    for _ in 0..20 {
        assert_eq!(clock.window(1, 25, 1, 0).step, 0);
    }
}
