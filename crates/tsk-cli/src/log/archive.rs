//! What becomes of a file that is put away: it is compressed, kept for a while, and deleted.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::segments::{Listing, Log, Segment};

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Files beside the one that is written.
    pub(crate) keep: usize,
    /// Bytes of all files, with those that the one that is written may have.
    pub(crate) max_total: u64,
}

/// Deletes the oldest files beyond the bounds, with `reserved` bytes for the one that is written.
pub(crate) fn prune(log: &Log, bounds: Bounds, reserved: u64) -> io::Result<()> {
    let Listing { segments, doubled, .. } = log.list()?;
    // First, or each would be taken for the only one once the other is gone.
    doubled.iter().try_for_each(|path| gone(fs::remove_file(path)))?;
    let mut room = bounds.max_total.saturating_sub(reserved);
    let mut kept = 0;
    let mut is_beyond = false;
    for segment in segments.iter().rev() {
        kept += 1;
        is_beyond |= kept > bounds.keep || segment.length > room;
        if is_beyond {
            gone(fs::remove_file(&segment.path))?;
        } else {
            room -= segment.length;
        }
    }
    Ok(())
}

/// Compresses what is not yet compressed, until it is told to stop. What a process that was killed has left behind
/// goes first.
pub(crate) fn compress_all(log: &Log, stop: &AtomicBool) -> io::Result<()> {
    let listing = log.list()?;
    listing.doubled.iter().chain(&listing.unfinished).try_for_each(|path| gone(fs::remove_file(path)))?;
    for segment in listing.segments.iter().filter(|segment| !segment.is_compressed) {
        match compress(segment, stop) {
            // It was the oldest, and beyond the bounds.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            compressed => compressed?,
        }
    }
    Ok(())
}

/// Compresses a file. At every moment one of the two is whole.
fn compress(segment: &Segment, stop: &AtomicBool) -> io::Result<()> {
    let mut source = File::open(&segment.path)?;
    let unfinished = segment.unfinished();
    let written = write(&mut source, segment, stop);
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
        return written;
    }
    let compressed = segment.compressed();
    fs::rename(&unfinished, &compressed)?;
    match fs::remove_file(&segment.path) {
        // What was deleted meanwhile must not come back.
        Err(error) if error.kind() == io::ErrorKind::NotFound => gone(fs::remove_file(compressed)),
        removed => removed,
    }
}

fn write(source: &mut File, segment: &Segment, stop: &AtomicBool) -> io::Result<()> {
    let mode = source.metadata()?.mode();
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(mode).open(segment.unfinished())?;
    let mut encoder = GzEncoder::new(file, Compression::default());
    let mut block = vec![0; 64 * 1024];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "told to stop"));
        }
        let read = source.read(&mut block)?;
        if read == 0 {
            break;
        }
        encoder.write_all(&block[..read])?;
    }
    // The original is deleted next, and must not be missed where the power fails.
    encoder.finish()?.sync_all()
}

/// That a file is gone already is as good.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
