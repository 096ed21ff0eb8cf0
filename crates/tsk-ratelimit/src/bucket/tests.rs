#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn bucket(limit: u32, window: Duration, burst: u32) -> Bucket {
    Bucket::new(Quota::new(limit, window).burst(burst)).expect("it can be kept")
}

/// A bucket of tokens as one would write it down: tokens come with time and go with requests. A token is as many parts as a
/// window has nanoseconds, so that nothing is ever rounded.
struct Tokens {
    quota: Quota,
    parts: u128,
    at: u64,
}

impl Tokens {
    fn full(quota: Quota) -> Self {
        Self { quota, parts: u128::from(quota.most_at_once()) * quota.window().as_nanos(), at: 0 }
    }

    fn take(&mut self, cost: u32, nanos: u64) -> Decision {
        let (token, rate) = (self.quota.window().as_nanos(), u128::from(self.quota.limit()));
        let whole = u128::from(self.quota.most_at_once()) * token;
        self.parts = whole.min(self.parts + u128::from(nanos - self.at) * rate);
        self.at = nanos;
        let price = u128::from(cost) * token;
        let retry_after = if price > whole {
            Some(Duration::MAX)
        } else if price > self.parts {
            Some(nanoseconds((price - self.parts).div_ceil(rate)))
        } else {
            self.parts -= price;
            None
        };
        let reset = nanoseconds((whole - self.parts).div_ceil(rate));
        Decision { remaining: (self.parts / token) as u32, reset, retry_after }
    }
}

fn nanoseconds(count: u128) -> Duration {
    Duration::from_nanos(count as u64)
}

/// The account of one who comes at these times, in nanoseconds, with these costs.
fn run(bucket: Bucket, requests: &[(u64, u32)], mut each: impl FnMut(u64, u32, Decision)) {
    let mut until = 0_u64;
    for &(nanos, cost) in requests {
        let now = nanos * TICKS;
        let answer = bucket.decide(until.saturating_sub(now), cost, 0);
        if answer.decision.is_allowed() {
            until = now + answer.debt;
        }
        each(nanos, cost, answer.decision);
    }
}

prop_compose! {
    fn quotas()(limit in 1..=2_000_u32, window in 1..=10_000_u64, burst in 1..=100_u32) -> Quota {
        Quota::new(limit, Duration::from_micros(window * 100)).burst(burst)
    }
}

