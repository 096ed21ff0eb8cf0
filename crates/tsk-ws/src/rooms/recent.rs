//! Which messages a room has had already, so that one which a client sends again is not said twice.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// The messages that a room has had lately, by who sent them and what the sender calls them: a bounded number, for a bounded
/// time. What is beyond either is forgotten, the oldest first.
#[derive(Debug)]
pub struct Recent {
    known: HashMap<Key, u64>,
    order: VecDeque<(Instant, Key)>,
    count: usize,
    age: Duration,
}

/// Who, and what: one who is not known by name is told apart by nothing else.
type Key = (Option<Box<str>>, Box<str>);

/// The longest identifier of a message, in bytes.
pub const MAX_ID: usize = 64;

impl Recent {
    /// Remembers at most so many, for so long.
    pub fn new(count: usize, age: Duration) -> Self {
        Self { known: HashMap::new(), order: VecDeque::new(), count, age }
    }

    /// Remembers at most so many, for so long, from now on.
    pub fn limit(&mut self, count: usize, age: Duration) {
        (self.count, self.age) = (count, age);
    }

    /// The offset at which a message was said, if it was.
    pub fn get(&mut self, sender: Option<&str>, id: &str, now: Instant) -> Option<u64> {
        self.forget(now);
        self.known.get(&(sender.map(Into::into), id.into())).copied()
    }

    /// Remembers at which offset a message was said. One with an identifier longer than [`MAX_ID`] is not remembered.
    pub fn insert(&mut self, sender: Option<&str>, id: &str, offset: u64, now: Instant) {
        if self.count == 0 || id.len() > MAX_ID {
            return;
        }
        let key: Key = (sender.map(Into::into), id.into());
        if self.known.insert(key.clone(), offset).is_none() {
            self.order.push_back((now, key));
        }
        self.forget(now);
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn forget(&mut self, now: Instant) {
        while let Some((at, _)) = self.order.front() {
            if self.order.len() <= self.count && now.duration_since(*at) < self.age {
                return;
            }
            if let Some((_, key)) = self.order.pop_front() {
                self.known.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn what_was_said_is_known_for_a_while_and_to_its_sender_alone() {
        let now = Instant::now();
        let mut recent = Recent::new(10, MINUTE);
        recent.insert(Some("ada"), "m1", 7, now);
        assert_eq!(recent.get(Some("ada"), "m1", now), Some(7));
        assert_eq!(recent.get(Some("eve"), "m1", now), None);
        assert_eq!(recent.get(None, "m1", now), None);
        assert_eq!(recent.get(Some("ada"), "m1", now + MINUTE), None);
        assert!(recent.is_empty());
    }

    proptest! {
        #[test]
        fn however_many_are_said_few_are_remembered(ids in proptest::collection::vec("[a-c]{1,3}", 0..200), count in 0_usize..9) {
            let now = Instant::now();
            let mut recent = Recent::new(count, MINUTE);
            for (offset, id) in ids.iter().enumerate() {
                recent.insert(None, id, offset as u64, now);
                prop_assert!(recent.len() <= count);
                prop_assert_eq!(recent.known.len(), recent.order.len());
            }
        }
    }
}
