//! What was refused before the stack, where nobody observes it and the access log has no line.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tsk_core::Peer;

/// Why no request of a connection was served any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Reason {
    /// It was malformed, or more than the limits allow.
    Malformed = 1,
    /// Its head did not come in time.
    Late = 2,
}

/// How many connections that befell.
#[derive(Debug, Default)]
pub(super) struct Refused {
    malformed: AtomicU64,
    late: AtomicU64,
}

impl Refused {
    /// Counts one, and says so at each power of two, so that an attack does not fill the log.
    #[cold]
    pub(super) fn count(&self, reason: Reason, peer: Peer) {
        let (count, what) = match reason {
            Reason::Malformed => {
                (&self.malformed, "requests were refused that were malformed, or more than the limits allow")
            }
            Reason::Late => (&self.late, "connections were closed whose first request did not come in time"),
        };
        let count = count.fetch_add(1, Relaxed) + 1;
        if count.is_power_of_two() {
            tracing::warn!(%peer, count, "{what}");
        }
    }
}
