//! Reading a file while it is sent.

use std::{
    fs::File,
    future::Future,
    io,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use rustix::{
    buffer::spare_capacity,
    io::{pread, retry_on_intr},
};

use super::job::Job;

/// How much is read at first. Smaller files need one job alone.
pub(super) const FIRST_PIECE: usize = 64 * 1024;

/// How much is read at once, at most. Four times the first piece takes 0.4 times the CPU time that going on with it
/// would, most of which is the way to another thread and back; twice as much again takes 0.9 times that.
pub(super) const LARGEST_PIECE: usize = 256 * 1024;

/// A part of a file, read piece by piece. Blocks.
///
/// Pieces double in length, so that what is held for a client is in proportion to what it has taken: a stalled HTTP/2
/// stream costs its sender little, and there can be many.
#[derive(Debug)]
pub(super) struct Reader {
    file: File,
    /// What is still to be read, as offsets in the file.
    rest: Range<u64>,
    piece: usize,
}

impl Reader {
    pub(super) fn new(file: File, range: Range<u64>) -> Self {
        Self { file, rest: range, piece: FIRST_PIECE }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next piece; empty only at the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has become too short.
    pub(super) fn next(&mut self) -> io::Result<Bytes> {
        let left = self.rest.end - self.rest.start;
        let wanted = usize::try_from(left).map_or(self.piece, |left| left.min(self.piece));
        let mut piece = Vec::with_capacity(wanted);
        while piece.len() < wanted {
            let offset = self.rest.start + piece.len() as u64;
            if retry_on_intr(|| pread(&self.file, spare_capacity(&mut piece), offset))? == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the file became shorter while it was sent",
                ));
            }
        }
        // The capacity may be more than was asked for.
        piece.truncate(wanted);
        self.rest.start += wanted as u64;
        self.piece = (self.piece * 2).min(LARGEST_PIECE);
        Ok(piece.into())
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
        let left = first.len() as u64 + (reader.rest.end - reader.rest.start);
        Self { first, reader: Some(reader), job: None, left }
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
            self.job = Some(Job::spawn(move || (reader.next(), reader)));
        }
        let Some(job) = &mut self.job else { return Poll::Ready(None) };
        let outcome = ready!(Pin::new(job).poll(cx));
        self.job = None;
        Poll::Ready(Some(match outcome {
            Ok((Ok(piece), reader)) => {
                self.reader = (!reader.is_done()).then_some(reader);
                Ok(self.give(piece))
            }
            Ok((Err(error), _)) => Err(error),
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
