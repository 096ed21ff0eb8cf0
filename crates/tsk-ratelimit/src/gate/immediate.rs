//! Limits that are decided at once, for the requests of a connection.

use tsk_core::{Admission, Gate, Head, Never, Peer, Policy};

use super::{Asked, LimitGate, Stamp};
use crate::{key::Near, store::Place};

/// A gate of limits that are decided at once.
#[derive(Debug, Clone)]
pub struct ImmediateGate {
    gate: LimitGate,
    near: Option<Near>,
}

impl ImmediateGate {
    pub(super) fn new(gate: LimitGate) -> Self {
        Self { gate, near: None }
    }

    /// The same gate for the requests of one connection, from this peer, whose address need not be hashed for each of them then.
    #[must_use]
    pub fn on(&self, peer: Peer) -> Self {
        let addresses = self.gate.limits.store.accounts.addresses();
        Self { gate: self.gate.clone(), near: Some(Near::new(peer.ip(), addresses)) }
    }
}

/// It is bound by what it is made of.
impl Policy for ImmediateGate {}

impl Gate for ImmediateGate {
    type Ticket = Stamp;
    type Wait = Never<Stamp>;

    #[inline]
    fn admit(&self, head: Head<'_>) -> Admission<Stamp, Never<Stamp>> {
        let Self { gate, near } = self;
        let Place::Memory(memory) = &gate.limits.store.place else {
            return Admission::Pass(Stamp::default());
        };
        match gate.limits.ask(gate.stage(head), memory, head, near.as_ref()) {
            // None of its limits delays.
            Asked::Allowed(stamp) | Asked::Wait(_, _, stamp) => Admission::Pass(stamp),
            Asked::Refused(response) => Admission::Refuse(*response),
        }
    }
}