fn times_and_costs() -> impl Strategy<Value = Vec<(u64, u32)>> {
    let steps = prop::collection::vec((0..300_000_000_u64, 0..=120_u32), 1..60);
    steps.prop_map(|steps| {
        let mut now = 0;
        steps
            .into_iter()
            .map(|(step, cost)| (step, cost % 110))
            .map(|(step, cost)| {
                now += if step % 3 == 0 { 0 } else { step };
                (now, cost)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn decides_as_a_bucket_of_tokens_does(
        (limit, unit) in (1..=2_000_u32, 1..=1_000_000_u64), burst in 1..=100_u32, requests in times_and_costs(),
    ) {
        // A window that is a whole number of nanoseconds for each unit: nothing is rounded.
        let quota = Quota::new(limit, Duration::from_nanos(unit * u64::from(limit))).burst(burst);
        let mut tokens = Tokens::full(quota);
        let mut agreed = true;
        run(Bucket::new(quota).unwrap(), &requests, |nanos, cost, decision| {
            agreed &= decision == tokens.take(cost, nanos);
        });
        prop_assert!(agreed);
    }

    #[test]
    fn never_lets_more_through_than_the_quota_whatever_is_rounded(quota in quotas(), requests in times_and_costs()) {
        let mut let_through: Vec<(u64, u32)> = Vec::new();
        run(Bucket::new(quota).unwrap(), &requests, |nanos, cost, decision| {
            if decision.is_allowed() {
                let_through.push((nanos, cost));
            }
        });
        for from in 0..let_through.len() {
            let mut units = 0_u128;
            for (nanos, cost) in &let_through[from..] {
                units += u128::from(*cost);
                let within = u128::from(nanos - let_through[from].0);
                let most = u128::from(quota.most_at_once()) * quota.window().as_nanos() + within * u128::from(quota.limit());
                prop_assert!(units * quota.window().as_nanos() <= most);
            }
        }
    }

    #[test]
    fn no_rate_is_faster_than_its_quota_nor_slower_by_more_than_rounding(limit in 1..=1_000_000_000_u32) {
        let quota = Quota::new(limit, SECOND).burst(1);
        let bucket = Bucket::new(quota).unwrap();
        let (took, second) = (bucket.price(1) * u64::from(limit), ticks(SECOND));
        prop_assert!(took >= second && took - second < u64::from(limit));
    }

    #[test]
    fn who_comes_back_when_told_is_let_through_and_not_before(quota in quotas(), debt in 0..=u64::MAX, cost in 1..=100_u32) {
        let bucket = Bucket::new(quota).unwrap();
        let debt = debt % (bucket.whole() + 1);
        match bucket.decide(debt, cost, 0).decision.retry_after {
            Some(Duration::MAX) => prop_assert!(cost > quota.most_at_once()),
            Some(wait) => {
                let later = |wait| bucket.decide(debt.saturating_sub(ticks(wait)), cost, 0).decision.is_allowed();
                prop_assert!(later(wait));
                prop_assert!(!later(wait - Duration::from_nanos(1)));
            }
            None => prop_assert!(cost <= quota.most_at_once()),
        }
    }

    #[test]
    fn what_remains_is_what_could_come_now(quota in quotas(), debt in 0..=u64::MAX, cost in 0..=100_u32) {
        let bucket = Bucket::new(quota).unwrap();
        let answer = bucket.decide(debt % (bucket.whole() + 1), cost, 0);
        let remaining = answer.decision.remaining;
        prop_assert!(bucket.decide(answer.debt, remaining, 0).decision.is_allowed());
        prop_assert!(!bucket.decide(answer.debt, remaining + 1, 0).decision.is_allowed());
    }

    #[test]
    fn nothing_overflows(
        limit: u32, secs: u64, nanos in 0..1_000_000_000_u32, burst: u32, debt: u64, cost: u32, patience: u64,
    ) {
        if let Ok(bucket) = Bucket::new(Quota::new(limit, Duration::new(secs, nanos)).burst(burst)) {
            let answer = bucket.decide(debt, cost, patience);
            prop_assert!(answer.decision.remaining <= burst);
            prop_assert_eq!(answer.decision.retry_after == Some(Duration::MAX), cost > burst);
        }
    }
}

#[test]
fn refuses_what_cannot_be_kept() {
    let second = |limit, burst| Bucket::new(Quota::new(limit, SECOND).burst(burst));
    for nothing in [second(0, 1), second(1, 0), Bucket::new(Quota::new(1, Duration::ZERO))] {
        assert!(nothing.unwrap_err().to_string().contains("allows nothing"));
    }
    assert!(second(1_000_000_000, 1).is_ok());
    assert!(second(1_000_000_001, 1).unwrap_err().to_string().contains("larger units"));
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    assert!(Bucket::new(Quota::new(1, year).burst(10)).is_ok());
    assert!(Bucket::new(Quota::new(1, year).burst(11)).unwrap_err().to_string().contains("ten years"));
    assert!(Bucket::new(Quota::new(1, Duration::MAX)).is_err());
    assert!(Bucket::new(Quota::new(u32::MAX, Duration::MAX)).is_err());
}

#[test]
fn a_burst_is_whole_where_a_unit_is_no_whole_number_of_nanoseconds() {
    let mut remaining = Vec::new();
    run(bucket(7, SECOND, 7), &[(0, 1); 8], |_, _, decision| {
        remaining.push(decision.is_allowed().then_some(decision.remaining));
    });
    assert_eq!(remaining, [Some(6), Some(5), Some(4), Some(3), Some(2), Some(1), Some(0), None]);
}

#[test]
fn nothing_costs_nothing_and_too_much_is_never_allowed() {
    let bucket = bucket(10, SECOND, 5);
    let whole = bucket.whole();
    assert_eq!(bucket.decide(whole, 0, 0).decision.retry_after, None);
    assert_eq!(bucket.decide(whole, 0, 0).debt, whole);
    for debt in [0, whole] {
        let answer = bucket.decide(debt, 6, 0);
        assert_eq!((answer.decision.retry_after, answer.debt), (Some(Duration::MAX), debt));
    }
}

#[test]
fn a_debt_under_a_larger_quota_is_held_against_nobody_for_longer_than_this_one() {
    let [long, short] = [bucket(1, Duration::from_secs(3_600), 1), bucket(1, SECOND, 1)];
    let debt = long.decide(0, 1, 0).debt;
    assert_eq!(short.decide(debt, 1, 0).decision.retry_after, Some(SECOND));
}

#[test]
fn who_would_wait_has_a_turn_after_those_before() {
    let bucket = bucket(10, SECOND, 1);
    let (mut debt, patience) = (0, ticks(Duration::from_millis(250)));
    let mut waits = Vec::new();
    for _ in 0..4 {
        let answer = bucket.decide(debt, 1, patience);
        debt = answer.debt;
        waits.push(answer.decision.is_allowed().then(|| duration(answer.wait).as_millis()));
    }
    assert_eq!(waits, [Some(0), Some(100), Some(200), None]);
    assert_eq!(bucket.decide(debt, 1, patience).decision.retry_after, Some(Duration::from_millis(50)));
}
