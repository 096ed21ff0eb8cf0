//! The thread that writes pages.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
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
pub(crate) struct Worker {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Desk {
    asked: Mutex<Asked>,
    changed: Condvar,
}

#[derive(Default)]
struct Asked {
    waiting: Vec<(Wish, oneshot::Sender<Bytes>)>,
    is_closing: bool,
}

/// A format, and whether it is compressed.
type Wish = (Format, bool);

impl Worker {
    pub(crate) fn start(shared: Arc<Shared>) -> io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let working = Arc::clone(&desk);
        let work = move || working.work(&shared);
        let thread = thread::Builder::new().name("metrics".into()).spawn(work)?;
        Ok(Self { desk, thread: Some(thread) })
    }

    /// A page, once it is written.
    pub(crate) fn ask(&self, format: Format, gzip: bool) -> Waiting {
        let (sender, receiver) = oneshot::channel();
        let mut asked = self.desk.locked();
        asked.waiting.retain(|(_, waiting)| !waiting.is_closed());
        if asked.waiting.len() < MAX_WAITING {
            asked.waiting.push(((format, gzip), sender));
            self.desk.changed.notify_one();
        }
        Waiting(receiver)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.desk.locked().is_closing = true;
        self.desk.changed.notify_one();
        // A collector may hold the last clone of the metrics, and the thread drops it: it does not wait for itself.
        if let Some(thread) = self.thread.take()
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
    fn work(&self, shared: &Shared) {
        let mut next = Instant::now() + TICK;
        loop {
            let mut asked = self.locked();
            while asked.waiting.is_empty() && !asked.is_closing && Instant::now() < next {
                let rest = next.saturating_duration_since(Instant::now());
                (asked, _) = self.changed.wait_timeout(asked, rest).unwrap_or_else(PoisonError::into_inner);
            }
            if asked.is_closing {
                return;
            }
            let waiting = std::mem::take(&mut asked.waiting);
            drop(asked);
            if Instant::now() >= next {
                next = Instant::now() + TICK;
                shared.tick(Instant::now());
            }
            serve(shared, waiting);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
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
