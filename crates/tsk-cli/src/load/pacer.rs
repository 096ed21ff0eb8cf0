//! What says that a request is due, at the time at which it is.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use tokio::sync::Semaphore;

use super::schedule::Schedule;

/// Gives a permit for each request that is due, until it is dropped.
///
/// It is a thread, since the timers of tokio are kept to the millisecond, which is more than many an answer takes. What is due
/// and not taken is a number and no queue.
pub(super) struct Pacer {
    /// Whose end is what stops the thread.
    _running: mpsc::Sender<()>,
}

impl Pacer {
    /// Begins at `start`. After the last request there are `waiting` permits more, so that everybody who waits learns of
    /// the end.
    pub(super) fn start(
        schedule: Schedule,
        start: Instant,
        permits: Arc<Semaphore>,
        waiting: usize,
    ) -> Pacer {
        let (running, stopped) = mpsc::channel();
        thread::spawn(move || {
            let mut given = 0;
            while given < schedule.total() {
                let next = start + schedule.due(given);
                let wait = next.saturating_duration_since(Instant::now());
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                let due = schedule.due_by(start.elapsed()).max(given + 1);
                // At most as many as a semaphore may have are given at a time, which is far beyond any rate.
                permits.add_permits((due - given) as usize);
                given = due;
            }
            permits.add_permits(waiting);
        });
        Pacer { _running: running }
    }
}
