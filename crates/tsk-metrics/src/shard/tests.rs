#![allow(clippy::unwrap_used)]

use std::{
    cell::RefCell,
    sync::{
        Barrier,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    thread,
};

use super::*;

#[derive(Debug, Clone)]
struct Counter(Sharded<(AtomicU64, AtomicU32)>);

impl Counter {
    fn new() -> Self {
        Self(Sharded::new())
    }

    fn count(&self, times: usize) {
        for _ in 0..times {
            let here = Here::new();
            let (large, small) = self.0.at(here, Default::default);
            here.add(large, 3);
            here.count(small);
        }
    }

    fn counted(&self) -> (u64, u32) {
        let add = |sum: (u64, u32), part: &(AtomicU64, AtomicU32)| {
            (sum.0 + part.0.load(Relaxed), sum.1 + part.1.load(Relaxed))
        };
        self.0.iter().fold((0, 0), add)
    }
}

#[test]
fn what_more_threads_than_shards_count_adds_up() {
    let counter = Counter::new();
    assert_eq!(counter.0.iter().count(), 0);
    let threads = 3 * count();
    // All are there before one of them ends, so that some have to share.
    let (before, after) = (Barrier::new(threads), Barrier::new(threads));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                before.wait();
                counter.count(10_000);
                after.wait();
            });
        }
    });
    assert_eq!(counter.counted(), (30_000 * threads as u64, 10_000 * threads as u32));
    assert!(counter.0.iter().count() <= count());
}

#[test]
fn what_threads_count_that_come_and_go_adds_up() {
    let counter = Counter::new();
    // Each takes up what the one before it left.
    thread::scope(|scope| {
        for _ in 0..count() {
            scope.spawn(|| {
                for _ in 0..50 {
                    thread::scope(|scope| {
                        scope.spawn(|| counter.count(100));
                    });
                }
            });
        }
    });
    assert_eq!(counter.counted(), (15_000 * count() as u64, 5_000 * count() as u32));
}

#[test]
fn a_thread_counts_until_it_has_ended() {
    /// Counts when its thread ends.
    struct Last(Counter);

    impl Drop for Last {
        fn drop(&mut self) {
            self.0.count(1_000);
        }
    }

    thread_local! {
        static BEFORE: RefCell<Option<Last>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<Last>> = const { RefCell::new(None) };
    }

    let counter = Counter::new();
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let counter = counter.clone();
            thread::spawn(move || {
                BEFORE.set(Some(Last(counter.clone())));
                counter.count(1_000);
                AFTER.set(Some(Last(counter)));
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(counter.counted(), (180_000, 60_000));
}
