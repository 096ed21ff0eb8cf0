//! What is asked of a store, and what it says.

use std::time::Duration;

use crate::pace::Mode;
use crate::{Account, Bucket};

/// What is taken from one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Who pays.
    pub account: Account,
    /// How much that one may.
    pub bucket: Bucket,
    /// How many units this is. Zero asks how things are: it is always allowed and takes nothing.
    pub cost: u32,
    /// What happens where that is more than there is.
    pub mode: Mode,
}

impl Charge {
    /// One that is refused where there is not enough.
    pub const fn new(account: Account, bucket: Bucket, cost: u32) -> Self {
        Self { account, bucket, cost, mode: Mode::Refuse }
    }

    /// Sets what happens where there is not enough.
    #[must_use]
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}

/// What was decided of all charges of a request together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All were taken.
    Allowed,
    /// All were taken, and it is the request's turn only after so long. Whoever gives up before gives them
    /// [back](crate::Memory::credit).
    Wait(Duration),
    /// None was taken.
    Refused,
}

impl Verdict {
    /// Whether the charges were taken.
    pub const fn is_allowed(self) -> bool {
        !matches!(self, Self::Refused)
    }
}
