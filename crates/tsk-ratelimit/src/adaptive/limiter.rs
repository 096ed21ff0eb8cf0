//! Who may go on: places, a queue for them, and a limit that follows from how long requests take.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use super::{
    Config, Priority,
    control::{Control, Seen},
    moves::{Move, Moves},
    queue::Queue,
    retry::Retry,
    route::{Learn, Route},
    stretch, weight,
    window::Window,
};

/// The engine: it takes `now`, and neither spawns nor waits. Who waits is told by a [`Waiter`].
///
/// Coming and going are a few operations on atomic numbers; the lock is for who finds no room, and for the end of a window.
#[derive(Debug)]
pub(super) struct Limiter<W> {
    /// Those that are worked on; above them, those whose answer has begun.
    load: AtomicU64,
    /// How many there may be before one more, by priority.
    rooms: [AtomicU32; 3],
    waiting: AtomicUsize,
    /// Those who found no room, in the present window.
    pressed: AtomicU32,
    window: Window,
    routes: Box<[Route]>,
    began: Instant,
    /// Before this, in nanoseconds from the beginning, the present window does not end.
    due: AtomicU64,
    /// When it began, likewise.
    opened: AtomicU64,
    inner: Mutex<Inner<W>>,
}

#[derive(Debug)]
struct Inner<W> {
    control: Control,
    queue: Queue<W>,
    retry: Retry,
    moves: Moves,
}

/// Somebody who waits for a place.
pub(super) trait Waiter {
    /// Gives it a place, unless it has gone.
    fn admit(&self) -> bool;

    /// Tells it. Nothing is locked then, as who is told may do anything.
    fn wake(&self);

    /// Whether it has not gone.
    fn waits(&self) -> bool;
}

const BEGUN: u64 = 1 << 32;
/// A window has so many requests at least, so that their middle is no chance.
const SAMPLES: u32 = 200;
/// And lasts so long, and so many times as long as a request, so that most of what ends in it has begun in it.
const SHORTEST: Duration = Duration::from_millis(100);
const TURNS: u32 = 4;
const LONGEST: Duration = Duration::from_secs(10);
/// Where more requests would be better, they are waited for so long.
const PATIENCE: Duration = Duration::from_secs(2);
/// The limit was reached where one in so many found no room.
const PRESSED: u64 = 16;

impl<W: Waiter> Limiter<W> {
    /// For so many routes.
    pub(super) fn new(config: &Config, routes: usize, now: Instant) -> Self {
        let control = Control::new(config.initial_limit, (config.min_limit, config.max_limit));
        let limiter = Self {
            load: AtomicU64::new(0),
            rooms: Default::default(),
            waiting: AtomicUsize::new(0),
            pressed: AtomicU32::new(0),
            window: Window::default(),
            routes: (0..routes.max(1)).map(|_| Route::default()).collect(),
            began: now,
            due: AtomicU64::new(nanos(SHORTEST)),
            opened: AtomicU64::new(0),
            inner: Mutex::new(Inner {
                control,
                queue: Queue::new(config.queue as usize),
                retry: Retry::default(),
                moves: Moves::default(),
            }),
        };
        limiter.make_room(limiter.locked().control.limit());
        limiter
    }

    /// Begins with what another has found out, before the first request: its limit, and its routes by their names.
    pub(super) fn succeed(&self, limit: u32, names: &[Box<str>], known: &HashMap<&str, &Route>) {
        let mut inner = self.locked();
        inner.control.begin(limit);
        self.make_room(inner.control.limit());
        for (name, route) in names.iter().zip(&self.routes) {
            known.get(&**name).into_iter().for_each(|former| route.succeed(former));
        }
    }

    /// Takes a place, if there is one.
    #[inline]
    pub(super) fn enter(&self, priority: Priority) -> bool {
        let room = self.rooms[priority as usize].load(Relaxed);
        let mut load = self.load.load(SeqCst);
        while self.counted(load) < room {
            match self.load.compare_exchange_weak(load, load + 1, SeqCst, Relaxed) {
                Ok(_) => return true,
                Err(other) => load = other,
            }
        }
        false
    }

    /// Has one who found no room wait for it; gives back who cannot, or can no longer.
    #[cold]
    pub(super) fn wait(&self, waiter: W, priority: Priority, now: Instant) -> Option<W> {
        self.pressed.fetch_add(1, Relaxed);
        let mut inner = self.locked();
        if inner.queue.is_full(priority) {
            inner.queue.retain(W::waits);
        }
        let out = inner.queue.push(waiter, priority, now);
        // Whoever leaves looks for who waits only after it has left: one of the two sees the other.
        self.waiting.store(inner.queue.len(), SeqCst);
        self.dispatch(inner, now);
        out
    }

    /// The answer to a request begins: what it took is known, and it takes less than before.
    #[inline]
    pub(super) fn begun(&self) {
        self.load.fetch_add(BEGUN - 1, SeqCst);
    }

    /// Gives back a place.
    #[inline]
    pub(super) fn leave(&self, has_begun: bool) {
        self.load.fetch_sub(if has_begun { BEGUN } else { 1 }, SeqCst);
    }

    /// Whether somebody waits, so that it is time to [`call`](Self::call) them when one has left.
    #[inline]
    pub(super) fn is_waited_for(&self) -> bool {
        self.waiting.load(SeqCst) > 0
    }

