//! What clients take too long for, as the [sweeper](super::sweeper) sees it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bytesize::ByteSize;
use tsk_core::Peer;

use super::{
    activity::Activity,
    checks::Bounds,
    probe::Probe,
    pulse::{Command, Pulse},
    tally::{Reason, Tally},
    traffic::Traffic,
    upload::Upload,
};
use crate::{Config, config::Http2};

/// In how many parts a sweep looks at connections, so that thousands of them do not hold up who is served, nor who comes.
pub(super) const PARTS: usize = 16;

/// Every connection of a server.
#[derive(Debug, Default)]
pub(super) struct Connections {
    next: AtomicUsize,
    tally: Tally,
    probe: OnceLock<Arc<dyn Probe>>,
    parts: [Mutex<Part>; PARTS],
}

/// Those whose numbers are a multiple of the parts apart: who came together is spread over all.
#[derive(Debug, Default)]
struct Part {
    open: HashMap<usize, Watched>,
    /// What those have done that have gone.
    gone: Traffic,
    /// What connections that are yet to come are asked to do.
    command: Option<Command>,
    /// When they were last looked at.
    looked: Option<Instant>,
}

#[derive(Debug)]
struct Watched {
    pulse: Arc<Pulse>,
    limits: Arc<Limits>,
    phase: Phase,
    /// When the phase was first seen.
    since: Instant,
    writing: Pace,
}

/// What a connection was last seen to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It shakes hands.
    Handshake,
    /// Nothing has come yet.
    Fresh,
    /// It receives the head of a request, after so many others.
    Head(u32),
    /// There are requests in flight.
    Busy,
    /// It waits for the client to read.
    Writing,
    /// It waits for a request, after so many others.
    Idle(u32),
    /// It was asked to finish, and has no request in flight.
    Finishing,
}

impl Connections {
    /// Adds a connection; it is watched until the [`Registration`] is dropped.
    pub(super) fn open(self: &Arc<Self>, limits: Arc<Limits>, peer: Peer) -> Registration {
        let pulse = Arc::new(Pulse::default());
        let id = self.next.fetch_add(1, Relaxed);
        let mut part = self.part(id);
        if let Some(command) = part.command {
            pulse.give(command);
        }
        let watched = Watched {
            pulse: Arc::clone(&pulse),
            limits: Arc::clone(&limits),
            phase: Phase::Fresh,
            since: Instant::now(),
            writing: Pace::default(),
        };
        part.open.insert(id, watched);
        Registration { connections: Arc::clone(self), limits, id, pulse, peer }
    }

    pub(super) fn len(&self) -> usize {
        (0..PARTS).map(|part| self.part(part).open.len()).sum()
    }

