//! The thread that writes lines, and how they get there.

use std::{
    cell::Cell,
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::clock::Clock;

/// How many bytes of lines one shard holds while the writer is behind; further lines are dropped.
const MAX_HELD: usize = 1024 * 1024;

/// How long lines are gathered before they are written together, where there are not so many bytes of them sooner.
const GATHER: Duration = Duration::from_millis(100);
const ENOUGH: usize = MAX_HELD / 4;

/// How long the end of the log waits for what is left to be written.
const LAST: Duration = Duration::from_secs(2);

/// Hands lines to a thread of its own, which is the only one that can be made to wait by whoever reads them.
///
/// Each thread of the service appends to a shard, so that two of them seldom meet.
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Thread,
}

struct Shared {
    shards: Box<[Mutex<Shard>]>,
    /// Whether the thread will look at the shards again without being woken. It is cleared before the last look,
    /// so a line that the look misses finds it cleared, by the order of the shard's lock.
    is_awake: AtomicBool,
    is_closing: AtomicBool,
    dropped: AtomicU64,
    name: &'static str,
    /// How often the thread has looked at all shards, and written what there was.
    looks: (Mutex<u64>, Condvar),
    done: (Mutex<bool>, Condvar),
}

#[derive(Default)]
pub(super) struct Shard {
    pub(super) lines: Vec<u8>,
    pub(super) clock: Clock,
}

impl Writer {
    /// Starts the thread of the log of that name. `dropped` writes the line that says how many were lost.
    pub(super) fn start(
        sink: Sink,
        name: &'static str,
        dropped: impl Fn(u64, &mut Clock, &mut Vec<u8>) + Send + 'static,
    ) -> io::Result<Self> {
        Self::gathering(GATHER, sink, name, dropped)
    }

    fn gathering(
        gather: Duration,
        mut sink: Sink,
        name: &'static str,
        dropped: impl Fn(u64, &mut Clock, &mut Vec<u8>) + Send + 'static,
    ) -> io::Result<Self> {
        let shards = thread::available_parallelism().map_or(1, usize::from).min(64);
        let shared = Arc::new(Shared {
            shards: (0..shards).map(|_| Mutex::default()).collect(),
            is_awake: AtomicBool::new(true),
            is_closing: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            name,
            looks: (Mutex::default(), Condvar::new()),
            done: (Mutex::new(false), Condvar::new()),
        });
        let writing = Arc::clone(&shared);
        let thread = thread::Builder::new().name(format!("{name}-log")).spawn(move || {
            writing.run(gather, &mut sink, dropped);
            *locked(&writing.done.0) = true;
            writing.done.1.notify_all();
        })?;
        Ok(Self { shared, thread: thread.thread().clone() })
    }

    /// Adds what `write` appends, or counts it as dropped where there is no room.
    #[inline]
    pub(super) fn append(&self, write: impl FnOnce(&mut Shard)) {
        let mut shard = locked(&self.shared.shards[shard_index() % self.shared.shards.len()]);
        if shard.lines.len() >= MAX_HELD {
            self.shared.dropped.fetch_add(1, Relaxed);
            return;
        }
        let before = shard.lines.len();
        write(&mut shard);
        let is_enough = before < ENOUGH && shard.lines.len() >= ENOUGH;
        drop(shard);
        let is_awake = &self.shared.is_awake;
        if is_enough || !is_awake.load(Relaxed) && !is_awake.swap(true, Relaxed) {
            self.thread.unpark();
        }
    }

    /// Waits until what is there has been written, if its reader lets it within a while.
    pub(super) fn flush(&self) {
        const SOON: Duration = Duration::from_millis(10);
        let (looks, looked) = &self.shared.looks;
        let mut count = locked(looks);
        // The look that is under way may have passed a shard.
        let (enough, deadline) = (*count + 2, Instant::now() + LAST);
        while *count < enough && Instant::now() < deadline {
            self.thread.unpark();
            // Unparked once, it may look once and park again.
            count = looked.wait_timeout(count, SOON).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many lines were dropped since the start and have not been told of in the log itself.
    pub(super) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Relaxed)
    }
}

