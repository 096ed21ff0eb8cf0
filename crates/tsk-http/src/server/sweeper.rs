//! Who sweeps, at a pace that others hardly notice.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
    vec,
};

use super::sweep::{Connections, Due, PARTS};
use crate::Error;

#[cfg(target_os = "linux")]
mod task;
mod thread;

/// Between some connections that are ended and the next, in which others are served.
const PAUSE: Duration = Duration::from_millis(1);

/// How long such a pause may be, where the system is slow to wake.
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// How many are ended without a pause even where fewer would do.
const AT_ONCE: usize = 4;

/// How many are looked at before others have their turn, but for the rest of a part: some 50 µs.
const LOOKED_AT_ONCE: usize = 1_000;

/// Sweeps at each interval, until it is dropped.
///
/// It is a thread beside those that serve, so that none of them stops while thousands of connections are looked at. Where
/// one thread is all there is, it is a task on that: a second thread would cost each request more than the looks do.
#[derive(Debug)]
pub(super) enum Sweeper {
    Thread(mpsc::Sender<Duration>),
    #[cfg(target_os = "linux")]
    Task(tokio::sync::watch::Sender<Duration>),
}

impl Sweeper {
    /// It does nothing before it is told [how often](Self::every).
    pub(super) fn start(connections: Arc<Connections>) -> Result<Self, Error> {
        let sweep = Sweep::new(connections);
        #[cfg(target_os = "linux")]
        if has_one_thread() {
            return task::start(sweep)
                .map(Self::Task)
                .map_err(|error| Error::config(format!("no timer to watch over connections: {error}")));
        }
        thread::start(sweep)
            .map(Self::Thread)
            .map_err(|error| Error::config(format!("no thread to watch over connections: {error}")))
    }

    /// Has it sweep so often from now on.
    pub(super) fn every(&self, interval: Duration) {
        match self {
            Self::Thread(told) => told.send(interval).expect("the thread ends once this is dropped"),
            // It has ended where the runtime has, and all connections with it.
            #[cfg(target_os = "linux")]
            Self::Task(told) => drop(told.send(interval)),
        }
    }
}

/// Whether everything is done by the thread that runs the present task.
#[cfg(target_os = "linux")]
fn has_one_thread() -> bool {
    use tokio::runtime::{Handle, RuntimeFlavor};
    Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread
}

/// How far a sweep has come.
#[derive(Debug)]
struct Sweep {
    connections: Arc<Connections>,
    interval: Duration,
    /// The part to look at next.
    part: usize,
    /// What the last part has to be ended of, and how many between two pauses.
    due: vec::IntoIter<Due>,
    at_once: usize,
}

impl Sweep {
    fn new(connections: Arc<Connections>) -> Self {
        Self { connections, interval: Duration::ZERO, part: 0, due: Vec::new().into_iter(), at_once: AT_ONCE }
    }

    /// Goes on, and gives how long to wait before it is to again: not at all where others only have their turn.
    ///
    /// Thousands that came together are late together: they are ended evenly within the interval.
    fn go_on(&mut self, now: Instant) -> Duration {
        let mut looked = 0;
        loop {
            if self.due.len() > 0 {
                self.due.by_ref().take(self.at_once).for_each(Due::end);
                return PAUSE;
            }
            if self.part == PARTS {
                self.part = 0;
                return self.interval;
            }
            if looked >= LOOKED_AT_ONCE {
                return Duration::ZERO;
            }
            let mut due = Vec::new();
            looked += self.connections.sweep(self.part, now, &mut due);
            self.part += 1;
            self.at_once = at_once(due.len(), self.interval / PARTS as u32);
            self.due = due.into_iter();
        }
    }
}

/// How many of those that are late to end between two pauses.
fn at_once(late: usize, within: Duration) -> usize {
    let pauses = (within.as_millis() / LONGEST_PAUSE.as_millis()).max(1) as usize;
    late.div_ceil(pauses).max(AT_ONCE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tsk_core::Peer;

    use super::*;
    use crate::{
        Config,
        server::{
            pulse::Command,
            sweep::{Limits, Registration},
        },
    };

    /// A sweep of so many connections, on which nothing comes.
    fn sweep_of(count: usize) -> (Sweep, Vec<Registration>) {
        let connections = Arc::<Connections>::default();
        let limits = Arc::new(Limits::new(&Config::default(), None));
        let open = |_| connections.open(Arc::clone(&limits), Peer::Local);
        let open = (0..count).map(open).collect();
        let interval = limits.interval();
        (Sweep { interval, ..Sweep::new(connections) }, open)
    }

    fn late(open: &[Registration]) -> usize {
        open.iter().filter(|open| open.pulse().command() == Command::Close).count()
    }

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

    #[test]
    fn between_some_that_are_ended_and_the_next_there_is_a_pause() {
        let (mut sweep, open) = sweep_of(10 * PARTS);
        let late_by_all = Instant::now() + Duration::from_secs(3600);
        let mut ended = 0;
        while sweep.go_on(late_by_all) == PAUSE {
            let before = std::mem::replace(&mut ended, late(&open));
            assert!((1..=AT_ONCE).contains(&(ended - before)), "{before}, then {ended}");
        }
        assert_eq!(ended, open.len());
        assert_eq!(sweep.go_on(Instant::now()), sweep.interval, "it begins anew");
    }

    #[test]
    fn others_have_their_turn_before_thousands_have_been_looked_at() {
        let (mut sweep, open) = sweep_of(5 * LOOKED_AT_ONCE);
        let now = Instant::now();
        let turns = (0..100).take_while(|_| sweep.go_on(now) == Duration::ZERO).count();
        assert!((3..=5).contains(&turns), "{turns}");
        assert_eq!(late(&open), 0);
    }

    #[test]
    fn a_few_are_looked_at_without_a_pause() {
        let (mut sweep, _open) = sweep_of(100);
        for _ in 0..2 {
            assert_eq!(sweep.go_on(Instant::now()), sweep.interval);
        }
    }
}
