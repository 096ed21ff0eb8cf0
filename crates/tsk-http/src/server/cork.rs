//! Written bytes that wait for those that follow.
//!
//! hyper writes and flushes each answer by itself, which is a system call even where the next request has come
//! already. So what it writes is held back for as long as it is polled and more requests are there.
//!
//! Its own remedy, `pipeline_flush`, is none: as long as there are bytes it has not parsed, if only the first
//! of a later request, it flushes nothing, not even the stream under way, and buffers that without bound.

use std::{cell::Cell, mem};

/// The most that is held back, in bytes; what is larger is worth a system call of its own.
const MAX: usize = 8 * 1024;

thread_local! {
    // Bytes are mostly held for the time of one poll: the connections of a thread need one buffer.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bytes that are held back.
#[derive(Debug, Default)]
pub(super) struct Cork {
    bytes: Vec<u8>,
    sent: usize,
}

impl Cork {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    #[inline]
    pub(super) fn has_room(&self, count: usize) -> bool {
        self.bytes.len() + count <= MAX
    }

    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.bytes.capacity() == 0 {
            self.bytes = SPARE.take();
        }
        self.bytes.extend_from_slice(bytes);
    }

    #[inline]
    pub(super) fn unsent(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    /// Notes that so many more bytes have been sent.
    #[inline]
    pub(super) fn advance(&mut self, count: usize) {
        self.sent += count;
        if self.sent == self.bytes.len() {
            self.sent = 0;
            self.bytes.clear();
            SPARE.set(mem::take(&mut self.bytes));
        }
    }
}
