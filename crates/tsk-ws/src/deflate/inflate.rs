//! Inflating messages.

use std::cell::Cell;

use flate2::{Decompress, FlushDecompress, Status};

use super::{compress::END, offer::MAX_BITS};
use crate::{config::Limits, error::Fault};

/// Inflates what comes, bit by bit.
#[derive(Debug)]
pub(crate) struct Inflater {
    inner: Box<Decompress>,
    /// Whether it remembers earlier messages.
    is_own: bool,
    /// How long the present message is as it is sent.
    received: u64,
}

const WRONG: Fault = Fault::invalid("a message is not compressed as it says");

/// How much is inflated at once, in bytes.
const STEP: usize = 16 * 1024;

/// By how much a message may be longer as it is sent than it may be inflated: what cannot be compressed grows a little.
const SLACK: u64 = 64 * 1024;

thread_local! {
    static POOL: Cell<Option<Box<Decompress>>> = const { Cell::new(None) };
}

impl Inflater {
    /// For a message that refers to none; or for a socket, if that `is_own`.
    pub(crate) fn new(is_own: bool) -> Self {
        let pooled = if is_own { None } else { POOL.take() };
        let inner = pooled.unwrap_or_else(|| Box::new(Decompress::new_with_window_bits(false, MAX_BITS)));
        Self { inner, is_own, received: 0 }
    }

    /// Inflates a piece of a message behind what there is of it.
    pub(crate) fn inflate(
        &mut self,
        mut piece: &[u8],
        into: &mut Vec<u8>,
        limits: &Limits,
    ) -> Result<(), Fault> {
        self.received += piece.len() as u64;
        if self.received > limits.message as u64 + SLACK {
            return Err(Fault::size("a message is too large as it is sent"));
        }
        loop {
            // One byte more than may be shows that it is too many.
            let room = (limits.message - into.len()).saturating_add(1).min(STEP);
            if into.capacity() - into.len() < room.min(64) {
                into.reserve(room);
            }
            let before = self.inner.total_in();
            let status = self.inner.decompress_vec(piece, into, FlushDecompress::Sync).map_err(|_| WRONG)?;
            piece = &piece[(self.inner.total_in() - before) as usize..];
            self.check(into.len(), limits)?;
            if status == Status::StreamEnd {
                // A last block ends what is compressed, not the message (RFC 7692 §7.2.3.4).
                self.inner.reset(false);
                if piece.is_empty() {
                    return Ok(());
                }
            } else if into.len() < into.capacity() {
                return if piece.is_empty() { Ok(()) } else { Err(WRONG) };
            }
        }
    }

    /// Inflates what is left, and gives it back; `None` where it is nobody's any more.
    pub(crate) fn finish(mut self, into: &mut Vec<u8>, limits: &Limits) -> Result<Option<Self>, Fault> {
        self.inflate(&END, into, limits)?;
        self.received = 0;
        if self.is_own {
            return Ok(Some(self));
        }
        self.inner.reset(false);
        POOL.set(Some(self.inner));
        Ok(None)
    }

    fn check(&self, length: usize, limits: &Limits) -> Result<(), Fault> {
        if length > limits.message {
            return Err(Fault::size("a message is too large"));
        }
        let Some(deflate) = &limits.deflate else { return Ok(()) };
        let length = length as u64;
        if length > deflate.ratio_from && length > self.received.saturating_mul(deflate.max_ratio) {
            return Err(Fault::policy("a message grows too much when it is inflated"));
        }
        Ok(())
    }
}
