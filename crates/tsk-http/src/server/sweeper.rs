//! The thread that sweeps, at a pace that others hardly notice.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::sweep::{Connections, Due, PARTS};
use crate::Error;

/// Between some connections that are ended and the next, in which others are served.
const PAUSE: Duration = Duration::from_millis(1);

/// How long such a pause may be, where the system is slow to wake.
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// How many are ended without a pause even where fewer would do.
const AT_ONCE: usize = 4;

/// Sweeps at each interval, until it is dropped.
///
/// It is a thread and no task: a runtime that has a timer reads the clock and looks through its timers each time that a
/// worker goes to sleep, which is once a request where they come one by one.
#[derive(Debug)]
pub(super) struct Sweeper(Sender<Duration>);

impl Sweeper {
    /// It does nothing before it is told [how often](Self::every).
    pub(super) fn start(connections: Arc<Connections>) -> Result<Self, Error> {
        let (intervals, told) = channel();
        thread::Builder::new()
            .name("tsk-sweeper".into())
            .spawn(move || run(&connections, &told))
            .map_err(|error| Error::config(format!("no thread to watch over connections: {error}")))?;
        Ok(Self(intervals))
    }

    /// Has it sweep so often from now on.
    pub(super) fn every(&self, interval: Duration) {
        self.0.send(interval).expect("the thread ends once this is dropped");
    }
}

fn run(connections: &Connections, told: &Receiver<Duration>) {
    let Ok(mut every) = told.recv() else { return };
    loop {
        match told.recv_timeout(every) {
            Ok(other) => every = other,
            Err(RecvTimeoutError::Timeout) => {
                for part in 0..PARTS {
                    end(connections.sweep(part, Instant::now()), every / PARTS as u32);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Ends what is late evenly within a time: thousands that came together are late together.
fn end(due: Vec<Due>, within: Duration) {
    let at_once = at_once(due.len(), within);
    let mut due = due.into_iter();
    while due.len() > 0 {
        due.by_ref().take(at_once).for_each(Due::end);
        thread::sleep(PAUSE);
    }
}

/// How many of those that are late to end between two pauses.
fn at_once(late: usize, within: Duration) -> usize {
    let pauses = (within.as_millis() / LONGEST_PAUSE.as_millis()).max(1) as usize;
    late.div_ceil(pauses).max(AT_ONCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, server::sweep::Limits};

    #[test]
    fn who_is_late_together_is_ended_evenly_and_in_time() {
        let part = Limits::new(&Config::default(), None).interval() / PARTS as u32;
        for late in [1, 100, 5_000 / PARTS, 100_000 / PARTS] {
            let at_once = at_once(late, part);
            let pauses = late.div_ceil(at_once) as u32;
            assert!(at_once <= AT_ONCE.max(late / 10), "{at_once} of {late}");
            assert!(pauses * LONGEST_PAUSE <= part + LONGEST_PAUSE, "{late} in {pauses} pauses");
        }
    }
}
