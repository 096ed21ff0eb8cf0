//! What looks at every span beside the collector.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{dependencies::Dependencies, errors::Errors, plan::Plans, queue::Waiting, recent::Recent};

/// What a process keeps of its own spans, so that there is something to look at without a collector.
///
/// All of it is fed by the exporter's thread and by whoever looks; requests meet none of its locks.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Whole traces.
    pub(crate) recent: Arc<Recent>,
    /// Errors of the same kind, counted.
    pub(crate) errors: Arc<Errors>,
    /// Who calls whom.
    pub(crate) dependencies: Arc<Dependencies>,
}

impl Seen {
    /// Nothing has been seen yet. From `slow` on a request is slow; zero for never.
    pub(crate) fn new(slow: Duration) -> Self {
        Self { recent: Arc::new(Recent::new(slow)), errors: Arc::default(), dependencies: Arc::default() }
    }

    /// Looks at spans that have ended.
    pub(crate) fn take(&self, waiting: &Waiting, plans: &Plans) {
        let now = nanoseconds(SystemTime::now());
        self.recent.take(waiting, plans);
        self.errors.take(waiting.server.spans(), plans);
        self.dependencies.take(waiting, now);
    }
}

/// Since 1970.
pub(crate) fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The beginning of a text, with nothing in it that a terminal or a page would take for anything but text.
pub(crate) fn excerpt(text: &str, characters: usize) -> Box<str> {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().take(characters).map(plain).collect::<String>().into()
}