impl Drop for Writer {
    /// Waits until what is left has been written, if its reader lets it.
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Relaxed);
        self.thread.unpark();
        let (done, told) = &self.shared.done;
        let _ = told.wait_timeout_while(locked(done), LAST, |done| !*done);
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

impl Shared {
    fn run(&self, gather: Duration, sink: &mut Sink, dropped: impl Fn(u64, &mut Clock, &mut Vec<u8>)) {
        let mut lines = Vec::new();
        let mut clock = Clock::default();
        loop {
            // Read before the shards, so that what came before the end is still written.
            let is_closing = self.is_closing.load(Relaxed);
            let mut has_written = false;
            for shard in &self.shards {
                std::mem::swap(&mut locked(shard).lines, &mut lines);
                has_written |= !lines.is_empty();
                self.write(sink, &mut lines);
            }
            let count = self.dropped.load(Relaxed);
            if count > 0 && has_written {
                dropped(count, &mut clock, &mut lines);
                if sink.write(&lines).is_ok() {
                    self.dropped.fetch_sub(count, Relaxed);
                }
                lines.clear();
            }
            *locked(&self.looks.0) += 1;
            self.looks.1.notify_all();
            if is_closing {
                return;
            }
            if has_written {
                thread::park_timeout(gather);
            } else {
                self.is_awake.store(false, Relaxed);
                if self.shards.iter().all(|shard| locked(shard).lines.is_empty())
                    && !self.is_closing.load(Relaxed)
                {
                    thread::park();
                }
                self.is_awake.store(true, Relaxed);
            }
        }
    }

    fn write(&self, sink: &mut Sink, lines: &mut Vec<u8>) {
        if !lines.is_empty()
            && let Err(error) = sink.write(lines)
        {
            let count = lines.iter().filter(|byte| **byte == b'\n').count() as u64;
            // Told once for as long as it lasts.
            if self.dropped.fetch_add(count, Relaxed) == 0 {
                tracing::warn!(%error, "lines of the {} log cannot be written, and are dropped", self.name);
            }
        }
        lines.clear();
    }
}

/// What lines are written to.
pub(super) enum Sink {
    Stream(Box<dyn Write + Send>),
    File { path: PathBuf, file: File },
}

impl Sink {
    /// Opens a file to add to its end.
    pub(super) fn file(path: PathBuf) -> io::Result<Self> {
        let file = open(&path)?;
        Ok(Self::File { path, file })
    }

    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stream(stream) => {
                stream.write_all(lines)?;
                stream.flush()
            }
            Self::File { path, file } => {
                // Whoever rotates logs moves the file away, and expects a new one.
                let at = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
                let is_there = path.metadata().map(at).ok() == file.metadata().map(at).ok();
                if !is_there {
                    *file = open(path)?;
                }
                file.write_all(lines)
            }
        }
    }
}

fn open(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Threads are spread over the shards in the order in which they first write.
fn shard_index() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static INDEX: Cell<usize> = Cell::new(NEXT.fetch_add(1, Relaxed));
    }
    INDEX.try_with(Cell::get).unwrap_or_default()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Tells how much is written.
    struct Told(Sender<usize>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.len()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_comes_fast_is_written_before_it_has_been_gathered_for_long() {
        const HOUR: Duration = Duration::from_secs(3600);
        let (told, written) = channel();
        let sink = Sink::Stream(Box::new(Told(told)));
        let writer = Writer::gathering(HOUR, sink, "access", |_, _, _| {}).unwrap();
        let line =
            |length: usize| writer.append(|shard| shard.lines.resize(shard.lines.len() + length, b'x'));
        let soon = || written.recv_timeout(Duration::from_secs(30)).unwrap();
        line(1);
        soon();
        // From here on it gathers. What it took before it did may be a part of what is there now, so there is more than enough.
        for _ in 0..3 {
            (0..2 * ENOUGH / 1024).for_each(|_| line(1024));
            soon();
        }
    }
}
