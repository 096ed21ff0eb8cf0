//! What was measured under load, round by round.

use std::collections::BTreeMap;

use super::measured::Measured;
use super::spread::Spread;

/// Every measurement, by server and load, in the order of the rounds.
#[derive(Debug)]
pub(crate) struct Rounds<L> {
    cells: BTreeMap<(&'static str, L), Vec<Measured>>,
}

impl<L> Default for Rounds<L> {
    fn default() -> Self {
        Self { cells: BTreeMap::new() }
    }
}

impl<L: Ord + Copy> Rounds<L> {
    pub(crate) fn record(&mut self, server: &'static str, load: L, measured: Measured) {
        self.cells.entry((server, load)).or_default().push(measured);
    }

    /// A figure of one server under one load.
    pub(crate) fn figure(&self, server: &str, load: L, of: impl Fn(&Measured) -> f64) -> Option<Spread> {
        Spread::of(self.cell(server, load)?.iter().map(of))
    }

    /// The same figure of two servers, divided round by round, so that a slow minute touches both sides.
    pub(crate) fn ratio(
        &self,
        server: &str,
        to: &str,
        load: L,
        of: impl Fn(&Measured) -> f64,
    ) -> Option<Spread> {
        let (server, to) = (self.cell(server, load)?, self.cell(to, load)?);
        Spread::of(server.iter().zip(to).map(|(server, to)| of(server) / of(to)))
    }

    /// How far others disturbed the measurements, over all of them.
    pub(crate) fn waited(&self) -> Option<Spread> {
        Spread::of(self.cells.values().flatten().map(|measured| measured.waited))
    }

    pub(crate) fn has(&self, server: &str, load: L) -> bool {
        self.cell(server, load).is_some()
    }

    fn cell(&self, server: &str, load: L) -> Option<&[Measured]> {
        self.cells
            .iter()
            .find(|((name, l), _)| *name == server && *l == load)
            .map(|(_, rounds)| rounds.as_slice())
    }
}
