//! Where ended spans wait for the thread that exports them.

use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::{Notify, futures::Notified};

use crate::{export::Starter, record::ServerSpan, requests::Requests, texts::Texts};

/// Takes ended spans, and never waits: each thread that serves has a place of its own to put them.
///
/// What comes when a place is full is dropped and counted.
#[derive(Debug)]
pub(crate) struct Queue {
    places: Box<[Place]>,
    /// How many spans a place takes.
    room: usize,
    /// With so many in one place the exporter is woken; with fewer it comes by itself.
    batch: usize,
    wake: Notify,
    /// Whether nobody has to be told of the next span: who comes for a batch is there, or was asked to be.
    is_attended: AtomicBool,
    /// Who starts the exporter.
    starter: OnceLock<Weak<Starter>>,
}

/// Of two lines of a cache each, as processors fetch them in pairs: no place slows another.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Place(Mutex<Waiting>);

/// Spans that wait, in the order in which they ended.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Of requests.
    pub(crate) server: Requests,
    /// Of what was done for them.
    pub(crate) inner: Vec<SpanData>,
    /// How many there was no room for.
    pub(crate) dropped: u64,
    /// How many there were of late at most, which is how many there is room for.
    peak: usize,
}

thread_local! {
    /// Which place this thread puts spans in, before it is known how many places there are.
    static HERE: usize = {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        THREADS.fetch_add(1, Relaxed)
    };
    /// Whether this thread is one that exports.
    static EXPORTS: Cell<bool> = const { Cell::new(false) };
}

impl Queue {
    /// A queue of `size` spans in all, whose exporter is woken at `batch`.
    pub(crate) fn new(size: usize, batch: usize) -> Self {
        let places = thread::available_parallelism().map_or(1, usize::from).next_power_of_two().min(64);
        let room = (size / places).max(1);
        Self {
            places: (0..places).map(|_| Place::default()).collect(),
            room,
            batch: batch.clamp(1, room),
            wake: Notify::new(),
            is_attended: AtomicBool::new(true),
            starter: OnceLock::new(),
        }
    }

    /// Has an exporter be started by the next span, and by each batch where that could not be.
    pub(crate) fn attended_by(&self, starter: &Arc<Starter>) {
        let _ = self.starter.set(Arc::downgrade(starter));
        self.is_attended.store(false, Relaxed);
    }

    /// Takes the span of a request, which is made where it will wait, if there is room.
    #[inline]
    pub(crate) fn server(&self, texts: &Texts, span: impl FnOnce() -> ServerSpan) {
        self.take(|waiting| waiting.server.push(span(), texts));
    }

    /// Takes a span within a request.
    ///
    /// One of the exporter's own is not taken, as it would be exported with a request, and that be traced in turn.
    pub(crate) fn inner(&self, span: SpanData) {
        if !EXPORTS.get() {
            self.take(|waiting| waiting.inner.push(span));
        }
    }

    #[inline]
    fn take(&self, push: impl FnOnce(&mut Waiting)) {
        let here = HERE.with(|here| *here) & (self.places.len() - 1);
        let mut waiting = self.places[here].lock();
        if waiting.count() >= self.room {
            waiting.dropped += 1;
            return;
        }
        push(&mut waiting);
        let is_batch = waiting.count() == self.batch;
        drop(waiting);
        if is_batch {
            self.hurry();
        } else if !self.is_attended.load(Relaxed) {
            self.start();
        }
    }

    /// Says that this thread exports: it is not to trace itself.
    pub(crate) fn exports_here() {
        EXPORTS.set(true);
    }

    /// Waits until a batch has come together.
    pub(crate) fn filled(&self) -> Notified<'_> {
        self.wake.notified()
    }

    /// Wakes the exporter.
    pub(crate) fn hurry(&self) {
        self.wake.notify_one();
        self.start();
    }

    /// Starts the exporter, if there is none.
    #[cold]
    fn start(&self) {
        self.is_attended.store(true, Relaxed);
        if let Some(starter) = self.starter.get().and_then(Weak::upgrade) {
            starter.start();
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.places.iter().all(|place| place.lock().is_empty())
    }

    /// How many spans wake the exporter.
    pub(crate) fn batch(&self) -> usize {
        self.batch
    }

    /// How many spans it takes in all.
    pub(crate) fn size(&self) -> usize {
        self.places.len() * self.room
    }

    /// How many places there are.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    /// Gives what waits in a place in exchange for `emptied`, whose memory is used for what comes next. Where nothing does, as there
    /// are more places than threads that serve, the place keeps what it has.
    pub(crate) fn swap(&self, place: usize, emptied: &mut Waiting) {
        debug_assert!(emptied.is_empty());
        let mut waiting = self.places[place].lock();
        if waiting.is_empty() {
            return waiting.reset(0);
        }
        std::mem::swap(&mut *waiting, emptied);
    }
}

/// As large as the specification's `OTEL_BSP_MAX_QUEUE_SIZE` and `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` have it.
impl Default for Queue {
    fn default() -> Self {
        Self::new(2048, 512)
    }
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// How many spans wait.
    pub(crate) fn count(&self) -> usize {
        self.server.len() + self.inner.len()
    }

    /// Whether there is nothing to say of any span, not even that it was dropped.
    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0 && self.dropped == 0
    }

    /// Takes what another has.
    pub(crate) fn append(&mut self, other: &mut Self) {
        self.server.append(&mut other.server);
        self.inner.append(&mut other.inner);
        self.dropped += std::mem::take(&mut other.dropped);
    }

    /// Makes it ready for what comes next, after it had `count` spans. The memory of a burst is given back by and by: the next burst
    /// would have to ask the system for it again.
    pub(crate) fn reset(&mut self, count: usize) {
        self.peak = count.max(self.peak - self.peak / 8);
        let kept = self.peak.max(512);
        self.server.reset(kept);
        self.inner.clear();
        self.dropped = 0;
        if self.inner.capacity() > 4 * kept {
            self.inner.shrink_to(kept);
        }
    }
}

#[cfg(test)]
mod tests;
