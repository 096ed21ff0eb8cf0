//! The two engines, each with the quota, the key and the clock that its users have.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::DefaultKeyedRateLimiter;
use tsk_ratelimit::{Accounts, Bucket, Limiter, Memory, Quota};

/// So much that no key is ever refused, and so slow that each stays in debt.
const AN_HOUR: u32 = 1_000;

pub(crate) trait Check: Sync {
    fn check(&self, key: &IpAddr) -> bool;

    /// The keys that it had no room for.
    fn forgotten(&self) -> u64 {
        0
    }
}

pub(crate) struct Tsk(Limiter, Arc<Memory>);

impl Tsk {
    /// With 32 bytes for each key.
    pub(crate) fn new(keys: u64) -> Self {
        let memory = Arc::new(Memory::new(32 * keys as usize, Instant::now()));
        let quota = Bucket::new(Quota::new(AN_HOUR, Duration::from_secs(3_600))).expect("it can be kept");
        Self(Limiter::new(memory.clone(), Accounts::new().of_rule("address"), quota), memory)
    }
}

impl Check for Tsk {
    fn check(&self, key: &IpAddr) -> bool {
        self.0.check(key, 1, Instant::now()).is_allowed()
    }

    fn forgotten(&self) -> u64 {
        self.1.forgotten()
    }
}

/// As its documentation has it: a map of shards, and the clock that reads the processor's counter.
pub(crate) struct Governor(DefaultKeyedRateLimiter<IpAddr>);

impl Governor {
    pub(crate) fn new() -> Self {
        let quota = governor::Quota::per_hour(NonZeroU32::new(AN_HOUR).expect("it is not zero"));
        Self(DefaultKeyedRateLimiter::keyed(quota))
    }
}

impl Check for Governor {
    fn check(&self, key: &IpAddr) -> bool {
        self.0.check_key(key).is_ok()
    }
}
