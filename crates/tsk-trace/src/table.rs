//! Values by name, where others choose the names.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{Hash, Hasher},
};

use foldhash::fast::RandomState;

/// Values by name, at most so many.
///
/// For a new name the rarest of the known ones makes room, so that a flood of names that come once takes the places of
/// each other, and what comes again and again stays.
#[derive(Debug)]
pub(crate) struct Table<V> {
    most: usize,
    // Who chose names that collide would be up against a few, as there are never more than `most`.
    rows: HashMap<Name, Row<V>, RandomState>,
    evicted: u64,
}

/// A name, which is also looked for by its bytes, before it is known that they are one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name(Box<str>);

impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}

#[derive(Debug)]
struct Row<V> {
    /// How often it was asked for, not long ago.
    count: u64,
    /// When it was last asked for, in the order of all.
    turn: u64,
    value: V,
}

impl<V> Table<V> {
    /// A table of at most so many values, one or more.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, rows: HashMap::default(), evicted: 0 }
    }

    /// The value of a name, where it is known.
    pub(crate) fn known(&mut self, turn: u64, name: &[u8]) -> Option<&mut V> {
        let row = self.rows.get_mut(name)?;
        row.count += 1;
        row.turn = turn;
        Some(&mut row.value)
    }

    /// The value of a name, new if need be, in which case it may have taken the place of another, which is given too.
    pub(crate) fn get(&mut self, turn: u64, name: &str, new: impl FnOnce() -> V) -> (&mut V, Option<V>) {
        let mut gone = None;
        if !self.rows.contains_key(name.as_bytes()) {
            if self.rows.len() >= self.most {
                gone = self.evict();
            }
            self.rows.insert(Name(name.into()), Row { count: 0, turn, value: new() });
        }
        let row = self.rows.get_mut(name.as_bytes()).expect("it is there, or was made just now");
        row.count += 1;
        row.turn = turn;
        (&mut row.value, gone)
    }

    fn evict(&mut self) -> Option<V> {
        let rarest = self.rows.iter().min_by_key(|(_, row)| (row.count, row.turn))?.0.clone();
        self.evicted += 1;
        if self.evicted.is_multiple_of(self.most as u64) {
            // What was frequent once, and is no more, does not stay forever.
            self.rows.values_mut().for_each(|row| row.count /= 2);
        }
        self.rows.remove(rarest.0.as_bytes()).map(|row| row.value)
    }

    /// All of them, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.rows.iter().map(|(name, row)| (&*name.0, &row.value))
    }

    /// Likewise, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut V)> {
        self.rows.iter_mut().map(|(name, row)| (&*name.0, &mut row.value))
    }

    /// How many have made room for others.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_flood_of_names_is_bounded_and_leaves_what_comes_again() {
        let mut table = Table::new(8);
        for turn in 0..10_000 {
            *table.get(turn, &format!("once-{turn}"), || 0).0 += 1;
            *table.get(turn, "again", || 0).0 += 1;
        }
        assert_eq!(table.iter().count(), 8);
        assert_eq!(table.iter().find(|(name, _)| *name == "again").unwrap().1, &10_000);
        assert_eq!(table.evicted(), 10_001 - 8);
    }

    #[test]
    fn what_was_frequent_once_makes_room_at_last() {
        let mut table = Table::new(4);
        for turn in 0..1000 {
            table.get(turn, "gone", || ());
        }
        for turn in 1000..1100 {
            table.get(turn, &format!("once-{turn}"), || ());
        }
        assert!(table.iter().all(|(name, ())| name != "gone"));
    }

    #[test]
    fn what_makes_room_is_given_back() {
        let mut table = Table::new(1);
        assert_eq!(table.get(0, "a", || 1), (&mut 1, None));
        assert_eq!(table.get(1, "a", || 2), (&mut 1, None));
        assert_eq!(table.get(2, "b", || 3), (&mut 3, Some(1)));
    }
}
