//! What probes read.
//!
//! Readiness is a lease: a time until which the service counts as ready. Who runs the checks extends it with each result.
//! Should they no longer be made, because whoever makes them hangs or is gone, it ends by itself.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::time::Instant;

use crate::{engine::Lease, pulse::millis};

/// What probes read: one atomic load and the clock for an answer.
#[derive(Debug)]
pub(crate) struct Leases {
    base: Instant,
    ready: Cell,
    /// Once it has started, it stays so.
    started: AtomicBool,
    draining: AtomicBool,
    groups: Box<[(String, Cell)]>,
}

/// Milliseconds after the base until which something is so.
#[derive(Debug, Default)]
struct Cell(AtomicU64);

impl Leases {
    /// Nothing is so yet.
    pub(crate) fn new(groups: impl IntoIterator<Item = String>, base: Instant) -> Self {
        Self {
            base,
            ready: Cell::default(),
            started: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            groups: groups.into_iter().map(|group| (group, Cell::default())).collect(),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.holds(&self.ready)
    }

    pub(crate) fn has_started(&self) -> bool {
        self.started.load(Ordering::Relaxed)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Whether every check of a group works; `None` where there is no such group.
    pub(crate) fn group(&self, name: &str) -> Option<bool> {
        let (_, cell) = self.groups.iter().find(|(group, _)| group == name)?;
        Some(self.holds(cell))
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|(group, _)| group.as_str())
    }

    pub(crate) fn start(&self) {
        self.started.store(true, Ordering::Relaxed);
    }

    /// Whoever stops is not ready any more, whatever is found.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        self.set(&self.ready, Lease::No);
    }

    pub(crate) fn set_ready(&self, lease: Lease) {
        self.set(&self.ready, lease);
        // The drain may have started in between.
        if self.draining.load(Ordering::SeqCst) {
            self.set(&self.ready, Lease::No);
        }
    }

    pub(crate) fn set_group(&self, name: &str, lease: Lease) {
        if let Some((_, cell)) = self.groups.iter().find(|(group, _)| group == name) {
            self.set(cell, lease);
        }
    }

    fn set(&self, cell: &Cell, lease: Lease) {
        let until = match lease {
            Lease::No => 0,
            Lease::Always => u64::MAX,
            Lease::Until(until) => millis(until.saturating_duration_since(self.base)),
        };
        cell.0.store(until, Ordering::SeqCst);
    }

    fn holds(&self, cell: &Cell) -> bool {
        // Each cell stands for itself: there is nothing to be seen in order.
        cell.0.load(Ordering::Relaxed) > millis(self.base.elapsed())
    }
}
