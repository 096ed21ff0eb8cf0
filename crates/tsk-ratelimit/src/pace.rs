//! Waiting for one's turn instead of being refused.
//!
//! Who comes in waits by [`Mode::Delay`]: the turn is booked on the key's own account, so that nothing is kept for those who wait,
//! and who would wait for too long is told so at once. Calls that go out wait by `Pace`, in a queue.

use std::time::Duration;

#[cfg(feature = "pace")]
mod outbound;

#[cfg(feature = "pace")]
pub use self::outbound::{Pace, Refusal};

/// What happens where more is asked for than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// It is refused.
    #[default]
    Refuse,
    /// It has to wait for its turn; if that would be later than in `max`, it is refused at once.
    Delay {
        /// The longest wait.
        max: Duration,
    },
}
