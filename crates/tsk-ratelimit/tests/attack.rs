//! Whoever invents keys cannot push out its own debt, and takes no more memory.

use std::time::{Duration, Instant};

use tsk_ratelimit::{Accounts, Bucket, Charge, Memory, Quota};

/// Ten million where the compiler made it fast, as it takes too long elsewhere.
const KEYS: u32 = if cfg!(debug_assertions) { 300_000 } else { 10_000_000 };
/// Room for a sixth of them.
const BYTES: usize = KEYS as usize / 6 * 16;

fn bucket(limit: u32, window: Duration) -> Bucket {
    Bucket::new(Quota::new(limit, window)).expect("it can be kept")
}

/// Has an offender use up a quota, then invents keys under another rule, and looks that the offender stays refused.
fn attack(offence: Bucket, invented: Bucket) {
    let now = Instant::now();
    let memory = Memory::new(BYTES, now);
    let accounts = Accounts::shared(b"the same in each run");
    let [offenders, others] = ["offenders", "others"].map(|rule| accounts.of_rule(rule));
    let offenders: Vec<_> = (0..100).map(|key| Charge::new(offenders.account(&key), offence, 1)).collect();
    for offender in &offenders {
        while memory.debit_one(offender, now).is_allowed() {}
    }
    for key in 0..KEYS {
        memory.debit_one(&Charge::new(others.account(&key), invented, 1), now);
        if key % 10_000 == 0 {
            assert!(offenders.iter().all(|it| !memory.debit_one(it, now).is_allowed()), "after {key} keys");
        }
    }
    assert!(offenders.iter().all(|it| !memory.debit_one(it, now).is_allowed()));
    assert!(memory.bytes() <= BYTES);
    assert!(memory.forgotten() > u64::from(KEYS) / 2, "the keys do fill the memory");
}

#[test]
fn who_invents_keys_stays_refused() {
    let quota = bucket(10, Duration::from_secs(1));
    attack(quota, quota);
}

#[test]
fn who_invents_keys_under_a_longer_rule_stays_refused() {
    attack(bucket(10, Duration::from_secs(1)), bucket(1_000, Duration::from_secs(3_600)));
}