    /// What has happened on all of them, since the start.
    pub(super) fn activity(&self) -> Activity {
        let (mut traffic, mut connections, mut busy) = (Traffic::default(), 0, 0);
        for part in 0..PARTS {
            let part = self.part(part);
            traffic += part.gone;
            part.open.values().for_each(|watched| traffic.add(&watched.pulse));
            connections += part.open.len();
            busy += part.open.values().filter(|watched| watched.pulse.is_busy()).count();
        }
        let Traffic { requests, received, sent } = traffic;
        let accepted = self.next.load(Relaxed) as u64;
        let mut activity =
            Activity { connections, busy, accepted, requests, received, sent, ..Activity::default() };
        self.tally.tell(&mut activity);
        activity
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Sets what is answered before the stack. `false` if somebody has before.
    pub(super) fn set_probe(&self, probe: Arc<dyn Probe>) -> bool {
        self.probe.set(probe).is_ok()
    }

    /// Those that are open.
    pub(super) fn open_now(&self) -> Vec<Arc<Pulse>> {
        let of = |part| {
            self.part(part).open.values().map(|watched| Arc::clone(&watched.pulse)).collect::<Vec<_>>()
        };
        (0..PARTS).flat_map(of).collect()
    }

    /// Gives a command to all connections, those to come included.
    pub(super) fn command(&self, command: Command) {
        for part in 0..PARTS {
            let mut part = self.part(part);
            part.command = part.command.max(Some(command));
            for watched in part.open.values() {
                watched.pulse.give(command);
            }
        }
    }

    /// Finds connections of one part that have been silent for too long, or slow: with the head of a request,
    /// with reading, or with going once they were asked to; and bodies that come too slowly. It gives how many there are
    /// in the part.
    pub(super) fn sweep(&self, part: usize, now: Instant, due: &mut Vec<Due>) -> usize {
        let mut part = self.part(part);
        let elapsed = now.saturating_duration_since(part.looked.replace(now).unwrap_or(now));
        for watched in part.open.values_mut() {
            watched.check(now, elapsed, due);
        }
        part.open.len()
    }

    fn part(&self, id: usize) -> MutexGuard<'_, Part> {
        self.parts[id % PARTS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a sweep has found to be past its deadline, and has not woken yet.
#[derive(Debug)]
#[must_use = "it goes on until it is ended"]
pub(super) enum Due {
    Connection(Arc<Pulse>, Command),
    Body(Arc<Upload>),
}

impl Due {
    pub(super) fn end(self) {
        match self {
            Self::Connection(pulse, command) => pulse.give(command),
            Self::Body(upload) => upload.fail(),
        }
    }
}

/// What a client may do: the deadlines that a sweep enforces, and what the protocols hold to.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub(super) handshake: Duration,
    pub(super) first_byte: Duration,
    pub(super) head: Duration,
    pub(super) idle: Duration,
    pub(super) write: Option<Rate>,
    pub(super) body: Option<Rate>,
    /// The largest head, in bytes.
    pub(super) head_size: u32,
    pub(super) bounds: Bounds,
    pub(super) h2: Http2,
}

impl Limits {
    /// Those of a listener with settings of its own.
    pub(super) fn new(config: &Config, handshake: Option<Duration>) -> Self {
        Self {
            // Without TLS nobody shakes hands.
            handshake: handshake.unwrap_or(config.head_timeout),
            first_byte: config.first_byte_timeout,
            head: config.head_timeout,
            idle: config.idle_timeout,
            write: Rate::new(config.write_min_rate, config.write_grace),
            body: Rate::new(config.body_min_rate, config.body_grace),
            head_size: config.head_limit.as_u64() as u32,
            bounds: Bounds { target: config.target_limit.as_u64() as u32, fields: config.max_headers },
            h2: config.h2.clone(),
        }
    }

    /// How often to sweep, so that a deadline is overrun by a quarter at most: a phase is seen up to an
    /// interval late, and so is its end, which takes up to an interval where many are late.
    pub(super) fn interval(&self) -> Duration {
        let graces = self.write.iter().chain(&self.body).map(|rate| rate.grace);
        let shortest =
            graces.chain([self.first_byte, self.head, self.idle]).fold(self.handshake, Duration::min);
        (shortest / 12).clamp(Duration::from_millis(10), Duration::from_secs(5))
    }
}

/// How fast bytes have to move.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// Bytes a second, not 0.
    pub(super) min: u64,
    /// How far behind one may fall.
    pub(super) grace: Duration,
}

impl Rate {
    /// A rate, unless it is 0, which any is.
    fn new(min: ByteSize, grace: Duration) -> Option<Self> {
        let min = min.as_u64();
        (min > 0).then_some(Self { min, grace })
    }
}

/// How far ahead one may get, in bytes: that much is saved for later.
///
/// A socket takes bytes in steps, as a full buffer has room again only once a good part of it has been
/// emptied: whoever reads slowly is not seen to read for that long.
const LEAD: f64 = 64.0 * 1024.0;

/// How bytes have moved.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// How many have in all.
    total: u64,
    /// By how many seconds they are late.
    lag: f64,
}

impl Pace {
    /// Begins anew, with all the lead there may be: the system has just filled a buffer.
    fn start(&mut self, total: u64) {
        *self = Self { total, lag: f64::NEG_INFINITY };
    }

