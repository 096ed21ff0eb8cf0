//! Who behaves otherwise is tightened step by step, with a reason, and let go again.

use proptest::prelude::*;

use super::*;

#[test]
fn a_flood_of_a_known_key_is_tightened_by_a_step_a_window_and_says_why() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    clock.known(1, 20, 4);
    let steps: Vec<_> = (0..6).map(|_| clock.window(1, 80, 4, 0)).collect();
    let tightened = Some(Turn::Tightened(Signal::Rate));
    assert_eq!(steps[0], Arrival { step: 0, turn: None });
    assert_eq!(steps[1], Arrival { step: 1, turn: tightened });
    assert_eq!(steps[2], Arrival { step: 2, turn: tightened });
    assert_eq!(steps[3], Arrival { step: 3, turn: tightened });
    assert_eq!(steps[5], Arrival { step: 3, turn: None });
    let standing = clock.standing(1);
    assert_eq!(standing.step, 3);
    assert_eq!(standing.tight_for, WINDOW * 5);
    assert_eq!(baseline.quota(standing.step).limit(), 600 / 8);
    let reason = standing.reason.unwrap();
    assert_eq!((reason.signal, reason.whose, reason.observed), (Signal::Rate, Whose::Own, 80.0));
    assert!((20.0..30.0).contains(&reason.usual) && reason.bound < 80.0, "{reason}");
}

#[test]
fn guessing_is_tightened_by_its_errors_and_never_becomes_usual() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    clock.known(1, 20, 4);
    for window in 0..1000u32 {
        let arrival = clock.window(1, 20, 4, 1);
        assert_eq!(u32::from(arrival.step), window.min(3), "window {window}");
    }
    let reason = clock.standing(1).reason.unwrap().to_string();
    assert_eq!(
        reason,
        "100 % of the answers were client errors: 0 % are usual for it, and more than 30 % are not"
    );
}

/// Of 12 windows that are asked for, a third: 20 answers in each say enough.
#[test]
fn a_share_is_known_after_fewer_windows_than_a_rate() {
    for (windows, expected) in [(3, 0), (4, 1)] {
        let baseline = baseline();
        let mut clock = Clock::new(&baseline);
        for _ in 0..windows {
            clock.window(1, 20, 4, 0);
        }
        clock.window(1, 20, 4, 1);
        assert_eq!(clock.window(1, 20, 4, 1).step, expected, "{windows} windows");
    }
}

#[test]
fn a_scan_without_errors_is_tightened_by_a_step_and_no_more() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    clock.known(1, 24, 2);
    let steps: Vec<_> = (0..5).map(|_| clock.window(1, 24, 24, 0).step).collect();
    assert_eq!(steps, [0, 1, 1, 1, 1]);
    let reason = clock.standing(1).reason.unwrap();
    assert!(reason.signal == Signal::Paths && (reason.usual - 1.0).abs() < 0.01, "{reason}");
}

/// What errors have tightened is not given back while the paths are still those of a scan.
#[test]
fn a_scan_that_is_refused_stays_as_tight_as_it_was() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    clock.known(1, 24, 2);
    (0..4).for_each(|_| _ = clock.window(1, 24, 24, 1));
    let steps: Vec<_> = (0..30).map(|_| clock.window(1, 24, 24, 0).step).collect();
    assert_eq!(steps, [3; 30]);
    assert_eq!(clock.standing(1).reason.map(|reason| reason.signal), Some(Signal::Errors));
}

#[test]
fn a_stranger_is_compared_with_all_once_there_are_enough_of_them() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    // Nothing is known of anybody: nobody is judged.
    assert!((0..5).all(|_| clock.window(1, 30, 30, 1).step == 0));
    for account in 100..120 {
        clock.known(account, 20, 4);
    }
    let steps: Vec<_> = (0..5).map(|_| clock.window(2, 20, 20, 1).step).collect();
    assert_eq!(steps, [0, 1, 2, 3, 3]);
    let reason = clock.standing(2).reason.unwrap();
    assert_eq!((reason.signal, reason.whose), (Signal::Errors, Whose::All));
}

#[test]
fn a_stranger_that_reads_more_than_others_becomes_known_and_is_let_go() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    for account in 100..120 {
        clock.known(account, 20, 1);
    }
    let steps: Vec<_> = (0..30).map(|_| clock.window(1, 24, 24, 0).step).collect();
    assert_eq!(steps[..3], [0, 1, 1]);
    assert_eq!(steps[29], 0);
}

#[test]
fn a_higher_rate_becomes_usual_if_it_stays() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    clock.known(1, 30, 4);
    let first_free = (0..1000).filter(|_| clock.window(1, 75, 4, 0).step == 0).nth(1);
    // Not within ten minutes, and within two hours.
    assert!((60..720).contains(&first_free.unwrap()), "{first_free:?}");
}

#[test]
fn a_step_is_given_back_after_so_many_calm_windows_and_in_silence() {
    let baseline = baseline();
    let mut clock = Clock::new(&baseline);
    clock.known(1, 20, 4);
    clock.flood(1);
    let mut steps: Vec<_> = (0..19).map(|_| clock.window(1, 20, 4, 0).step).collect();
    assert_eq!(steps.remove(0), 3);
    assert_eq!(steps, [[3; 5].as_slice(), &[2; 6], &[1; 6], &[0]].concat());
    assert_eq!(clock.standing(1).tight_for, Duration::ZERO);

    clock.flood(1);
    let at = |windows: u32| baseline.standing(clock.account(1), clock.now + WINDOW * windows).unwrap();
    assert_eq!([at(0), at(6), at(12), at(18)].map(|standing| standing.step), [3, 2, 1, 0]);
    assert_eq!(at(4).calm_needed, 2);
    assert_eq!(baseline.arrived(clock.account(1), "/", clock.now + WINDOW * 18).step, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_a_step_is_a_window_and_a_quota_never_more_than_the_rules(
        windows in prop::collection::vec((1u32..150, 1u64..40, 0u32..4, 0u32..9), 1..150),
    ) {
        let baseline = baseline();
        let mut clock = Clock::new(&baseline);
        let mut before = 0u8;
        for (requests, paths, every, silence) in windows {
            let Arrival { step, turn } = clock.window(1, requests, paths, every);
            prop_assert!(step <= before + 1 && step <= 3);
            prop_assert_eq!(step > before, matches!(turn, Some(Turn::Tightened(_))));
            prop_assert_eq!(step < before, turn == Some(Turn::Relaxed));
            prop_assert!(step == 0 || clock.standing(1).reason.is_some());
            let (quota, rule) = (baseline.quota(step), baseline.quota(0));
            prop_assert!(quota.limit() <= rule.limit() && quota.most_at_once() <= rule.most_at_once());
            before = step;
            clock.now += WINDOW * silence;
        }
        // Whatever it did, silence lets it go.
        clock.now += WINDOW * (3 * 6 + 1);
        prop_assert_eq!(clock.standing(1).step, 0);
        prop_assert_eq!(baseline.arrived(clock.account(1), "/", clock.now).step, 0);
    }

    #[test]
    fn the_same_traffic_has_the_same_result(
        windows in prop::collection::vec((1u64..5, 1u32..80, 1u64..40, 0u32..4), 1..80),
    ) {
        let [one, other] = [baseline(), baseline()].map(|baseline| {
            let mut clock = Clock::new(&baseline);
            let steps = windows.iter().map(|(key, requests, paths, every)| {
                clock.window(*key, *requests, *paths, *every)
            });
            let steps: Vec<_> = steps.collect();
            (steps, baseline.usual())
        });
        prop_assert_eq!(one, other);
    }
}
