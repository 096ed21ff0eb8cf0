#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{Accounts, Bucket, Mode, Quota, Scope};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn bucket(limit: u32, window: Duration) -> Bucket {
    Bucket::new(Quota::new(limit, window)).expect("it can be kept")
}

fn scope() -> Scope {
    Accounts::shared(b"the same in each run").of_rule("test")
}

/// Some decision, to be written over.
const NONE: Decision = Decision { remaining: 0, reset: Duration::ZERO, retry_after: None };

fn debit<const N: usize>(memory: &Memory, charges: [Charge; N], now: Instant) -> (Verdict, [Decision; N]) {
    let mut decisions = [NONE; N];
    (memory.debit(&charges, now, &mut decisions), decisions)
}

#[test]
fn a_request_that_is_refused_costs_nothing() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let [wide, narrow] = ["wide", "narrow"].map(|key| scope().account(key));
    let charges = [Charge::new(wide, bucket(10, SECOND), 4), Charge::new(narrow, bucket(1, SECOND), 1)];

    let (verdict, decisions) = debit(&memory, charges, now);
    assert_eq!((verdict, decisions.map(|it| it.remaining)), (Verdict::Allowed, [6, 0]));
    let (verdict, decisions) = debit(&memory, charges, now);
    assert_eq!((verdict, decisions.map(|it| it.remaining)), (Verdict::Refused, [6, 0]));
    assert_eq!(decisions.map(|it| it.retry_after), [None, Some(SECOND)]);
    assert_eq!(memory.peek(&Charge::new(wide, bucket(10, SECOND), 0), now).remaining, 6);
}

#[test]
fn charges_on_one_account_are_added_up() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let charge = Charge::new(scope().account("twice"), bucket(5, SECOND), 2);
    assert_eq!(debit(&memory, [charge, charge, charge], now).0, Verdict::Refused);
    let (verdict, decisions) = debit(&memory, [charge, charge], now);
    assert_eq!((verdict, decisions.map(|it| it.remaining)), (Verdict::Allowed, [3, 1]));
    assert_eq!(memory.peek(&charge, now).retry_after, Some(SECOND / 5));
}

#[test]
fn many_charges_are_taken_together() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let scope = scope();
    let charges: [Charge; 40] =
        std::array::from_fn(|key| Charge::new(scope.account(&key), bucket(1, HOUR), 1));
    assert_eq!(debit(&memory, charges, now).0, Verdict::Allowed);
    assert_eq!(memory.owing(now), 40);
    assert!(charges.iter().all(|charge| !memory.peek(charge, now).is_allowed()));
    assert_eq!(debit(&memory, [], now).0, Verdict::Allowed);
}

#[test]
fn what_is_given_back_can_be_taken_again_and_no_more() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let charge = Charge::new(scope().account("back"), bucket(2, SECOND), 1);
    memory.credit(&charge, now);
    assert!(memory.debit_one(&charge, now).is_allowed());
    for _ in 0..3 {
        memory.credit(&charge, now);
    }
    let taken = [(); 3].map(|()| memory.debit_one(&charge, now).is_allowed());
    assert_eq!(taken, [true, true, false]);
}

#[test]
fn who_is_willing_to_wait_is_told_for_how_long_and_gives_the_turn_back() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let patient = Mode::Delay { max: SECOND };
    let charge = Charge::new(scope().account("queue"), bucket(1, SECOND), 1).mode(patient);
    let other = Charge::new(scope().account("other"), bucket(9, SECOND), 1);
    assert_eq!(debit(&memory, [charge], now).0, Verdict::Allowed);
    assert_eq!(debit(&memory, [other, charge], now).0, Verdict::Wait(SECOND));
    let (verdict, decisions) = debit(&memory, [charge, other], now);
    assert_eq!((verdict, decisions[0].retry_after), (Verdict::Refused, Some(SECOND)));
    memory.credit(&charge, now);
    assert_eq!(debit(&memory, [charge], now).0, Verdict::Wait(SECOND));
}

#[test]
fn a_clock_that_is_behind_forgives_nothing_and_wraps_nothing() {
    let begun = Instant::now() + HOUR;
    let memory = Memory::new(1 << 20, begun);
    let charge = Charge::new(scope().account("late"), bucket(1, SECOND), 1);
    assert!(memory.debit_one(&charge, begun + SECOND).is_allowed());
    for earlier in [begun + SECOND / 2, begun, begun - HOUR] {
        assert_eq!(memory.debit_one(&charge, earlier).retry_after, Some(SECOND));
        memory.credit(&Charge { cost: 0, ..charge }, earlier);
    }
    assert!(memory.debit_one(&charge, begun + 2 * SECOND).is_allowed());
}

