//! A memory is provided by the system as it is used. Alone in its process, which it measures.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use tsk_ratelimit::{Accounts, Bucket, Charge, Memory, Quota};

/// The bytes of this process that are in memory.
fn resident() -> usize {
    let said = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    said.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("its second number") * 4_096
}

#[test]
fn what_no_account_needs_is_not_touched() {
    let before = resident();
    let memory = Memory::new(1 << 30, Instant::now());
    let quota = Bucket::new(Quota::new(1, Duration::from_secs(60))).expect("it can be kept");
    let account = Accounts::new().of_rule("rule").account("key");
    assert!(memory.debit_one(&Charge::new(account, quota, 1), Instant::now()).is_allowed());
    let grown = resident() - before;
    assert!(grown < 1 << 25, "{grown} bytes of {}", memory.bytes());
}
