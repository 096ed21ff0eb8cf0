//! Who asks most, in a table that has room for a few: Space-Saving.

/// A table with room for so many; who is not in it takes the place of whoever has asked least, and his number.
#[derive(Debug, Clone)]
pub(super) struct SpaceSaving<T> {
    /// Beside the entries, as it is these that are looked through.
    hashes: Vec<u64>,
    entries: Vec<Entry<T>>,
    room: usize,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Entry<T> {
    pub(super) name: String,
    /// How often it was counted, and what it has inherited.
    pub(super) count: u64,
    /// How much of that it may have inherited.
    pub(super) excess: u64,
    /// What else is kept of it, since it has come.
    pub(super) value: T,
}

/// Begins anew, for somebody else.
pub(super) trait Reset {
    fn reset(&mut self);
}

impl<T: Default + Reset> SpaceSaving<T> {
    /// There is room for one at least.
    pub(super) fn new(room: usize) -> Self {
        Self { hashes: Vec::new(), entries: Vec::new(), room: room.max(1) }
    }

    /// Counts one by its name, and the hash of that.
    pub(super) fn count(&mut self, hash: u64, name: &str) -> &mut T {
        let found = self.hashes.iter().position(|known| *known == hash);
        // Two names of one hash are told apart, as whoever comes later takes another place.
        let found = found.filter(|index| self.entries[*index].name == name);
        let index = match found {
            Some(index) => index,
            None if self.entries.len() < self.room => {
                self.hashes.push(hash);
                self.entries.push(Entry { name: name.to_owned(), count: 0, excess: 0, value: T::default() });
                self.entries.len() - 1
            }
            None => self.replace(hash, name),
        };
        let entry = &mut self.entries[index];
        entry.count += 1;
        &mut entry.value
    }

    fn replace(&mut self, hash: u64, name: &str) -> usize {
        let least = self.entries.iter().enumerate().min_by_key(|(_, entry)| entry.count);
        let index = least.map_or(0, |(index, _)| index);
        self.hashes[index] = hash;
        let entry = &mut self.entries[index];
        entry.name.clear();
        entry.name.push_str(name);
        entry.excess = entry.count;
        entry.value.reset();
        index
    }

    /// All of them, whoever has asked most first.
    pub(super) fn top(&self) -> Vec<&Entry<T>> {
        let mut top: Vec<_> = self.entries.iter().collect();
        top.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name)));
        top
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashMap,
        hash::{BuildHasher as _, RandomState},
    };

    use proptest::prelude::*;

    use super::*;

    impl Reset for () {
        fn reset(&mut self) {}
    }

    proptest! {
        /// What the paper proves: nobody is told too low, by no more too high than is said, and whoever has more than his share of
        /// the room is there.
        #[test]
        fn whoever_asks_most_is_there(asked in prop::collection::vec(0_u8..60, 0..2000), room in 1_usize..20) {
            let (mut table, random) = (SpaceSaving::<()>::new(room), RandomState::new());
            let mut exact: HashMap<String, u64> = HashMap::new();
            for who in &asked {
                // The first few ask more often.
                let name = format!("consumer {}", who % (1 + who / 4));
                table.count(random.hash_one(&name), &name);
                *exact.entry(name).or_default() += 1;
            }
            let top = table.top();
            prop_assert!(top.len() <= room);
            prop_assert_eq!(top.iter().map(|entry| entry.count).sum::<u64>(), asked.len() as u64);
            for Entry { name, count, excess, .. } in &top {
                let exact = exact[name];
                prop_assert!(*count >= exact && count - excess <= exact, "{name}: {count} - {excess}, {exact}");
            }
            for (name, count) in exact {
                if count > asked.len() as u64 / room as u64 {
                    prop_assert!(top.iter().any(|entry| entry.name == name), "{name} has asked {count} times");
                }
            }
        }
    }

    #[test]
    fn two_of_one_hash_are_told_apart() {
        let mut table = SpaceSaving::<()>::new(4);
        table.count(7, "ada");
        table.count(7, "grace");
        let names: Vec<_> = table.top().into_iter().map(|entry| &*entry.name).collect();
        assert_eq!(names, ["ada", "grace"]);
    }
}
