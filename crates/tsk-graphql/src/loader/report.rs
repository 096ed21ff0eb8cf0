//! What a loader has done for a request, told when the request is over.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What a loader has done for a request.
#[derive(Debug)]
pub(super) struct Report {
    name: &'static str,
    batches: AtomicUsize,
    keys: AtomicUsize,
    /// Batches of one key.
    single: AtomicUsize,
}

/// Batches of one key from which on somebody seems to ask for one thing after the other, waiting for each: what loaders are there
/// to prevent (N+1).
const MANY: usize = 5;

impl Report {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, batches: AtomicUsize::new(0), keys: AtomicUsize::new(0), single: AtomicUsize::new(0) }
    }

    pub(super) fn batch(&self, keys: usize) {
        self.batches.fetch_add(1, Relaxed);
        self.keys.fetch_add(keys, Relaxed);
        if keys == 1 {
            self.single.fetch_add(1, Relaxed);
        }
    }

    /// Whether somebody seems to ask for one thing after the other.
    pub(super) fn is_one_by_one(&self) -> bool {
        self.single.load(Relaxed) >= MANY
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let (batches, keys) = (*self.batches.get_mut(), *self.keys.get_mut());
        if batches == 0 {
            return;
        }
        metrics::counter!("graphql_loader_batches_total", "loader" => self.name).increment(batches as u64);
        metrics::counter!("graphql_loader_keys_total", "loader" => self.name).increment(keys as u64);
        if self.is_one_by_one() {
            metrics::counter!("graphql_loader_one_by_one_total", "loader" => self.name).increment(1);
            let loader = self.name;
            tracing::warn!(loader, batches, keys, "a loader was asked for one thing after the other (N+1)");
        }
    }
}
