//! The lines that come.

use std::fs::File;
use std::io::{self, BufReader, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;

use super::lines::{Line, every};
use super::snapshot::{Identity, Snapshot, identity, open};
use crate::log::segments::{Key, Log};

/// Follows a log from file to file. It neither waits nor watches: it looks when it is asked to.
#[derive(Debug)]
pub(crate) struct Follower {
    log: Log,
    current: Option<Current>,
    /// The newest of the files that were written before, when the current one was opened.
    last: Option<Key>,
}

#[derive(Debug)]
struct Current {
    file: BufReader<File>,
    identity: Identity,
    offset: u64,
    /// What has come of a line.
    line: Line,
}

impl Follower {
    /// Follows from `offset` of the file that is written.
    pub(crate) fn new(log: Log, snapshot: Snapshot, offset: u64) -> io::Result<Follower> {
        let last = snapshot.segments.last().map(|segment| segment.key);
        let current = snapshot.current.map(|current| Current::new(current.file, current.identity, offset));
        Ok(Follower { log, current: current.transpose()?, last })
    }

    /// Calls `each` with the lines that have come.
    pub(crate) fn poll(&mut self, mut each: impl FnMut(String) -> io::Result<()>) -> io::Result<()> {
        loop {
            if let Some(current) = &mut self.current {
                current.read(&mut each)?;
            }
            let there = identity(&self.log)?;
            let ours = self.current.as_ref().map(|current| current.identity);
            // While there is no new one, the old one may still be written to.
            if there.is_none() || there == ours {
                return Ok(());
            }
            if let Some(mut current) = self.current.take() {
                current.read(&mut each)?;
                current.end(&mut each)?;
            }
            self.next(ours, &mut each)?;
        }
    }

    /// Reads the files between `ours` and the one that is written now, and goes on with that.
    fn next(
        &mut self,
        ours: Option<Identity>,
        each: &mut impl FnMut(String) -> io::Result<()>,
    ) -> io::Result<()> {
        let snapshot = Snapshot::take(&self.log)?;
        let mut missed: Vec<_> =
            snapshot.segments.iter().filter(|segment| Some(segment.key) > self.last).collect();
        // The first that was put away since is the one that was followed, if it was put away and not deleted. It
        // is another file once it is compressed.
        if let (Some(ours), Some(first)) = (ours, missed.first()) {
            let is_it = match first.path.metadata() {
                Ok(metadata) if !first.is_compressed => (metadata.dev(), metadata.ino()) == ours,
                _ => true,
            };
            if is_it {
                missed.remove(0);
            }
        }
        for segment in missed {
            if let Some(content) = open(segment)? {
                every(content, &mut *each)?;
            }
        }
        let next = Follower::new(self.log.clone(), snapshot, 0)?;
        // Where nothing is kept, the keys go on from those that are gone.
        *self = Follower { last: next.last.max(self.last), ..next };
        Ok(())
    }
}

impl Current {
    fn new(file: File, identity: Identity, offset: u64) -> io::Result<Current> {
        let mut file = BufReader::with_capacity(64 * 1024, file);
        file.seek(SeekFrom::Start(offset))?;
        Ok(Current { file, identity, offset, line: Line::default() })
    }

    fn read(&mut self, each: &mut impl FnMut(String) -> io::Result<()>) -> io::Result<()> {
        if self.file.get_ref().metadata()?.len() < self.offset {
            // Somebody emptied it to begin it anew.
            self.file.seek(SeekFrom::Start(0))?;
            self.line = Line::default();
        }
        while self.line.read(&mut self.file)? {
            each(self.line.take())?;
        }
        self.offset = self.file.stream_position()?;
        Ok(())
    }

    /// What is left has no end.
    fn end(mut self, each: &mut impl FnMut(String) -> io::Result<()>) -> io::Result<()> {
        if self.line.is_empty() { Ok(()) } else { each(self.line.take()) }
    }
}
