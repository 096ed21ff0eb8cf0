//! What connections have done, in sums.

use std::ops::AddAssign;

use super::pulse::Pulse;

/// What connections have done, since the start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traffic {
    pub(super) requests: u64,
    pub(super) received: u64,
    pub(super) sent: u64,
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.received += other.received;
        self.sent += other.sent;
    }
}

impl Traffic {
    pub(super) fn add(&mut self, pulse: &Pulse) {
        self.requests += u64::from(pulse.requests());
        self.received += pulse.received();
        self.sent += pulse.sent();
    }
}