#[test]
fn takes_no_more_than_its_budget() {
    let now = Instant::now();
    for bytes in [0, 1, 4_096, 5_000, 65_535, 100_000, 1 << 20, 3_333_333, 48_000_000] {
        let mut memory = None;
        let scope = scope();
        let charge_ten_thousand = |memory: &Memory| {
            for key in 0..10_000_u32 {
                memory.debit_one(&Charge::new(scope.account(&key), bucket(1, HOUR), 1), now);
            }
        };
        let asked = allocation_counter::measure(|| {
            let memory = memory.insert(Memory::new(bytes, now));
            charge_ten_thousand(memory);
        });
        let (memory, budget) = (memory.unwrap(), bytes.max(Memory::SMALLEST));
        assert!(asked.bytes_max as usize <= budget, "{} of {budget}", asked.bytes_max);
        assert!(asked.bytes_max as usize >= budget * 9 / 10, "{} of {budget}", asked.bytes_max);
        assert_eq!(memory.bytes() as u64, asked.bytes_current as u64);
        let charged = allocation_counter::measure(|| charge_ten_thousand(&memory));
        assert_eq!(charged.count_total, 0);
    }
}

#[test]
fn takes_next_to_nothing_until_somebody_owes_something() {
    let now = Instant::now();
    let bytes = 16 << 20;
    let charge = Charge::new(scope().account(&1), bucket(1, HOUR), 1);
    let asked = allocation_counter::measure(|| {
        let memory = Memory::new(bytes, now);
        memory.peek(&charge, now);
        memory.credit(&charge, now);
        assert_eq!(memory.owing(now), 0);
    });
    assert!(asked.bytes_max < 64 << 10, "{}", asked.bytes_max);
}

#[test]
fn has_room_for_an_account_in_32_bytes() {
    let now = Instant::now();
    let memory = Memory::new(32 * 100_000, now);
    let scope = scope();
    let charge = |key: u32| Charge::new(scope.account(&key), bucket(1, HOUR), 1);
    assert!((0..100_000).all(|key| memory.debit_one(&charge(key), now).is_allowed()));
    assert!((0..100_000).all(|key| !memory.debit_one(&charge(key), now).is_allowed()));
    assert_eq!((memory.owing(now), memory.forgotten()), (100_000, 0));
    assert_eq!(memory.owing(now + HOUR), 0);
}

#[test]
fn who_owes_less_than_all_others_pushes_nobody_out() {
    let now = Instant::now();
    let memory = Memory::new(Memory::SMALLEST, now);
    let (scope, quota) = (scope(), bucket(2, HOUR));
    let charge = |key: usize, cost| Charge::new(scope.account(&key), quota, cost);
    let most = 10 * memory.capacity();
    for key in 0..most {
        memory.debit_one(&charge(key, 2), now);
    }
    assert_eq!(memory.owing(now), memory.capacity());
    let refused = |key: &usize| !memory.peek(&charge(*key, 1), now).is_allowed();
    let kept: Vec<_> = (0..most).filter(refused).collect();
    let forgotten = memory.forgotten();
    for key in most..2 * most {
        memory.debit_one(&charge(key, 1), now);
    }
    assert!(kept.iter().all(refused));
    assert_eq!(memory.forgotten() - forgotten, most as u64);
    // Once they have paid, their places are anybody's.
    let later = now + HOUR;
    assert_eq!(memory.owing(later), 0);
    memory.debit_one(&charge(most, 2), later);
    assert!(!memory.peek(&charge(most, 1), later).is_allowed());
}

#[test]
fn threads_take_no_more_than_there_is_and_never_wait_for_each_other() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let [left, right] =
        ["left", "right"].map(|key| Charge::new(scope().account(key), bucket(1_000, HOUR), 1));
    let taken = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let charges = if thread % 2 == 0 { [left, right] } else { [right, left] };
            let (memory, taken) = (&memory, &taken);
            threads.spawn(move || {
                for _ in 0..500 {
                    let allowed = debit(memory, charges, now).0.is_allowed();
                    taken.fetch_add(usize::from(allowed), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(taken.into_inner(), 1_000);
}

proptest! {
    #[test]
    fn is_as_if_each_account_were_alone(
        requests in prop::collection::vec((0..400_u64, prop::collection::vec((0..6_usize, 0..4_u32), 0..4)), 1..80),
    ) {
        let begun = Instant::now();
        let memory = Memory::new(1 << 16, begun);
        let (scope, mut alone) = (scope(), HashMap::<usize, u64>::new());
        let buckets: Vec<_> = (1..=6).map(|limit| bucket(limit, SECOND)).collect();
        let mut now = begun;
        for (millis, charges) in requests {
            now += Duration::from_millis(millis);
            let ticks = ticks(now - begun);
            let mut after = alone.clone();
            let mut allowed = true;
            for &(key, cost) in &charges {
                let until = after.entry(key).or_default();
                let answer = buckets[key].decide(until.saturating_sub(ticks), cost, 0);
                allowed &= answer.decision.is_allowed();
                *until = ticks + answer.debt;
            }
            if allowed {
                alone = after;
            }
            let charges: Vec<_> =
                charges.iter().map(|(key, cost)| Charge::new(scope.account(key), buckets[*key], *cost)).collect();
            let mut decisions = vec![NONE; charges.len()];
            prop_assert_eq!(memory.debit(&charges, now, &mut decisions).is_allowed(), allowed);
            for (key, bucket) in buckets.iter().enumerate() {
                let owed = alone.get(&key).map_or(0, |until| until.saturating_sub(ticks));
                let seen = memory.peek(&Charge::new(scope.account(&key), *bucket, 0), now);
                prop_assert_eq!(seen, bucket.decide(owed, 0, 0).decision);
            }
        }
    }
}
