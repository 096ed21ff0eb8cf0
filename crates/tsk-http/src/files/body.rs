//! Reading a file while it is sent.

use std::{
    fs::File,
    future::Future,
    io,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

use bytes::{Buf as _, Bytes};
use http_body::{Body, Frame, SizeHint};
use rustix::{
    buffer::spare_capacity,
    io::{pread, retry_on_intr},
};

use super::{
    cached,
    job::Job,
    open::{self, Wait},
};

/// How much is read at first, and at once where nothing has to be waited for. Smaller files need one read alone.
pub(super) const FIRST_PIECE: usize = 64 * 1024;

/// How much a blocking thread reads at once, at most. Four times the first piece takes 0.4 times the CPU time that going
/// on with it would, most of which is the way to another thread and back; twice as much again takes 0.9 times that.
pub(super) const LARGEST_PIECE: usize = 256 * 1024;

/// A stretch of what is sent.
#[derive(Debug)]
pub(super) enum Segment {
    /// What stands around the parts of a multipart body.
    Text(Bytes),
    /// Bytes of the file, as offsets.
    Content(Range<u64>),
}

/// What is sent of a file, read piece by piece.
///
/// Pieces for which somebody waits double in length, so that what is held for a client is in proportion to what it has
/// taken: a stalled HTTP/2 stream costs its sender little, and there can be many.
#[derive(Debug)]
pub(super) struct Reader {
    file: File,
    current: Segment,
    later: vec::IntoIter<Segment>,
    /// Bytes of all segments that were not read yet.
    left: u64,
    piece: usize,
}

impl Reader {
    /// Of one range of the file.
    pub(super) fn new(file: File, range: Range<u64>) -> Self {
        let current = Segment::Content(range);
        let left = current.len();
        Self { file, current, later: Vec::new().into_iter(), left, piece: FIRST_PIECE }
    }

    pub(super) fn of(file: File, segments: Vec<Segment>) -> Self {
        let left = segments.iter().map(Segment::len).sum();
        Self { left, later: segments.into_iter(), ..Self::new(file, 0..0) }
    }

    /// Bytes that are still to be read.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The next piece; empty only at the end. With [`Wait::No`] it may be shorter than it could be.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has become too short; or something would have to be waited for.
    pub(super) fn next(&mut self, wait: Wait) -> io::Result<Bytes> {
        let most = if wait == Wait::Yes { self.piece } else { FIRST_PIECE };
        let wanted = usize::try_from(self.left).map_or(most, |left| left.min(most));
        let mut piece = Vec::with_capacity(wanted);
        while piece.len() < wanted {
            let room = wanted - piece.len();
            match &mut self.current {
                Segment::Content(range) if !range.is_empty() => {
                    let room = usize::try_from(range.end - range.start).map_or(room, |left| left.min(room));
                    match read(&self.file, &mut piece, room, range.start, wait) {
                        Ok(count) => range.start += count as u64,
                        Err(error) if open::would_wait(&error) && !piece.is_empty() => break,
                        Err(error) => return Err(error),
                    }
                }
                Segment::Text(text) if !text.is_empty() => {
                    let count = room.min(text.len());
                    piece.extend_from_slice(&text[..count]);
                    text.advance(count);
                }
                _ => self.current = self.later.next().expect("segments are as long as was counted"),
            }
        }
        self.left -= piece.len() as u64;
        if wait == Wait::Yes {
            self.piece = (self.piece * 2).min(LARGEST_PIECE);
        }
        Ok(piece.into())
    }
}

/// Appends to `piece` what there is from `offset` in the file: something, and `room` at most.
fn read(file: &File, piece: &mut Vec<u8>, room: usize, offset: u64, wait: Wait) -> io::Result<usize> {
    let start = piece.len();
    let count = match wait {
        Wait::Yes => retry_on_intr(|| pread(file, spare_capacity(piece), offset))?,
        Wait::No => {
            piece.resize(start + room, 0);
            let read = cached::read(file, &mut piece[start..], offset);
            piece.truncate(start + *read.as_ref().unwrap_or(&0));
            read?
        }
    };
    if count == 0 {
        let shrunk = "the file became shorter while it was sent";
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, shrunk));
    }
    // The capacity may be more than was asked for, and the file longer than the range.
    piece.truncate(start + room);
    Ok(piece.len() - start)
}

impl Segment {
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Content(range) => range.end - range.start,
        }
    }
}
/// A response body that reads its file on blocking threads, one piece at a time and none ahead: a connection buffers
/// what it was given, and so asks for the next piece while it writes the last.
#[derive(Debug)]
pub(super) struct FileBody {
    /// Empty once it was given out.
    first: Bytes,
    /// Here between two reads, with the job during one, and nowhere after the last.
    reader: Option<Reader>,
    job: Option<Job<(io::Result<Bytes>, Reader)>>,
    /// Bytes not given out yet.
    left: u64,
}

impl FileBody {
    /// A body that begins with `first`, which was read already.
    pub(super) fn new(first: Bytes, reader: Reader) -> Self {
        let left = first.len() as u64 + reader.left();
        Self { first, reader: Some(reader), job: None, left }
    }

    fn take(&mut self, piece: io::Result<Bytes>, reader: Reader) -> io::Result<Frame<Bytes>> {
        let piece = piece?;
        self.reader = (reader.left() > 0).then_some(reader);
        Ok(self.give(piece))
    }

    fn give(&mut self, piece: Bytes) -> Frame<Bytes> {
        self.left -= piece.len() as u64;
        Frame::data(piece)
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            return Poll::Ready(Some(Ok(self.give(first))));
        }
        if let Some(mut reader) = self.reader.take() {
            match reader.next(Wait::No) {
                Err(error) if open::would_wait(&error) => {
                    self.job = Some(Job::spawn(move || (reader.next(Wait::Yes), reader)));
                }
                piece => return Poll::Ready(Some(self.take(piece, reader))),
            }
        }
        let Some(job) = &mut self.job else { return Poll::Ready(None) };
        let outcome = ready!(Pin::new(job).poll(cx));
        self.job = None;
        Poll::Ready(Some(match outcome {
            Ok((piece, reader)) => self.take(piece, reader),
            Err(error) => Err(io::Error::other(error)),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
