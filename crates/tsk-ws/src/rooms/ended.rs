//! Where rooms had got to that were forgotten.

use std::collections::{BTreeMap, HashMap};

use super::{history::Position, topic::Topic};

/// Where rooms had got to that were forgotten, so that one which begins again goes on from there: whoever comes back is told what
/// it has missed, and nothing where that is nothing.
///
/// It is of a bounded number, and the room is forgotten here that was first. Whoever comes back to that is told that something may be
/// lost, as nobody knows any more whether something is.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    rooms: HashMap<Topic, (u64, Position)>,
    /// In the order in which they ended.
    order: BTreeMap<u64, Topic>,
    count: u64,
}

impl Ended {
    /// A room has ended; at most so many are known.
    pub(crate) fn put(&mut self, topic: &Topic, position: Position, most: usize) {
        self.take(topic);
        self.count += 1;
        self.rooms.insert(topic.clone(), (self.count, position));
        self.order.insert(self.count, topic.clone());
        while self.order.len() > most {
            let Some((_, first)) = self.order.pop_first() else { return };
            self.rooms.remove(&first);
        }
    }

    /// A room begins again.
    pub(crate) fn take(&mut self, topic: &Topic) -> Option<Position> {
        let (number, position) = self.rooms.remove(topic)?;
        self.order.remove(&number);
        Some(position)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::rooms::history::Epoch;

    proptest! {
        #[test]
        fn the_last_so_many_are_known_each_once(
            steps in proptest::collection::vec((0_u8..9, any::<bool>()), 0..60),
            most in 0_usize..5,
        ) {
            let (mut ended, mut model) = (Ended::default(), Vec::<(u8, u64)>::new());
            for (number, (room, ends)) in (0..).zip(steps) {
                let topic = Topic::new(&room.to_string()).unwrap();
                let known = model.iter().position(|(other, _)| *other == room).map(|at| model.remove(at).1);
                if ends {
                    ended.put(&topic, Position { epoch: Epoch(1), offset: number }, most);
                    model.push((room, number));
                    model.drain(..model.len().saturating_sub(most));
                } else {
                    prop_assert_eq!(ended.take(&topic).map(|position| position.offset), known);
                }
                prop_assert_eq!((ended.rooms.len(), ended.order.len()), (model.len(), model.len()));
            }
        }
    }
}
