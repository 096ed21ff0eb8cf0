//! Signs of life of connections, and the sweep that closes those without.
//!
//! A timer a request would cost more than routing does. So a connection only counts what it does, and one
//! task looks at all of them from time to time.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed},
    },
    task::Waker,
    time::Duration,
};

use tokio::time::Instant;

/// What one connection does, and what it is asked to do.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Reads that gave bytes.
    reads: AtomicU32,
    /// Requests so far. Each one in flight holds a reference besides the pulse's own.
    requests: Arc<AtomicU32>,
    /// How often a write has begun to wait, or ceased to: odd while the client does not read.
    stalls: AtomicU32,
    /// Whether bytes need not be the head of a request: HTTP/2 has pings.
    multiplexed: AtomicBool,
    /// Whether written bytes may be held back, and whether some are.
    may_hold: AtomicBool,
    is_holding: AtomicBool,
    command: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

/// A request whose answer has not been sent to its end.
#[derive(Debug)]
pub(super) struct InFlight {
    _requests: Arc<AtomicU32>,
}

/// What a connection is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Command {
    /// Go on.
    Serve = 0,
    /// Finish what was begun, then close.
    Finish = 1,
    /// Close.
    Close = 2,
}

impl Pulse {
    // Only the connection's own task counts, so a load and a store do; other threads may read a value late.
    #[inline]
    pub(super) fn count_read(&self) {
        self.reads.store(self.reads.load(Relaxed).wrapping_add(1), Relaxed);
    }

    #[inline]
    pub(super) fn begin_request(&self) -> InFlight {
        self.requests.store(self.requests.load(Relaxed).wrapping_add(1), Relaxed);
        InFlight { _requests: Arc::clone(&self.requests) }
    }

    #[inline]
    pub(super) fn requests(&self) -> u32 {
        self.requests.load(Relaxed)
    }

    pub(super) fn count_stall(&self) {
        self.stalls.store(self.stalls.load(Relaxed).wrapping_add(1), Relaxed);
    }

    #[inline]
    pub(super) fn allow_holding(&self, allowed: bool) {
        self.may_hold.store(allowed, Relaxed);
    }

    #[inline]
    pub(super) fn may_hold(&self) -> bool {
        self.may_hold.load(Relaxed)
    }

    #[inline]
    pub(super) fn set_holding(&self, holding: bool) {
        self.is_holding.store(holding, Relaxed);
    }

    #[inline]
    pub(super) fn is_holding(&self) -> bool {
        self.is_holding.load(Relaxed)
    }

    pub(super) fn set_multiplexed(&self) {
        self.multiplexed.store(true, Relaxed);
    }

    #[inline]
    pub(super) fn command(&self) -> Command {
        match self.command.load(Relaxed) {
            0 => Command::Serve,
            1 => Command::Finish,
            _ => Command::Close,
        }
    }

    /// Sets who is woken by a command.
    pub(super) fn register(&self, waker: &Waker) {
        *self.waker() = Some(waker.clone());
    }

    fn give(&self, command: Command) {
        self.command.fetch_max(command as u8, Relaxed);
        // The lock orders the command before the wake, and a registration before or after both.
        let waker = self.waker().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every connection of a server.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    open: HashMap<u64, Watched>,
    /// What connections that are yet to come are asked to do.
    command: Option<Command>,
}

#[derive(Debug)]
struct Watched {
    pulse: Arc<Pulse>,
    phase: Phase,
    /// When the phase was first seen.
    since: Instant,
}

/// What a connection was last seen to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No request has come yet.
    Fresh,
    /// There are requests in flight.
    Busy,
    /// It waits for a request, having had so many, in so many reads.
    Idle { requests: u32, reads: u32 },
    /// It sends the head of a request, after so many others.
    Head { requests: u32 },
}

impl Connections {
    /// Adds a connection; it is watched until the [`Registration`] is dropped.
    pub(super) fn open(self: &Arc<Self>) -> Registration {
        let pulse = Arc::new(Pulse::default());
        let mut state = self.state();
        if let Some(command) = state.command {
            pulse.give(command);
        }
        let id = state.next;
        state.next += 1;
        let watched = Watched { pulse: Arc::clone(&pulse), phase: Phase::Fresh, since: Instant::now() };
        state.open.insert(id, watched);
        Registration { connections: Arc::clone(self), id, pulse }
    }

    pub(super) fn len(&self) -> usize {
        self.state().open.len()
    }

    /// Gives a command to all connections, those to come included.
    pub(super) fn command(&self, command: Command) {
        let mut state = self.state();
        state.command = state.command.max(Some(command));
        for watched in state.open.values() {
            watched.pulse.give(command);
        }
    }

