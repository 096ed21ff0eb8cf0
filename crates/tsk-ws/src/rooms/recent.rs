//! What a room has had already, so that what a client sends again is not done twice.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use super::phoenix::Payload;

/// The messages that a room has had lately, by their names: a bounded number, for a bounded time, with what their senders were
/// told. What is beyond either is forgotten, the oldest first.
#[derive(Debug)]
pub struct Recent {
    known: HashMap<Name, Done>,
    order: VecDeque<(Instant, Name)>,
    count: usize,
    age: Duration,
    /// Those whose response is remembered, the oldest first.
    responses: VecDeque<(Name, usize)>,
    bytes: usize,
}

/// Who sent a message, and what the sender calls it: one who is not known by name is told apart by nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    sender: Option<Box<str>>,
    id: Box<str>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Done {
    /// Where it was said, if it was.
    pub offset: Option<u64>,
    /// What else its sender was told.
    pub response: Option<Payload<'static>>,
}

/// The longest identifier of a message, in bytes.
pub const MAX_ID: usize = 64;

/// What all responses may take that are remembered of a room, in bytes. Of the oldest it is remembered beyond that that there was
/// one: what was done is not done again.
pub const MAX_RESPONSES: usize = 64 << 10;

impl Name {
    /// `None` for an identifier longer than [`MAX_ID`].
    pub fn new(sender: Option<&str>, id: &str) -> Option<Self> {
        (id.len() <= MAX_ID).then(|| Self { sender: sender.map(Into::into), id: id.into() })
    }
}

impl Recent {
    /// Remembers at most so many, for so long.
    pub fn new(count: usize, age: Duration) -> Self {
        let (known, order, responses) = (HashMap::new(), VecDeque::new(), VecDeque::new());
        Self { known, order, count, age, responses, bytes: 0 }
    }

    /// Remembers at most so many, for so long, from now on.
    pub fn limit(&mut self, count: usize, age: Duration) {
        (self.count, self.age) = (count, age);
    }

    /// What became of a message, if it is known.
    pub fn get(&mut self, name: &Name, now: Instant) -> Option<&Done> {
        self.forget(now);
        self.known.get(name)
    }

    /// Remembers what became of a message.
    pub fn insert(&mut self, name: Name, done: Done, now: Instant) {
        self.forget(now);
        if self.count == 0 || self.known.contains_key(&name) {
            return;
        }
        if let Some(response) = &done.response {
            self.bytes += response.len();
            self.responses.push_back((name.clone(), response.len()));
        }
        self.known.insert(name.clone(), done);
        self.order.push_back((now, name));
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

    /// Forgets what is too old, and says whether anything is left.
    pub fn forget(&mut self, now: Instant) -> bool {
        while let Some((at, _)) = self.order.front() {
            if self.order.len() <= self.count && now.saturating_duration_since(*at) < self.age {
                break;
            }
            if let Some((_, name)) = self.order.pop_front()
                && self.known.remove(&name).is_some_and(|done| done.response.is_some())
                && let Some((_, bytes)) = self.responses.pop_front()
            {
                // Responses are in the same order, so that it was the first of them.
                self.bytes -= bytes;
            }
        }
        while self.bytes > MAX_RESPONSES {
            let Some((name, bytes)) = self.responses.pop_front() else { break };
            self.bytes -= bytes;
            if let Some(done) = self.known.get_mut(&name) {
                done.response = None;
            }
        }
        !self.known.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn name(sender: Option<&str>, id: &str) -> Name {
        Name::new(sender, id).unwrap()
    }

    fn said(offset: u64) -> Done {
        Done { offset: Some(offset), response: None }
    }

    #[test]
    fn what_was_said_is_known_for_a_while_and_to_its_sender_alone() {
        let now = Instant::now();
        let mut recent = Recent::new(10, MINUTE);
        recent.insert(name(Some("ada"), "m1"), said(7), now);
        assert_eq!(recent.get(&name(Some("ada"), "m1"), now), Some(&said(7)));
        assert_eq!(recent.get(&name(Some("eve"), "m1"), now), None);
        assert_eq!(recent.get(&name(None, "m1"), now), None);
        assert_eq!(recent.get(&name(Some("ada"), "m1"), now + MINUTE), None);
        assert!(recent.is_empty());
        assert_eq!(Name::new(None, &"x".repeat(MAX_ID + 1)), None);
    }

    proptest! {
        #[test]
        fn however_many_are_said_few_are_remembered(
            ids in proptest::collection::vec(("[a-c]{1,3}", 0_usize..MAX_RESPONSES * 2), 0..200),
            count in 0_usize..9,
        ) {
            let now = Instant::now();
            let mut recent = Recent::new(count, MINUTE);
            for (offset, (id, length)) in ids.iter().enumerate() {
                let response = (length % 3 > 0).then(|| Payload::Binary(vec![0; *length].into()));
                recent.insert(name(None, id), Done { offset: Some(offset as u64), response }, now);
                prop_assert!(recent.len() <= count);
                prop_assert_eq!(recent.known.len(), recent.order.len());
                let kept = recent.known.values().filter_map(|done| done.response.as_ref());
                let (number, bytes) = kept.fold((0, 0), |(number, bytes), kept| (number + 1, bytes + kept.len()));
                prop_assert_eq!((number, bytes), (recent.responses.len(), recent.bytes));
                prop_assert!(bytes <= MAX_RESPONSES);
                // What was done is not done again, whatever room there is for what was said of it.
                prop_assert!(count == 0 || recent.get(&name(None, id), now).is_some());
            }
        }
    }
}
