//! Waiting for one's turn instead of being refused.

use std::time::Duration;

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
