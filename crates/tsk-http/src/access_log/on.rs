//! The access log of one connection.

use std::sync::Arc;

use tsk_core::{Head, Observe, Outcome, Policy, RequestContext};

use super::{AccessLog, tail::Tail};
use crate::Connection;

/// An [`AccessLog`] for the requests of one connection: what it says of fields that a client repeats is put together once.
///
/// It is to be called as soon as a request was read, with nothing around it that waits.
#[derive(Debug)]
pub struct ConnectionLog {
    log: Arc<AccessLog>,
    tail: Option<Tail>,
}

impl AccessLog {
    /// The log for the requests of a connection.
    pub fn on(self: &Arc<Self>, connection: &Connection) -> ConnectionLog {
        let tail = self.style.is_of_fields().then(|| Tail::new(connection.shared()));
        ConnectionLog { log: Arc::clone(self), tail }
    }
}

impl Policy for ConnectionLog {}

impl Observe for ConnectionLog {
    type State = <AccessLog as Observe>::State;

    #[inline]
    fn begin(&self, line: &mut Self::State, head: &Head<'_>) {
        *line = self.log.line(head, self.tail.as_ref());
    }

    #[inline]
    fn ended(&self, state: &mut Self::State, context: &RequestContext, outcome: &Outcome) {
        self.log.ended(state, context, outcome);
    }
}
