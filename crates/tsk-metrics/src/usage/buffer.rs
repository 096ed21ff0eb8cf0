//! Requests that were counted and not added up yet: each thread has a few.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::ledger::{Event, Ledger};
use crate::shard::{Here, Line, Sharded};

/// Requests that a buffer has room for.
const REQUESTS: usize = 256;
/// The bytes of their consumers' identifiers that it has room for. A longer one is cut off.
const BYTES: usize = 16 << 10;
const LONGEST: usize = 256;

/// Requests of each thread. A lock is that of a thread's own, but for the moment in which somebody looks.
#[derive(Debug)]
pub(super) struct Buffers(Sharded<Box<Line<Mutex<Buffer>>>>);

#[derive(Debug)]
struct Buffer {
    requests: Vec<Request>,
    names: String,
}

#[derive(Debug, Clone, Copy)]
struct Request {
    route: u32,
    /// Where the consumer's identifier ends, behind that of the request before; as long as nothing where there is none.
    name_end: u32,
    nanoseconds: u64,
    is_error: bool,
    at: Instant,
}

impl Default for Buffer {
    /// It never takes more memory than at first.
    fn default() -> Self {
        Self { requests: Vec::with_capacity(REQUESTS), names: String::with_capacity(BYTES) }
    }
}

impl Buffers {
    pub(super) fn new() -> Self {
        Self(Sharded::new())
    }

    /// Counts a request. Where the buffer is full, this thread adds it up.
    ///
    /// A ledger is locked by whoever has locked a buffer, and never the other way round.
    #[inline]
    pub(super) fn push<'l>(&self, event: &Event<'_>, ledger: impl FnOnce() -> MutexGuard<'l, Ledger>) {
        let buffer = &mut *locked(self.0.at(Here::new(), Box::default));
        let consumer = event.consumer.map_or("", cut);
        buffer.names.push_str(consumer);
        buffer.requests.push(Request {
            route: event.route,
            name_end: buffer.names.len() as u32,
            nanoseconds: event.nanoseconds,
            is_error: event.is_error,
            at: event.at,
        });
        if buffer.requests.len() == REQUESTS || buffer.names.len() + LONGEST > BYTES {
            buffer.drain(&mut ledger());
        }
    }

    /// Adds up what all threads have.
    pub(super) fn drain<'l>(&self, ledger: impl Fn() -> MutexGuard<'l, Ledger>) {
        for buffer in self.0.iter() {
            let mut buffer = locked(buffer);
            buffer.drain(&mut ledger());
        }
    }
}

fn locked(buffer: &Line<Mutex<Buffer>>) -> MutexGuard<'_, Buffer> {
    buffer.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// At most so long, at the end of a letter.
fn cut(name: &str) -> &str {
    if name.len() <= LONGEST {
        return name;
    }
    let end = (0..=LONGEST).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    &name[..end]
}

impl Buffer {
    fn drain(&mut self, ledger: &mut Ledger) {
        let mut start = 0;
        for Request { route, name_end, nanoseconds, is_error, at } in self.requests.drain(..) {
            let end = name_end as usize;
            let consumer = Some(&self.names[start..end]).filter(|name| !name.is_empty());
            ledger.add(&Event { route, nanoseconds, is_error, at, consumer });
            start = end;
        }
        self.names.clear();
    }
}
