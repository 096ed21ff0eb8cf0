//! The clock of whatever is no engine.

use std::time::Instant;

/// The time of the runtime, which a test can have stand still.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
