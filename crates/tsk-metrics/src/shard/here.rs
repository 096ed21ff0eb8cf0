//! Where a thread counts.

use std::{
    cell::{Cell, OnceCell},
    marker::PhantomData,
    sync::{
        LazyLock,
        atomic::{
            AtomicBool, AtomicU32, AtomicU64, AtomicUsize,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    thread,
};

/// More shards cost memory for every series.
const MAX_SHARDS: usize = 32;

/// How many shards this machine is worth: a few more than threads that have something to do at a time.
pub(crate) fn count() -> usize {
    static COUNT: LazyLock<usize> = LazyLock::new(|| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        (2 * cores.next_power_of_two()).min(MAX_SHARDS)
    });
    *COUNT
}

/// The first of the shards that threads share, which are a quarter. Each other is of one thread alone, for as long as that lives.
fn first_shared() -> usize {
    count() - (count() / 4).max(1)
}

/// The shard of a thread. It is looked up once for all that is counted at a time, and stays on its thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Here {
    shard: u32,
    /// Whether no other thread writes there.
    is_own: bool,
    stays: PhantomData<*const ()>,
}

thread_local! {
    static HERE: Cell<Option<Here>> = const { Cell::new(None) };
    static LEASE: OnceCell<Lease> = const { OnceCell::new() };
}

impl Here {
    #[inline]
    pub(crate) fn new() -> Self {
        HERE.get().unwrap_or_else(Self::first)
    }

    /// Finds a shard for a thread that counts for the first time.
    #[cold]
    fn first() -> Self {
        // A thread that ends has no lease any more.
        let own = LEASE.try_with(|lease| Lease::take().map(|taken| lease.get_or_init(|| taken).0));
        let here = match own {
            Ok(Some(shard)) => Self::at(shard, true),
            _ => Self::shared(),
        };
        HERE.set(Some(here));
        here
    }

    /// One that this thread has with others: each in turn, so that all have as many threads.
    fn shared() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let first = first_shared();
        Self::at(first + NEXT.fetch_add(1, Relaxed) % (count() - first), false)
    }

    fn at(shard: usize, is_own: bool) -> Self {
        Self { shard: shard as u32, is_own, stays: PhantomData }
    }

    /// What is of this shard, where there is one for each.
    #[inline]
    pub(crate) fn of<T>(self, shards: &[T]) -> &T {
        &shards[self.shard as usize]
    }

    /// Adds to a number of this shard. An addition that others cannot come between needs no locked instruction, for which a core
    /// waits until all that it wrote before is in its cache.
    #[inline]
    pub(crate) fn add(self, number: &AtomicU64, more: u64) {
        if self.is_own {
            number.store(number.load(Relaxed).wrapping_add(more), Relaxed);
        } else {
            add_among_others(number, more);
        }
    }

    /// Counts one more in a small number of this shard, as [`add`](Self::add) does.
    #[inline]
    pub(crate) fn count(self, number: &AtomicU32) {
        if self.is_own {
            number.store(number.load(Relaxed).wrapping_add(1), Relaxed);
        } else {
            count_among_others(number);
        }
    }
}

// Out of the way, as there are so many places that add.

#[cold]
#[inline(never)]
fn add_among_others(number: &AtomicU64, more: u64) {
    number.fetch_add(more, Relaxed);
}

#[cold]
#[inline(never)]
fn count_among_others(number: &AtomicU32) {
    number.fetch_add(1, Relaxed);
}

/// A shard that is of one thread, until that ends.
#[derive(Debug)]
struct Lease(usize);

static LEASED: [AtomicBool; MAX_SHARDS] = [const { AtomicBool::new(false) }; MAX_SHARDS];

impl Lease {
    fn take() -> Option<Self> {
        // Whoever had it before has written, and the next one goes on from there: `Acquire`, with `Release` below.
        let take = |leased: &AtomicBool| leased.compare_exchange(false, true, Acquire, Relaxed).is_ok();
        LEASED[..first_shared()].iter().position(take).map(Self)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // What is still counted on this thread, by what is dropped later.
        HERE.set(Some(Here::shared()));
        LEASED[self.0].store(false, Release);
    }
}