    /// Whether the bytes have fallen behind for good, now that there are `total`.
    pub(super) fn is_too_slow(&mut self, total: u64, elapsed: Duration, rate: Rate) -> bool {
        let (moved, min) = (total.wrapping_sub(self.total) as f64, rate.min as f64);
        self.total = total;
        self.lag = self.lag.max(-LEAD / min) + elapsed.as_secs_f64() - moved / min;
        self.lag >= rate.grace.as_secs_f64()
    }

    /// Whether bytes have moved fast enough since the last look, now that there are `total`.
    fn is_kept(&mut self, total: u64, elapsed: Duration, rate: Rate) -> bool {
        let moved = total.wrapping_sub(self.total) as i64 as f64;
        self.start(total);
        moved > rate.min as f64 * elapsed.as_secs_f64()
    }
}

impl Watched {
    fn check(&mut self, now: Instant, elapsed: Duration, due: &mut Vec<Due>) {
        let limits = &*self.limits;
        if let Some(rate) = limits.body {
            self.pulse.uploads().sweep(elapsed, rate, |upload| due.push(Due::Body(upload)));
        }
        let phase = self.observe();
        let sent = match phase {
            // An answer to a ping is as long as the ping.
            Phase::Idle(_) => self.pulse.sent().wrapping_sub(self.pulse.received()),
            _ => self.pulse.sent(),
        };
        let is_new = phase != self.phase;
        if is_new {
            (self.phase, self.since) = (phase, now);
            self.writing.start(sent);
        }
        let (limit, command) = match phase {
            Phase::Busy => return,
            Phase::Writing => {
                if !is_new && limits.write.is_some_and(|rate| self.writing.is_too_slow(sent, elapsed, rate)) {
                    due.push(Due::Connection(Arc::clone(&self.pulse), Command::Close));
                }
                return;
            }
            Phase::Handshake => (limits.handshake, Command::Close),
            Phase::Fresh => (limits.first_byte, Command::Close),
            Phase::Head(_) | Phase::Finishing => (limits.head, Command::Close),
            Phase::Idle(_) => {
                // Of HTTP/2 the rest of an answer may be in the hands of the connection.
                let is_sent = |rate| self.writing.is_kept(sent, elapsed, rate);
                if !is_new && limits.write.is_some_and(is_sent) {
                    self.since = now;
                }
                (limits.idle, Command::Finish)
            }
        };
        if now.saturating_duration_since(self.since) >= limit {
            if phase == Phase::Head(0) {
                self.pulse.refuse(Reason::Late);
            }
            due.push(Due::Connection(Arc::clone(&self.pulse), command));
        }
    }

    fn observe(&self) -> Phase {
        let pulse = &*self.pulse;
        let requests = pulse.requests();
        match (pulse.is_busy(), pulse.has_begun_head()) {
            _ if pulse.is_shaking() => Phase::Handshake,
            _ if pulse.waits_for_reader() => Phase::Writing,
            (true, _) => Phase::Busy,
            _ if pulse.command() >= Command::Finish => Phase::Finishing,
            (_, true) if requests == 0 || !pulse.is_multiplexed() => Phase::Head(requests),
            _ if requests == 0 => Phase::Fresh,
            _ => Phase::Idle(requests),
        }
    }
}

/// A connection that is watched.
#[derive(Debug)]
pub(super) struct Registration {
    connections: Arc<Connections>,
    limits: Arc<Limits>,
    id: usize,
    pulse: Arc<Pulse>,
    peer: Peer,
}

impl Registration {
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.connections.tally
    }

    pub(super) fn probe(&self) -> Option<Arc<dyn Probe>> {
        self.connections.probe.get().cloned()
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut part = self.connections.part(self.id);
        part.open.remove(&self.id);
        part.gone.add(&self.pulse);
        drop(part);
        if let Some(reason) = self.pulse.refused() {
            self.connections.tally.refused(reason, self.peer);
        }
    }
}

#[cfg(test)]
mod tests;
