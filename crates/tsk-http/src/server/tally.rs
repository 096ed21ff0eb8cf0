//! What befell connections, where nobody observes it and the access log has no line.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tsk_core::Peer;

use super::activity::Activity;

/// Why a connection was not served, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Reason {
    /// A request was malformed, or more than the limits allow.
    Malformed = 1,
    /// The head of its first request did not come in time.
    Late = 2,
    /// Its address had as many as it may.
    Crowded = 3,
}

/// How many connections were of each kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) http1: Count,
    pub(super) http2: Count,
    pub(super) tls: Count,
    pub(super) tls_failed: Count,
    malformed: Count,
    late: Count,
    crowded: Count,
}

/// Counts what happens at most once a connection.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// Counts one more, and gives how many there are.
    pub(super) fn more(&self) -> u64 {
        self.0.fetch_add(1, Relaxed) + 1
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Tally {
    /// Counts one that was refused, and says so at each power of two, so that an attack does not fill the log.
    #[cold]
    pub(super) fn refused(&self, reason: Reason, peer: Peer) {
        let (count, what) = match reason {
            Reason::Malformed => {
                (&self.malformed, "requests were refused that were malformed, or more than the limits allow")
            }
            Reason::Late => (&self.late, "connections were closed whose first request did not come in time"),
            Reason::Crowded => (
                &self.crowded,
                "connections were closed because their address has `http.max_connections_per_address`; name proxies \
                 in `http.trusted_proxies`",
            ),
        };
        let count = count.more();
        if count.is_power_of_two() {
            tracing::warn!(%peer, count, "{what}");
        }
    }

    /// Adds all of it to what goes on.
    pub(super) fn tell(&self, activity: &mut Activity) {
        activity.http1 = self.http1.get();
        activity.http2 = self.http2.get();
        activity.tls = self.tls.get();
        activity.tls_failed = self.tls_failed.get();
        activity.malformed = self.malformed.get();
        activity.late = self.late.get();
        activity.crowded = self.crowded.get();
    }
}
