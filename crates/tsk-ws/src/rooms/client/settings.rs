//! What a client was told, checked.

use std::time::Duration;

use super::Error;

/// What happens when as much waits to be sent as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum WhenFull {
    /// Whoever would say more is told that it is full, and nothing that waits is lost.
    #[default]
    Refuse,
    /// What waits longest and was not sent yet is given up.
    DropOldest,
}

/// The bounds and deadlines of a client.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) heartbeat: Duration,
    pub(super) heartbeat_timeout: Duration,
    /// How long the server may take to answer.
    pub(super) deadline: Duration,
    pub(super) first_wait: Duration,
    pub(super) longest_wait: Duration,
    /// How many pushes may wait, sent or not, and how many bytes of them.
    pub(super) queue: usize,
    pub(super) queue_bytes: usize,
    pub(super) when_full: WhenFull,
    /// How many may be sent without an answer.
    pub(super) in_flight: usize,
    /// What may wait to be heard, of each room.
    pub(super) inbox: usize,
    pub(super) inbox_bytes: usize,
    pub(super) channels: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(30),
            heartbeat_timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(10),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            queue: 1000,
            queue_bytes: 1024 * 1024,
            when_full: WhenFull::default(),
            in_flight: 64,
            inbox: 1024,
            inbox_bytes: 1024 * 1024,
            channels: 64,
        }
    }
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), Error> {
        let times = [
            ("heartbeat", self.heartbeat),
            ("heartbeat", self.heartbeat_timeout),
            ("deadline", self.deadline),
            ("backoff", self.first_wait),
            ("backoff", self.longest_wait),
        ];
        if let Some((name, _)) = times.iter().find(|(_, time)| time.is_zero()) {
            return Err(Error::setting(format!("`{name}`: nobody is that fast; name a time, such as 10 s")));
        }
        let sizes = [
            ("queue", self.queue.min(self.queue_bytes)),
            ("inbox", self.inbox.min(self.inbox_bytes)),
            ("channels", self.channels),
        ];
        match sizes.iter().find(|(_, size)| *size == 0) {
            Some((name, _)) => {
                Err(Error::setting(format!("`{name}`: nothing fits into that; name a number")))
            }
            None => Ok(()),
        }
    }
}
