//! One rule, without HTTP.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use crate::{Bucket, Charge, Decision, Memory, Scope};

/// A limit for each key, for whatever it is that is limited.
///
/// ```
/// use std::sync::Arc;
/// use std::time::{Duration, Instant};
/// use tsk_ratelimit::{Accounts, Bucket, Limiter, Memory, Quota};
///
/// let now = Instant::now();
/// let memory = Arc::new(Memory::new(1 << 20, now));
/// let logins = Bucket::new(Quota::new(3, Duration::from_secs(60)))?;
/// let limiter = Limiter::new(memory, Accounts::new().of_rule("logins"), logins);
///
/// for _ in 0..3 {
///     assert!(limiter.check("alice", 1, now).is_allowed());
/// }
/// let refused = limiter.check("alice", 1, now);
/// assert_eq!(refused.retry_after, Some(Duration::from_secs(20)));
/// assert!(limiter.check("bob", 1, now).is_allowed());
/// # Ok::<(), tsk_ratelimit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Limiter {
    memory: Arc<Memory>,
    scope: Scope,
    bucket: Bucket,
}

impl Limiter {
    /// A limit whose accounts are in this memory, which others may share.
    pub fn new(memory: Arc<Memory>, scope: Scope, bucket: Bucket) -> Self {
        Self { memory, scope, bucket }
    }

    /// Takes `cost` units from a key's account, if it has as many.
    pub fn check(&self, key: &(impl Hash + ?Sized), cost: u32, now: Instant) -> Decision {
        self.memory.debit_one(&self.charge(key, cost), now)
    }

    /// Gives units back that were not used after all.
    pub fn credit(&self, key: &(impl Hash + ?Sized), cost: u32, now: Instant) {
        self.memory.credit(&self.charge(key, cost), now);
    }

    fn charge(&self, key: &(impl Hash + ?Sized), cost: u32) -> Charge {
        Charge::new(self.scope.account(key), self.bucket, cost)
    }
}
