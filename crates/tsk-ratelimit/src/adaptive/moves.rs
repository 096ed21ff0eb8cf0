//! How the limit has moved.

use std::{collections::VecDeque, time::Instant};

use super::Reason;

/// A move of the limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) at: Instant,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) reason: Reason,
    /// How many times longer than usual requests took.
    pub(super) stretch: f64,
}

/// The last moves.
#[derive(Debug, Default)]
pub(super) struct Moves(VecDeque<Move>);

/// So many are remembered.
const MOST: usize = 32;

impl Moves {
    pub(super) fn push(&mut self, moved: Move) {
        self.0.truncate(MOST - 1);
        self.0.push_front(moved);
    }

    /// The latest first.
    pub(super) fn latest(&self) -> Vec<Move> {
        self.0.iter().copied().collect()
    }
}
