//! What goes on in a server, in numbers.

/// How much goes on in a server: see [`Monitor::activity`](super::Monitor::activity).
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
