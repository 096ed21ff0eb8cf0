//! Accounts that are elsewhere, where servers share them.

use std::{fmt::Debug, future::Future, pin::Pin};

use crate::{Charge, Decision, Outage, Verdict};

/// Accounts that are elsewhere: to be asked in one round trip.
pub trait Remote: Debug + Send + Sync + 'static {
    /// Takes all of the charges, or none of them where one is refused, as [`Memory::debit`](crate::Memory::debit) does. Beside
    /// each is what holds where nobody can be asked.
    ///
    /// It is not asked again where the future is dropped: what was taken is taken.
    fn debit(&self, charges: Vec<(Charge, Outage)>) -> Debiting;

    /// Gives charges back that were taken and not used after all, without waiting.
    fn credit(&self, charges: Vec<Charge>);
}

/// What [`Remote::debit`] gives.
pub type Debiting = Pin<Box<dyn Future<Output = Result<Settled, Unavailable>> + Send>>;

/// What was decided of charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What was decided of all together.
    pub verdict: Verdict,
    /// What was decided of each; as in [`Memory::debit`](crate::Memory::debit).
    pub decisions: Vec<Decision>,
}

/// Nobody can be asked, and one of the limits is [closed](Outage::Closed) then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;