    /// Closes connections that have been silent, or slow with the head of a request, for too long.
    pub(super) fn sweep(&self, now: Instant, limits: Limits) {
        for watched in self.state().open.values_mut() {
            watched.check(now, limits);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The deadlines that a sweep enforces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) head: Duration,
    pub(super) idle: Duration,
}

impl Limits {
    /// How often to sweep, so that a deadline is overrun by a quarter at most.
    pub(super) fn interval(&self) -> Duration {
        (self.head.min(self.idle) / 4).clamp(Duration::from_millis(10), Duration::from_secs(5))
    }
}

impl Watched {
    fn check(&mut self, now: Instant, limits: Limits) {
        let phase = self.observe();
        if phase != self.phase {
            (self.phase, self.since) = (phase, now);
        }
        let elapsed = now.saturating_duration_since(self.since);
        match phase {
            Phase::Fresh | Phase::Head { .. } if elapsed >= limits.head => self.pulse.give(Command::Close),
            Phase::Idle { .. } if elapsed >= limits.idle => self.pulse.give(Command::Finish),
            _ => {}
        }
    }

    fn observe(&self) -> Phase {
        let Pulse { reads, requests, multiplexed, .. } = &*self.pulse;
        let in_flight = Arc::strong_count(requests) > 1;
        let (reads, requests, multiplexed) =
            (reads.load(Relaxed), requests.load(Relaxed), multiplexed.load(Relaxed));
        match self.phase {
            _ if in_flight => Phase::Busy,
            Phase::Fresh if requests == 0 => Phase::Fresh,
            Phase::Head { requests: before } if before == requests => self.phase,
            Phase::Idle { requests: before, reads: read } if before == requests => {
                if read == reads || multiplexed { self.phase } else { Phase::Head { requests } }
            }
            _ => Phase::Idle { requests, reads },
        }
    }
}

/// A connection that is watched.
#[derive(Debug)]
pub(super) struct Registration {
    connections: Arc<Connections>,
    id: u64,
    pulse: Arc<Pulse>,
}

impl Registration {
    pub(super) fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.connections.state().open.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { head: Duration::from_secs(10), idle: Duration::from_secs(60) };

    struct Watch {
        connections: Arc<Connections>,
        registration: Registration,
        start: Instant,
    }

    impl Watch {
        fn new() -> Self {
            let connections = Arc::new(Connections::default());
            let registration = connections.open();
            Self { connections, registration, start: Instant::now() }
        }

        fn after(&self, seconds: u64) -> Command {
            self.connections.sweep(self.start + Duration::from_secs(seconds), LIMITS);
            self.registration.pulse().command()
        }

        fn request(&self) -> InFlight {
            self.registration.pulse().count_read();
            self.registration.pulse().begin_request()
        }
    }

    #[test]
    fn closes_a_fresh_connection_without_a_whole_head() {
        let watch = Watch::new();
        watch.registration.pulse().count_read();
        assert_eq!(watch.after(9), Command::Serve);
        watch.registration.pulse().count_read();
        assert_eq!(watch.after(11), Command::Close);
    }

    #[test]
    fn closes_a_later_head_that_takes_too_long() {
        let watch = Watch::new();
        drop(watch.request());
        assert_eq!(watch.after(1), Command::Serve);
        watch.registration.pulse().count_read();
        assert_eq!(watch.after(2), Command::Serve);
        watch.registration.pulse().count_read();
        assert_eq!(watch.after(13), Command::Close);
    }

    #[test]
    fn finishes_a_connection_that_is_idle_too_long() {
        let watch = Watch::new();
        drop(watch.request());
        assert_eq!(watch.after(1), Command::Serve);
        assert_eq!(watch.after(60), Command::Serve);
        assert_eq!(watch.after(61), Command::Finish);
    }

    #[test]
    fn leaves_a_request_in_flight_alone() {
        let watch = Watch::new();
        let _in_flight = watch.request();
        assert_eq!(watch.after(1_000), Command::Serve);
        assert_eq!(watch.after(2_000), Command::Serve);
    }

    #[test]
    fn a_ping_is_not_the_head_of_a_request() {
        let watch = Watch::new();
        watch.registration.pulse().set_multiplexed();
        drop(watch.request());
        assert_eq!(watch.after(1), Command::Serve);
        watch.registration.pulse().count_read();
        assert_eq!(watch.after(50), Command::Serve);
        assert_eq!(watch.after(61), Command::Finish);
    }

    #[test]
    fn a_command_reaches_connections_that_come_later() {
        let connections = Arc::new(Connections::default());
        connections.command(Command::Finish);
        assert_eq!(connections.open().pulse().command(), Command::Finish);
        assert_eq!(connections.len(), 0);
    }
}
