//! A client that was refused, and invents keys so that this be forgotten.

use std::time::{Duration, Instant};

use tsk_ratelimit::{Accounts, Bucket, Charge, Memory, Quota};

use crate::{address, resident};

pub(crate) fn run(keys: u64, bytes: u64) {
    let before = resident();
    let now = Instant::now();
    let memory = Memory::new(bytes as usize, now);
    let quota = Bucket::new(Quota::new(100, Duration::from_secs(3_600))).expect("it can be kept");
    let scope = Accounts::new().of_rule("address");
    let charge = |index: u64| Charge::new(scope.account(&address(index)), quota, 1);
    let offender = charge(0);
    while memory.debit_one(&offender, now).is_allowed() {}
    let mut let_through = 0_u64;
    for key in 1..=keys {
        memory.debit_one(&charge(key), now);
        let_through += u64::from(memory.debit_one(&offender, now).is_allowed());
    }
    let grown = resident() - before;
    println!(
        "{keys} invented keys in {} bytes: {} accounts kept, {} forgotten, the process grew by {grown} bytes, and the offender, who \
         tried again after each, was let through {let_through} times.",
        memory.bytes(),
        memory.owing(now),
        memory.forgotten(),
    );
    assert_eq!(let_through, 0, "the offender is refused until it has paid");
}
