//! The files of a log at one moment.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use flate2::bufread::MultiGzDecoder;

use crate::log::segments::{Log, Segment};

/// Device and number, by which a file is known under whatever name.
pub(crate) type Identity = (u64, u64);

/// The files of a log, so that none of its lines is in two of them or between them.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Those that were written before, the oldest first.
    pub(crate) segments: Vec<Segment>,
    /// The one that is written, which keeps its lines when it gets another name.
    pub(crate) current: Option<Current>,
}

#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) file: File,
    pub(crate) identity: Identity,
    pub(crate) length: u64,
}

impl Snapshot {
    pub(crate) fn take(log: &Log) -> io::Result<Snapshot> {
        loop {
            let current = absent(Current::open(log))?;
            let listing = absent(log.list())?.unwrap_or_default();
            // If the file was put away in between, it might be in both or in neither.
            if current.as_ref().map(|current| current.identity) == identity(log)? {
                return Ok(Snapshot { segments: listing.segments, current });
            }
        }
    }

    /// Whether there is no log at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.current.is_none()
    }
}

impl Current {
    fn open(log: &Log) -> io::Result<Current> {
        let file = File::open(log.current())?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
        }
        Ok(Current { identity: (metadata.dev(), metadata.ino()), length: metadata.len(), file })
    }

    /// Where the last whole line ends.
    pub(crate) fn whole(&self) -> io::Result<u64> {
        Ok(line_before(&self.file, self.length)?.unwrap_or(0))
    }
}

/// The identity of the file that is found under the name of the log.
pub(crate) fn identity(log: &Log) -> io::Result<Option<Identity>> {
    let metadata = absent(log.current().metadata())?;
    Ok(metadata.map(|metadata| (metadata.dev(), metadata.ino())))
}

/// The content of a file that was written before; none if it is deleted meanwhile.
pub(crate) fn open(segment: &Segment) -> io::Result<Option<Box<dyn BufRead>>> {
    if !segment.is_compressed
        && let Some(file) = absent(File::open(&segment.path))?
    {
        return Ok(Some(Box::new(BufReader::with_capacity(64 * 1024, file))));
    }
    let path = if segment.is_compressed { segment.path.clone() } else { segment.compressed() };
    let file = absent(File::open(path))?;
    Ok(file.map(|file| -> Box<dyn BufRead> {
        Box::new(BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(BufReader::new(file))))
    }))
}

/// The end of the last line that ends before `end`: where the one after it begins.
pub(crate) fn line_before(file: &File, end: u64) -> io::Result<Option<u64>> {
    let mut block = [0; 8 * 1024];
    let mut end = end;
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let block = &mut block[..(end - start) as usize];
        file.read_exact_at(block, start)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(Some(start + at as u64 + 1));
        }
        end = start;
    }
    Ok(None)
}

/// What is not there is none.
fn absent<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
