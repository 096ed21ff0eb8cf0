//! Counting on many cores: each thread counts beside the others, and a reader adds up.

use std::sync::{Arc, OnceLock};

mod here;
#[cfg(test)]
mod tests;

pub(crate) use here::{Here, count};

/// A part for each shard, made when a thread of the shard first counts something there: what is seldom used takes
/// the memory of one part. A clone has the same parts.
#[derive(Debug)]
pub(crate) struct Sharded<T>(Arc<[OnceLock<T>]>);

impl<T> Sharded<T> {
    pub(crate) fn new() -> Self {
        Self((0..count()).map(|_| OnceLock::new()).collect())
    }

    /// The part of this thread.
    #[inline]
    pub(crate) fn at(&self, here: Here, make: impl FnOnce() -> T) -> &T {
        let part = here.of(&self.0);
        part.get().unwrap_or_else(|| first(part, make))
    }

    /// The parts that are there.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(OnceLock::get)
    }
}

#[cold]
#[inline(never)]
fn first<T>(part: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    part.get_or_init(make)
}

impl<T> Clone for Sharded<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// What cores fetch together: numbers of different shards are never in the same.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Line<T>(pub(crate) T);
