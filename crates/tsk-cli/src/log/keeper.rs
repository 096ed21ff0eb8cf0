//! The thread that compresses what is put away, and keeps what others write within bounds.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use super::archive;
use super::file::{Limits, put_away};
use super::segments::Log;

/// How often the files of others are looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// The thread, which ends when this is dropped; what it is at is left for the next start.
#[derive(Debug)]
pub(super) struct Keeper {
    wake: SyncSender<()>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What there is to keep.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) ours: Log,
    pub(super) foreign: Option<Foreign>,
    /// What the process writes to standard error where that is a file: emptied where it is too large.
    pub(super) last_words: PathBuf,
    pub(super) max_size: u64,
}

/// A log that somebody else writes, and opens again when it is moved.
#[derive(Debug)]
pub(super) struct Foreign {
    pub(super) log: Log,
    pub(super) limits: Limits,
}

impl Keeper {
    /// Starts the thread. `complain` is called with what is to be said outside of the log.
    pub(super) fn start(kept: Kept, mut complain: impl FnMut(String) + Send + 'static) -> io::Result<Keeper> {
        let (wake, woken) = mpsc::sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().name("log-keeper".into()).spawn(move || {
            let mut is_troubled = false;
            while !stopped.load(Ordering::Relaxed) {
                let trouble = kept.round(&stopped).err().filter(|_| !stopped.load(Ordering::Relaxed));
                if let Some(error) = trouble.as_ref().filter(|_| !is_troubled) {
                    complain(format!("old logs cannot be put away: {error}"));
                }
                is_troubled = trouble.is_some();
                // It is woken for ours, and looks at the others from time to time.
                let _ = woken.recv_timeout(INTERVAL);
            }
        })?;
        Ok(Keeper { wake, stop, thread: Some(thread) })
    }

    /// What tells the thread that a file was put away.
    pub(super) fn wake(&self) -> impl FnMut() + Send + 'static {
        let wake = self.wake.clone();
        move || {
            // Where it is told already, once is enough.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.wake.try_send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Kept {
    fn round(&self, stop: &AtomicBool) -> io::Result<()> {
        if self.ours.directory.is_dir() {
            archive::compress_all(&self.ours, stop)?;
        }
        if self.last_words.metadata().is_ok_and(|metadata| metadata.len() > self.max_size) {
            File::options().write(true).open(&self.last_words)?.set_len(0)?;
        }
        self.foreign.as_ref().map_or(Ok(()), |foreign| foreign.keep(SystemTime::now(), stop))
    }
}

impl Foreign {
    /// The log at a path, if it lies in a directory of ours.
    pub(super) fn within(directory: &Path, path: &Path, limits: Limits) -> Option<Foreign> {
        let log = Log::at(path)?;
        let is_ours = log.directory == directory
            || log.directory.canonicalize().ok()? == directory.canonicalize().ok()?;
        is_ours.then_some(Foreign { log, limits })
    }

    /// Puts the file away where it is large or old, deletes what is too much, and compresses what is whole.
    fn keep(&self, now: SystemTime, stop: &AtomicBool) -> io::Result<()> {
        let Limits { max_size, max_age, bounds } = self.limits;
        // Until it is there again, its writer may still write to the one that was put away.
        let Ok(metadata) = self.log.current().metadata() else { return Ok(()) };
        let age = metadata.created().ok().and_then(|created| now.duration_since(created).ok());
        let is_old = !max_age.is_zero() && age.is_some_and(|age| age >= max_age);
        archive::compress_all(&self.log, stop)?;
        if metadata.len() > 0 && (metadata.len() >= max_size || is_old) {
            put_away(&self.log, now)?;
            archive::prune(&self.log, bounds, max_size)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;
    use crate::log::archive::Bounds;

    fn limits(keep: usize) -> Limits {
        Limits { max_size: 10, max_age: Duration::ZERO, bounds: Bounds { keep, max_total: 1000 } }
    }

    #[test]
    fn what_others_write_is_compressed_when_they_have_opened_a_new_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("access.log");
        let foreign = Foreign::within(directory.path(), &path, limits(1)).unwrap();
        let round = |second| {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            foreign.keep(now, &AtomicBool::new(false)).unwrap();
        };
        let names = || {
            let entries = fs::read_dir(directory.path()).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        round(0);
        fs::write(&path, "short\n").unwrap();
        round(1);
        assert_eq!(names(), ["access.log"]);
        fs::write(&path, "long enough\n").unwrap();
        round(2);
        round(3);
        assert_eq!(names(), ["access.log.19700101T000002Z"], "its writer may not have noticed");
        fs::write(&path, "the next one\n").unwrap();
        round(4);
        assert_eq!(names(), ["access.log.19700101T000004Z"], "one is kept");
        fs::write(&path, "").unwrap();
        round(5);
        assert_eq!(names(), ["access.log", "access.log.19700101T000004Z.gz"]);
    }

    #[test]
    fn a_file_elsewhere_is_left_to_others() {
        let directory = tempfile::tempdir().unwrap();
        let logs = directory.path().join("log");
        fs::create_dir(&logs).unwrap();
        let is_ours = |path: &str| Foreign::within(&logs, Path::new(path), limits(1)).is_some();
        assert!(is_ours(logs.join("access.log").to_str().unwrap()));
        assert!(is_ours(directory.path().join("log/../log/access.log").to_str().unwrap()));
        assert!(!is_ours(directory.path().join("access.log").to_str().unwrap()));
        assert!(!is_ours("access.log"));
    }

    fn kept(directory: &Path, foreign: Option<Foreign>) -> Kept {
        let ours = Log { directory: directory.to_owned(), name: "tsk.log".to_owned() };
        Kept { ours, foreign, last_words: directory.join("stderr.log"), max_size: 10 }
    }

    #[test]
    fn the_thread_ends_when_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("tsk.log.19700101T000002Z"), "x\n").unwrap();
        let foreign = Foreign::within(directory.path(), &directory.path().join("a.log"), limits(1));
        let keeper = Keeper::start(kept(directory.path(), foreign), |line| panic!("{line}")).unwrap();
        keeper.wake()();
        drop(keeper);
    }

    #[test]
    fn what_goes_to_standard_error_is_bounded_too() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("stderr.log");
        let kept = kept(directory.path(), None);
        for (text, left) in [("short", "short"), ("too long a text", "")] {
            fs::write(&path, text).unwrap();
            kept.round(&AtomicBool::new(false)).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), left);
        }
    }
}
