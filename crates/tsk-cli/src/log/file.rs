//! The file that lines are written to, which is put away when it is large or old.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::time::{Duration, SystemTime};

use super::archive::{self, Bounds};
use super::segments::{Key, Log};

/// When a file is put away, and how much is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_size: u64,
    /// No limit where it is zero.
    pub(crate) max_age: Duration,
    pub(crate) bounds: Bounds,
}

/// A file of lines that is put away when it is large or old, and taken up again when somebody else moves it.
///
/// It knows no clock: each line comes with the time.
#[derive(Debug)]
pub(crate) struct RotatingFile {
    log: Log,
    limits: Limits,
    open: Option<Open>,
    /// Why it could not be put away when it was due, until it is told.
    stuck: Option<io::Error>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Device and number, by which a file is known under whatever name.
    identity: (u64, u64),
    length: u64,
    since: SystemTime,
}

/// What became of a line that was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Whether a file was put away for it.
    pub(crate) has_rotated: bool,
}

impl RotatingFile {
    pub(crate) fn new(log: Log, limits: Limits) -> RotatingFile {
        RotatingFile { log, limits, open: None, stuck: None }
    }

    /// Makes the file, so that whoever looks for it finds it. What hinders that is told of with the first line.
    pub(crate) fn make(&mut self, now: SystemTime) {
        let _ = self.open(now);
    }

    /// Adds a line with its end. An error means that nothing of it is in the file.
    pub(crate) fn append(&mut self, line: &[u8], now: SystemTime) -> io::Result<Written> {
        let length = line.len() as u64;
        let mut has_rotated = false;
        self.open(now)?;
        if self.is_due(length, now) {
            let rotated = self.rotate(now);
            self.open(now)?;
            match rotated {
                Ok(()) => has_rotated = true,
                Err(error) if !self.has_room(length) => return Err(error),
                Err(error) => self.stuck = Some(error),
            }
        }
        let open = self.open.as_mut().expect("it was opened above");
        if let Err(error) = open.file.write_all(line) {
            // Half a line would spoil the next as well. Where not even this works, the file is begun anew.
            if open.file.set_len(open.length).is_err() {
                self.open = None;
            }
            return Err(error);
        }
        open.length += length;
        Ok(Written { has_rotated })
    }

    /// Why the file could not be put away when it was due.
    pub(crate) fn take_stuck(&mut self) -> Option<io::Error> {
        self.stuck.take()
    }

    /// Has the file open that is found under its name.
    fn open(&mut self, now: SystemTime) -> io::Result<()> {
        let path = self.log.current();
        let there = path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()));
        if self.open.as_ref().is_some_and(|open| Some(open.identity) == there) {
            return Ok(());
        }
        self.open = None;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o640);
        let file = match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(&self.log.directory)?;
                options.open(&path)?
            }
            opened => opened?,
        };
        let metadata = file.metadata()?;
        let since = metadata.created().ok().filter(|_| metadata.len() > 0).unwrap_or(now);
        let mut open =
            Open { identity: (metadata.dev(), metadata.ino()), length: metadata.len(), file, since };
        open.end_line()?;
        self.open = Some(open);
        Ok(())
    }

    fn is_due(&mut self, more: u64, now: SystemTime) -> bool {
        let Limits { max_size, max_age, .. } = self.limits;
        let Some(open) = self.open.as_mut().filter(|open| open.length > 0) else { return false };
        // The clock was put back: the file is not older than it says now.
        open.since = open.since.min(now);
        let age = now.duration_since(open.since).unwrap_or_default();
        open.length + more > max_size || (!max_age.is_zero() && age >= max_age)
    }

    fn has_room(&self, more: u64) -> bool {
        let length = self.open.as_ref().map_or(0, |open| open.length);
        length + more <= self.limits.bounds.max_total
    }

    fn rotate(&mut self, now: SystemTime) -> io::Result<()> {
        put_away(&self.log, now)?;
        self.open = None;
        archive::prune(&self.log, self.limits.bounds, self.limits.max_size)
    }
}

impl Open {
    /// Ends a line that a process was killed in, or that a full disk has cut.
    fn end_line(&mut self) -> io::Result<()> {
        use std::os::unix::fs::FileExt as _;
        let mut last = [b'\n'];
        if self.length > 0 {
            self.file.read_exact_at(&mut last, self.length - 1)?;
        }
        if last != [b'\n'] {
            self.file.write_all(b"\n")?;
            self.length += 1;
        }
        Ok(())
    }
}

/// Gives the file that is written the name of one that was.
pub(crate) fn put_away(log: &Log, now: SystemTime) -> io::Result<()> {
    let key = Key::next(now, &log.list()?);
    fs::rename(log.current(), log.path(key))
}
