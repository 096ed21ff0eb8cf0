//! How much goes on in a server.

use std::sync::Arc;

use super::sweep::Connections;

/// Tells how much goes on in a [`Server`](crate::Server), before it serves, while it does and after.
///
/// Nothing is counted for it that is not counted anyway: to look costs a step for each connection, and a request
/// costs nothing.
#[derive(Debug, Clone)]
pub struct Monitor(Arc<Connections>);

impl Monitor {
    pub(super) fn new(connections: &Arc<Connections>) -> Self {
        Self(Arc::clone(connections))
    }

    /// What goes on now, and what has happened since the server was made.
    pub fn activity(&self) -> Activity {
        self.0.activity()
    }
}

/// How much goes on in a server: see [`Monitor::activity`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity {
    /// Connections that are open.
    pub connections: usize,
    /// Those of them that have a request in flight.
    pub busy: usize,
    /// Connections that were accepted, since the start.
    pub accepted: u64,
    /// Requests that were taken in, since the start. Of one that is refused because it is no HTTP, nothing is known.
    pub requests: u64,
    /// Bytes that were received, since the start: of TLS, what was in it.
    pub received: u64,
    /// Bytes that were sent, since the start.
    pub sent: u64,
}
