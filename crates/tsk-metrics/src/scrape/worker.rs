//! The thread that writes pages, and looks after the windows where nobody else does.

use std::{
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError},
    thread::{self, JoinHandle},
    time::Instant,
};

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    Format,
    metrics::{Shared, TICK},
};

/// Who waits for a page at a time. Whoever scrapes does so every few seconds.
const MAX_WAITING: usize = 256;

/// There is no page.
#[derive(Debug)]
pub(crate) struct Gone;

/// Writes pages on a thread of its own. Those who ask while it writes get the next page, all of them the same.
///
/// The thread is started when there is something to do for the first time. It stands from then on, as the windows have to be looked
/// after, but where the program does that [itself](Self::tick): there it ends when nobody waits.
pub(crate) struct Worker(Arc<Desk>);

/// Where it lies what is to be done.
pub(crate) struct Desk {
    shared: Arc<Shared>,
    tasks: Mutex<Tasks>,
    changed: Condvar,
    /// Whether it was said that no thread could be started.
    warned: Once,
}

#[derive(Default)]
struct Tasks {
    waiting: Vec<(Wish, oneshot::Sender<Bytes>)>,
    /// A tick that would take the program too long.
    due: Option<Instant>,
    ticks: Ticks,
    /// While there is one.
    thread: Option<JoinHandle<()>>,
    is_closing: bool,
}

/// Who looks after the windows.
#[derive(Default, PartialEq)]
enum Ticks {
    /// Nobody, as there is nothing in them yet.
    #[default]
    Idle,
    /// The thread, every five seconds.
    Thread,
    /// The program, which says when.
    Program,
}

/// A format, and whether it is compressed.
type Wish = (Format, bool);

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let (tasks, changed, warned) = (Mutex::default(), Condvar::new(), Once::new());
        let desk = Arc::new(Desk { shared, tasks, changed, warned });
        desk.shared.attended_by(Arc::downgrade(&desk));
        Self(desk)
    }

    /// A page, once it is written.
    pub(crate) fn ask(&self, format: Format, gzip: bool) -> Waiting {
        let (sender, receiver) = oneshot::channel();
        let mut tasks = self.0.locked();
        tasks.waiting.retain(|(_, waiting)| !waiting.is_closed());
        if tasks.waiting.len() < MAX_WAITING {
            tasks.waiting.push(((format, gzip), sender));
            tasks.need_ticks();
            self.0.hand_over(tasks);
        }
        Waiting(receiver)
    }

    /// Looks after the windows in the place of the thread, from now on: where that takes long, by a thread nevertheless.
    pub(crate) fn tick(&self, now: Instant) {
        let Desk { shared, changed, .. } = &*self.0;
        let mut tasks = self.0.locked();
        if mem::replace(&mut tasks.ticks, Ticks::Program) == Ticks::Thread {
            changed.notify_one();
        }
        if !shared.ticks_fast() {
            tasks.due = Some(now);
            if self.0.hand_over(tasks) {
                return;
            }
            self.0.locked().due = None;
        } else {
            drop(tasks);
        }
        shared.tick(now);
    }

    #[cfg(test)]
    pub(crate) fn has_thread(&self) -> bool {
        self.0.locked().is_running()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut tasks = self.0.locked();
        tasks.is_closing = true;
        self.0.changed.notify_one();
        let thread = tasks.thread.take();
        drop(tasks);
        // A collector may hold the last clone of the metrics, and the thread drops it: it does not wait for itself.
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker")
    }
}

impl Desk {
    /// Says that there is something in the windows: somebody is to look after them from now on.
    pub(crate) fn attend(self: &Arc<Self>) {
        let mut tasks = self.locked();
        tasks.need_ticks();
        if tasks.ticks == Ticks::Thread && !tasks.is_running() {
            self.hand_over(tasks);
        }
    }

    /// Has a thread do what is to be done. Where none can be started, those who wait are told that there is no page.
    fn hand_over(self: &Arc<Self>, mut tasks: MutexGuard<'_, Tasks>) -> bool {
        if tasks.is_closing || tasks.is_running() {
            self.changed.notify_one();
            return true;
        }
        let desk = Arc::clone(self);
        match thread::Builder::new().name("metrics".into()).spawn(move || desk.work()) {
            Ok(thread) => {
                tasks.thread = Some(thread);
                true
            }
            Err(error) => {
                tasks.waiting.clear();
                drop(tasks);
                self.warned.call_once(|| tracing::error!(%error, "no thread for the metrics can be started"));
                false
            }
        }
    }

    fn work(&self) {
        let mut next = Instant::now() + TICK;
        loop {
            let mut tasks = self.locked();
            while tasks.is_resting() && Instant::now() < next {
                let rest = next.saturating_duration_since(Instant::now());
                (tasks, _) = self.changed.wait_timeout(tasks, rest).unwrap_or_else(PoisonError::into_inner);
            }
            if tasks.is_closing {
                return;
            }
            let waiting = mem::take(&mut tasks.waiting);
            let is_due = tasks.ticks == Ticks::Thread && Instant::now() >= next;
            let due = tasks.due.take().or_else(|| is_due.then(Instant::now));
            if waiting.is_empty() && due.is_none() && tasks.ticks == Ticks::Program {
                // Whoever comes next starts another.
                tasks.thread = None;
                return;
            }
            drop(tasks);
            if let Some(now) = due {
                next = Instant::now() + TICK;
                self.shared.tick(now);
            }
            serve(&self.shared, waiting);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tasks {
    fn need_ticks(&mut self) {
        if self.ticks == Ticks::Idle {
            self.ticks = Ticks::Thread;
        }
    }

    /// Whether the thread that stands has nothing to do at present.
    fn is_resting(&self) -> bool {
        !self.is_closing && self.waiting.is_empty() && self.due.is_none() && self.ticks == Ticks::Thread
    }

    /// Whether a thread looks at what is to be done. One that has panicked does not.
    fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

/// Writes each page once, for all who want the same.
fn serve(shared: &Shared, mut waiting: Vec<(Wish, oneshot::Sender<Bytes>)>) {
    waiting.sort_by_key(|(wish, _)| *wish);
    for same in waiting.chunk_by_mut(|(one, _), (other, _)| one == other) {
        let (format, gzip) = same[0].0;
        // Without a page they are told that there is none, as their senders are dropped.
        let page = catch_unwind(AssertUnwindSafe(|| page(shared, format, gzip)));
        if let Ok(page) = page {
            for (_, sender) in same {
                let sender = std::mem::replace(sender, oneshot::channel().0);
                // Who has left does not miss it.
                let _ = sender.send(page.clone());
            }
        }
    }
}

/// A page, written in stretches with a pause after each, so that requests go first where there are fewer processors than work.
///
/// A nice value would not do: with the scheduler of Linux since 6.6 whoever runs is mostly not interrupted by who wakes up, but goes on
/// for some milliseconds. A thread that lets others go first costs them a stretch, and itself nothing where
/// there are none.
fn page(shared: &Shared, format: Format, gzip: bool) -> Bytes {
    let page = shared.render(format, thread::yield_now);
    match gzip {
        #[cfg(feature = "gzip")]
        true => super::gzip::compress(&page, thread::yield_now).into(),
        _ => page.into(),
    }
}

/// Waits for a page.
#[derive(Debug)]
pub(crate) struct Waiting(oneshot::Receiver<Bytes>);

impl Future for Waiting {
    type Output = Result<Bytes, Gone>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(cx).map_err(|_| Gone)
    }
}
