//! What goes on in a server, in numbers.

use serde::Serialize;

/// How much goes on in a server: see [`Monitor::activity`](super::Monitor::activity).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
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
    /// Connections that spoke HTTP/1, since the start, as all that follow.
    pub http1: u64,
    /// Connections that spoke HTTP/2.
    pub http2: u64,
    /// Handshakes of TLS that came to an end.
    pub tls: u64,
    /// Handshakes of TLS that failed, or took too long.
    pub tls_failed: u64,
    /// Connections on which a request was refused as malformed, or as more than the limits allow.
    pub malformed: u64,
    /// Connections that were closed because the head of their first request did not come in time.
    pub late: u64,
    /// Connections that were closed because their address had as many as it may.
    pub crowded: u64,
}
