//! Counting on many cores: each thread counts beside the others, and a reader adds up.

use std::{
    cell::Cell,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

/// More shards cost memory for every series; on a machine with more cores some of them share one.
const MAX_SHARDS: usize = 16;

/// How many shards this machine is worth: a power of two.
pub(crate) fn count() -> usize {
    static COUNT: LazyLock<usize> = LazyLock::new(|| {
        thread::available_parallelism().map_or(1, usize::from).next_power_of_two().min(MAX_SHARDS)
    });
    *COUNT
}

/// The shard of a thread. It is looked up once for all that is counted at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Here(usize);

impl Here {
    /// Threads are numbered in the order in which they first count something.
    #[inline]
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static INDEX: Cell<usize> = Cell::new(NEXT.fetch_add(1, Relaxed) & (count() - 1));
        }
        Self(INDEX.try_with(Cell::get).unwrap_or_default())
    }

    /// What is of this shard, where there is one for each.
    #[inline]
    pub(crate) fn of<T>(self, shards: &[T]) -> &T {
        &shards[self.0]
    }
}

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
        here.of(&self.0).get_or_init(make)
    }

    /// The parts that are there.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(OnceLock::get)
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn what_many_threads_count_adds_up() {
        let shards: Sharded<AtomicU64> = Sharded::new();
        assert_eq!(shards.iter().count(), 0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        shards.at(Here::new(), AtomicU64::default).fetch_add(1, Relaxed);
                    }
                });
            }
        });
        assert_eq!(shards.iter().map(|shard| shard.load(Relaxed)).sum::<u64>(), 8000);
        assert!(shards.iter().count() <= count());
    }
}
