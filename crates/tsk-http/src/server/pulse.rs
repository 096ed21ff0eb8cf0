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

use crate::Config;

/// What one connection does, and what it is asked to do.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Each request in flight holds a reference besides the pulse's own.
    counts: Arc<Counts>,
    /// Whether the last request has a body.
    has_upload: AtomicBool,
    /// How often a write has begun to wait, or ceased to: odd while the client does not read.
    stalls: AtomicU32,
    /// Whether the handshake of TLS is under way.
    is_shaking: AtomicBool,
    /// Whether bytes need not be the head of a request: HTTP/2 has pings.
    multiplexed: AtomicBool,
    /// Whether written bytes may be held back, and whether some are.
    may_hold: AtomicBool,
    is_holding: AtomicBool,
    command: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Requests so far.
    requests: AtomicU32,
    /// Reads that gave bytes.
    reads: AtomicU32,
    /// How many of the reads there had been when the last request ended: what is read after that is the head
    /// of a further one.
    settled: AtomicU32,
    /// Whether the client was told that another protocol follows.
    upgraded: AtomicBool,
}

/// A request whose answer has not been sent to its end.
#[derive(Debug)]
pub(super) struct InFlight {
    counts: Arc<Counts>,
}

impl InFlight {
    /// Notes that another protocol follows the answer.
    #[cold]
    pub(super) fn upgrade(&self) {
        self.counts.upgraded.store(true, Relaxed);
    }
}

impl Drop for InFlight {
    #[inline]
    fn drop(&mut self) {
        self.counts.settled.store(self.counts.reads.load(Relaxed), Relaxed);
    }
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
        let reads = &self.counts.reads;
        reads.store(reads.load(Relaxed).wrapping_add(1), Relaxed);
    }

    #[inline]
    pub(super) fn begin_request(&self, has_body: bool) -> InFlight {
        self.has_upload.store(has_body, Relaxed);
        let requests = &self.counts.requests;
        requests.store(requests.load(Relaxed).wrapping_add(1), Relaxed);
        InFlight { counts: Arc::clone(&self.counts) }
    }

    pub(super) fn has_upload(&self) -> bool {
        self.has_upload.load(Relaxed)
    }

    #[inline]
    pub(super) fn requests(&self) -> u32 {
        self.counts.requests.load(Relaxed)
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

    #[cfg(feature = "tls")]
    pub(super) fn set_shaking(&self, shaking: bool) {
        self.is_shaking.store(shaking, Relaxed);
    }

    pub(super) fn set_multiplexed(&self) {
        self.multiplexed.store(true, Relaxed);
    }

    pub(super) fn is_multiplexed(&self) -> bool {
        self.multiplexed.load(Relaxed)
    }

    #[inline]
    pub(super) fn is_upgraded(&self) -> bool {
        self.counts.upgraded.load(Relaxed)
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
    limits: Arc<Limits>,
    phase: Phase,
    /// When the phase was first seen.
    since: Instant,
}

/// What a connection was last seen to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It shakes hands.
    Handshake,
    /// No request has come yet.
    Fresh,
    /// There are requests in flight.
    Busy,
    /// It waits for the client to read, having done so a number of times.
    Stalled(u32),
    /// It waits for a request, after so many others.
    Idle(u32),
    /// It receives the head of a request, after so many others.
    Head(u32),
    /// It was asked to finish, and has no request in flight.
    Finishing,
}

impl Connections {
    /// Adds a connection; it is watched until the [`Registration`] is dropped.
    pub(super) fn open(self: &Arc<Self>, limits: Arc<Limits>) -> Registration {
        let pulse = Arc::new(Pulse::default());
        let mut state = self.state();
        if let Some(command) = state.command {
            pulse.give(command);
        }
        let id = state.next;
        state.next += 1;
        let (phase, since) = (Phase::Fresh, Instant::now());
        let watched = Watched { pulse: Arc::clone(&pulse), limits, phase, since };
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

    /// Closes connections that have been silent for too long, or slow: with the head of a request, with
    /// reading, or with going once they were asked to.
    pub(super) fn sweep(&self, now: Instant) {
        for watched in self.state().open.values_mut() {
            watched.check(now);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The deadlines that a sweep enforces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) handshake: Duration,
    pub(super) head: Duration,
    pub(super) idle: Duration,
}

impl Limits {
    /// Those of a listener with settings of its own.
    pub(super) fn new(config: &Config, handshake: Option<Duration>) -> Self {
        // Without TLS nobody shakes hands.
        let handshake = handshake.unwrap_or(config.head_timeout);
        Self { handshake, head: config.head_timeout, idle: config.idle_timeout }
    }

    /// How often to sweep, so that a deadline is overrun by a quarter at most: a phase is seen up to an
    /// interval late, and so is its end.
    pub(super) fn interval(&self) -> Duration {
        (self.handshake.min(self.head).min(self.idle) / 8)
            .clamp(Duration::from_millis(10), Duration::from_secs(5))
    }
}

impl Watched {
    fn check(&mut self, now: Instant) {
        let phase = self.observe();
        if phase != self.phase {
            (self.phase, self.since) = (phase, now);
        }
        let (limit, command) = match phase {
            Phase::Busy => return,
            Phase::Handshake => (self.limits.handshake, Command::Close),
            Phase::Fresh | Phase::Head(_) | Phase::Finishing => (self.limits.head, Command::Close),
            Phase::Stalled(_) => (self.limits.idle, Command::Close),
            Phase::Idle(_) => (self.limits.idle, Command::Finish),
        };
        if now.saturating_duration_since(self.since) >= limit {
            self.pulse.give(command);
        }
    }

    fn observe(&self) -> Phase {
        let Pulse { counts, stalls, .. } = &*self.pulse;
        let is_busy = Arc::strong_count(counts) > 1;
        let [requests, reads, settled] =
            [&counts.requests, &counts.reads, &counts.settled].map(|count| count.load(Relaxed));
        match stalls.load(Relaxed) {
            _ if self.pulse.is_shaking.load(Relaxed) => Phase::Handshake,
            stalls if stalls % 2 == 1 => Phase::Stalled(stalls),
            _ if is_busy => Phase::Busy,
            _ if self.pulse.command() != Command::Serve => Phase::Finishing,
            _ if requests == 0 => Phase::Fresh,
            _ if reads == settled || self.pulse.is_multiplexed() => Phase::Idle(requests),
            _ => Phase::Head(requests),
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
mod tests;