    /// Gives what room there is to who waits.
    #[cold]
    pub(super) fn call(&self, now: Instant) {
        self.dispatch(self.locked(), now);
    }

    fn dispatch(&self, mut inner: MutexGuard<'_, Inner<W>>, now: Instant) {
        let mut admitted = Vec::new();
        while let Some(waiter) = inner.queue.pop(now, |priority| self.enter(priority)) {
            if waiter.admit() {
                admitted.push(waiter);
            } else {
                self.leave(false);
            }
        }
        self.waiting.store(inner.queue.len(), SeqCst);
        drop(inner);
        admitted.iter().for_each(W::wake);
    }

    /// Counts a request of a route, which took that long. Gives the limit, if that has moved.
    ///
    /// One that is no example, as it failed, counts only where it took long.
    #[inline]
    pub(super) fn measure(
        &self,
        route: usize,
        took: Duration,
        is_example: bool,
        now: Instant,
    ) -> Option<Move> {
        let route = self.routes.get(route).unwrap_or_else(|| self.routes.last().expect("one at least"));
        let samples = self.window.add(route.measure(nanos(took), is_example));
        // Whether it is time is looked at now and then.
        if samples >= SAMPLES && samples.is_multiple_of(16) && self.since_began(now) >= self.due.load(Relaxed)
        {
            return self.close(now);
        }
        None
    }

    /// Ends the window, if it has lasted long enough.
    #[cold]
    fn close(&self, now: Instant) -> Option<Move> {
        let mut inner = self.locked();
        let time = self.since_began(now);
        if time < self.due.load(Relaxed) {
            // Another thread was first.
            return None;
        }
        let lasted = time.saturating_sub(self.opened.load(Relaxed));
        if self.window.samples() < SAMPLES * inner.control.care() && lasted < nanos(PATIENCE) {
            self.due.store(time + nanos(SHORTEST), Relaxed);
            return None;
        }
        self.opened.store(time, Relaxed);
        let (samples, stretch) = self.window.close();
        let is_reached = u64::from(self.pressed.swap(0, Relaxed)) * PRESSED >= u64::from(samples);
        let from = inner.control.limit();
        // Before anything is known there is nothing to compare with.
        let learn = stretch.map_or(Learn::Slowly, |stretch| inner.control.learn(stretch, is_reached));
        // Where it was not the limit that decided how many there were, they do not wait for each other because of that.
        let longer = stretch.filter(|_| is_reached).map_or(0, |stretch| stretch.max(0));
        let routes: Vec<_> =
            self.routes.iter().filter_map(|route| Some((route, route.close(learn, longer)?))).collect();
        let summaries = || routes.iter().map(|(_, summary)| *summary);
        let most = weight::most(summaries);
        for (route, summary) in &routes {
            route.weigh(summary.took, most);
        }
        // How long those take that are there at a time.
        let turn = summaries().map(|route| route.seen * route.took * route.took).sum::<f64>()
            / summaries().map(|route| route.seen * route.took).sum::<f64>().max(1.0);
        let turns = Duration::from_micros(turn as u64).saturating_mul(TURNS);
        self.due.store(time + nanos(turns.clamp(SHORTEST, LONGEST)), Relaxed);
        let stretch = stretch.filter(|_| weight::is_certain(summaries()))?;
        let done = summaries().map(|route| route.seen * route.usual).sum::<f64>() / lasted.max(1) as f64;
        let reason = inner.control.close(Seen { stretch, is_reached, done });
        let reason = reason?;
        let to = inner.control.limit();
        let moved = Move { at: now, from, to, reason, stretch: stretch::ratio(stretch) };
        inner.moves.push(moved);
        self.make_room(to);
        self.dispatch(inner, now);
        Some(moved)
    }

    /// In how many seconds one who is refused should ask again.
    #[cold]
    pub(super) fn retry_after(&self, now: Instant) -> u64 {
        self.locked().retry.after(now)
    }

    /// How many there are: of those that are worked on, of those whose answer has begun, and of those who wait.
    pub(super) fn load(&self) -> (u32, u32, usize) {
        let load = self.load.load(Relaxed);
        (load as u32, (load >> 32) as u32, self.waiting.load(Relaxed))
    }

    pub(super) fn limit(&self) -> u32 {
        self.rooms[Priority::Critical as usize].load(Relaxed)
    }

    /// The last moves of the limit, the latest first.
    pub(super) fn moves(&self) -> Vec<Move> {
        self.locked().moves.latest()
    }

    pub(super) fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn make_room(&self, limit: u32) {
        for priority in Priority::ALL {
            self.rooms[priority as usize].store(priority.room(limit), Relaxed);
        }
    }

    /// How many count. Answers that have begun wait for their clients rather than for us, and whoever reads slowly must not
    /// keep all others out: they take half of the places at most.
    #[inline]
    fn counted(&self, load: u64) -> u32 {
        let (working, begun) = (load as u32, (load >> 32) as u32);
        working + begun.min(self.limit() / 2)
    }

    fn since_began(&self, now: Instant) -> u64 {
        nanos(now.saturating_duration_since(self.began))
    }

    fn locked(&self) -> MutexGuard<'_, Inner<W>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
