#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn engine(settings: Settings, now: Instant) -> Engine {
    Engine::new([settings], 0.0, fastrand::Rng::with_seed(1), now)
}

fn settings() -> Settings {
    Settings { interval: secs(10), timeout: secs(5), ..Settings::default() }
}

/// Makes the check once, `after` so many seconds.
fn make(engine: &mut Engine, now: Instant, finding: Finding) {
    assert_eq!(engine.begin(now), [0]);
    engine.found(0, now, Some(finding));
}

#[test]
fn a_first_good_result_is_enough_and_a_first_bad_one_says_nothing_yet() {
    let now = Instant::now();
    let mut engine = engine(settings(), now);
    assert_eq!(engine.entry(0).level(now), Level::Unknown);
    make(&mut engine, now, Finding::fail("no"));
    assert_eq!((engine.entry(0).level(now), engine.changes(now).len()), (Level::Unknown, 0));
    make(&mut engine, now + secs(10), Finding::pass());
    assert_eq!(engine.changes(now + secs(10)), [Change { index: 0, to: Level::Pass }]);
}

#[test]
fn it_fails_after_so_many_and_recovers_after_so_many() {
    let start = Instant::now();
    let mut engine = engine(settings(), start);
    let results = [
        (Finding::pass(), Level::Pass),
        (Finding::fail("a"), Level::Pass),
        (Finding::fail("b"), Level::Pass),
        (Finding::fail("c"), Level::Fail),
        (Finding::pass(), Level::Fail),
        (Finding::pass(), Level::Pass),
        (Finding::warn("d"), Level::Pass),
        (Finding::warn("e"), Level::Pass),
        (Finding::warn("f"), Level::Warn),
        (Finding::fail("g"), Level::Warn),
    ];
    for (index, (finding, level)) in (0..).zip(results) {
        let now = start + secs(10) * index;
        make(&mut engine, now, finding);
        assert_eq!(engine.entry(0).level(now), level, "after result {index}");
    }
}

#[test]
fn what_takes_too_long_has_failed_and_is_not_made_twice_at_a_time() {
    let now = Instant::now();
    let mut engine = engine(Settings { fail_after: 1, ..settings() }, now);
    assert_eq!(engine.begin(now), [0]);
    assert_eq!(engine.next(now), Some(now + secs(5)));
    assert!(engine.expire(now + secs(4)).is_empty());
    assert_eq!(engine.expire(now + secs(5)), [0]);
    assert!(engine.expire(now + secs(6)).is_empty());
    assert_eq!(engine.entry(0).output(now + secs(6)), "there was no result within 5s");
    // It hangs and cannot be given up: its place is taken.
    assert!(engine.begin(now + secs(10)).is_empty());
    assert_eq!(engine.entry(0).output(now + secs(10)), "the check of 10s ago has not come back");
    assert_eq!(engine.entry(0).level(now + secs(10)), Level::Fail);
    // What it finds after all is too late to count.
    engine.found(0, now + secs(12), Some(Finding::pass()));
    assert_eq!(engine.entry(0).level(now + secs(12)), Level::Fail);
    assert_eq!(engine.begin(now + secs(20)), [0]);
}

#[test]
fn a_result_that_is_too_old_counts_as_failed() {
    let now = Instant::now();
    let mut engine = engine(settings(), now);
    make(&mut engine, now, Finding::pass());
    engine.changes(now);
    let all = |_: usize, _: &Settings| true;
    assert_eq!(engine.lease(now, all), Lease::Until(now + secs(35)));
    assert_eq!(engine.lease(now + secs(34), all), Lease::Until(now + secs(35)));
    assert_eq!(engine.lease(now + secs(35), all), Lease::No);
    assert_eq!(engine.changes(now + secs(35)), [Change { index: 0, to: Level::Fail }]);
    assert_eq!(engine.entry(0).output(now + secs(40)), "the last result is 40s old");
    make(&mut engine, now + secs(40), Finding::pass());
    assert_eq!(engine.changes(now + secs(40)), [Change { index: 0, to: Level::Pass }]);
}

#[test]
fn a_check_of_the_start_is_made_until_it_has_passed() {
    let now = Instant::now();
    let mut engine = engine(Settings { kind: Kind::Startup, start_delay: secs(3), ..settings() }, now);
    assert!(engine.begin(now).is_empty());
    assert_eq!(engine.next(now), Some(now + secs(3)));
    make(&mut engine, now + secs(3), Finding::fail("not yet"));
    assert!(!engine.has_started(now + secs(3)));
    make(&mut engine, now + secs(13), Finding::pass());
    assert!(engine.has_started(now + secs(1000)), "a start does not age");
    assert_eq!((engine.begin(now + secs(1000)), engine.next(now + secs(1000))), (vec![], None));
}

#[test]
fn what_a_check_says_is_one_line_with_an_end() {
    let now = Instant::now();
    let mut engine = engine(settings(), now);
    make(&mut engine, now, Finding::fail(format!("a\r\nb\x1b[2J{}", "ä".repeat(1000))));
    let output = engine.entry(0).output(now);
    assert!(output.starts_with("a  b [2Jä") && output.chars().count() == 256, "{output}");
}

proptest! {
    /// Whatever happens, a check is begun again only after it has ended, and the engine always knows what is next.
    #[test]
    fn one_at_a_time_and_never_at_a_loss(
        steps in proptest::collection::vec((0..20_u64, 0..4_u8), 1..200),
        jitter in 0.0..0.5_f64,
        seed: u64,
    ) {
        let mut now = Instant::now();
        let mut engine = Engine::new([settings()], jitter, fastrand::Rng::with_seed(seed), now);
        let mut is_running = false;
        for (wait, what) in steps {
            now += secs(wait);
            for index in engine.begin(now) {
                prop_assert!(!is_running, "{index} is made twice");
                is_running = true;
            }
            match what {
                0 if is_running => { engine.found(0, now, Some(Finding::pass())); is_running = false; }
                1 if is_running => { engine.found(0, now, Some(Finding::fail("no"))); is_running = false; }
                2 if is_running => { engine.found(0, now, None); is_running = false; }
                _ => { engine.expire(now); }
            }
            engine.changes(now);
            let next = engine.next(now);
            prop_assert!(next.is_some_and(|next| next <= now + secs(15)), "{next:?}");
            // What is ready rests on a result that is not too old.
            if let Lease::Until(until) = engine.lease(now, |_, _| true) {
                prop_assert!(until > now && until <= now + secs(35));
            }
        }
    }
}
