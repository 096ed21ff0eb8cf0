//! What waits to be sent to one client: bounded in bytes, with a policy for each room of what happens beyond.

use std::{collections::VecDeque, sync::Arc};

use super::history::Gap;

/// What happens to somebody who reads more slowly than is spoken in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Slow {
    /// It misses the oldest of what it has not read, and is told so.
    #[default]
    DropOldest,
    /// Of messages with one key it gets the latest alone, and beyond that misses the oldest.
    Coalesce,
    /// Its connection is closed.
    Disconnect,
}

/// One room of a client, by its number in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lane(usize);

impl Lane {
    /// What belongs to no room.
    pub const CONNECTION: Self = Self(0);
}

/// Something to be sent.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// What is sent.
    pub item: T,
    /// How many bytes it counts for.
    pub bytes: usize,
    /// The offset that it has in the history of its room: what has none is never dropped.
    pub offset: Option<u64>,
    /// What it says the latest of.
    pub key: Option<Arc<str>>,
}

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<T> {
    /// To send this.
    Item(T),
    /// To say that something of that room was missed.
    Gap(Lane, Gap),
}

/// It holds more than it may, and its client is to be disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// What waits to be sent to one client.
///
/// Each of its rooms has a lane. Within a lane the order is kept; the lanes take turns, so that a room in which much is said holds
/// up no other.
#[derive(Debug)]
pub struct Queue<T> {
    lanes: Vec<Option<Waiting<T>>>,
    /// The lanes that have something, each once.
    ready: VecDeque<Lane>,
    bytes: usize,
    limit: usize,
}

#[derive(Debug)]
struct Waiting<T> {
    entries: VecDeque<Entry<T>>,
    /// What was dropped. It came before all that is left.
    gap: Option<Gap>,
    bytes: usize,
    limit: usize,
    slow: Slow,
    is_ready: bool,
    /// Nothing more comes: the lane goes once it is empty.
    is_closing: bool,
}

impl<T> Queue<T> {
    /// Holds at most so many bytes, over all lanes. A single entry that is larger is let in where nothing else waits in its lane.
    pub fn new(limit: usize) -> Self {
        let connection = Waiting::new(limit, Slow::Disconnect);
        Self { lanes: vec![Some(connection)], ready: VecDeque::new(), bytes: 0, limit }
    }

    /// Opens a lane that holds at most so many bytes.
    pub fn open(&mut self, limit: usize, slow: Slow) -> Lane {
        let waiting = Some(Waiting::new(limit, slow));
        match self.lanes.iter().position(Option::is_none) {
            Some(free) => {
                self.lanes[free] = waiting;
                Lane(free)
            }
            None => {
                self.lanes.push(waiting);
                Lane(self.lanes.len() - 1)
            }
        }
    }

    /// Closes a lane: what was said in the room is not sent any more, and what is never dropped still is.
    pub fn close(&mut self, lane: Lane) {
        let Some(waiting) = self.lanes.get_mut(lane.0).and_then(Option::as_mut) else { return };
        waiting.is_closing = true;
        waiting.gap = None;
        waiting.entries.retain(|entry| entry.offset.is_none());
        let left = waiting.entries.iter().map(|entry| entry.bytes).sum();
        self.bytes -= waiting.bytes - left;
        waiting.bytes = left;
        if waiting.entries.is_empty() && !waiting.is_ready {
            self.lanes[lane.0] = None;
        }
    }

    /// Adds something.
    ///
    /// # Errors
    ///
    /// There is too much already, and none of it may be dropped.
    pub fn push(&mut self, lane: Lane, entry: Entry<T>) -> Result<(), Full> {
        let Some(waiting) = self.lanes.get_mut(lane.0).and_then(Option::as_mut) else { return Ok(()) };
        if waiting.is_closing && entry.offset.is_some() {
            return Ok(());
        }
        let before = waiting.bytes;
        if waiting.slow == Slow::Coalesce && entry.key.is_some() {
            waiting.supersede(entry.key.as_ref());
        }
        let over = |waiting: &Waiting<T>| {
            let total = self.bytes - (before - waiting.bytes) + entry.bytes;
            waiting.bytes > 0 && (waiting.bytes + entry.bytes > waiting.limit || total > self.limit)
        };
        while over(waiting) {
            if waiting.slow == Slow::Disconnect || !waiting.drop_oldest() {
                return Err(Full);
            }
        }
        waiting.bytes += entry.bytes;
        waiting.entries.push_back(entry);
        self.bytes = self.bytes + waiting.bytes - before;
        if !waiting.is_ready {
            waiting.is_ready = true;
            self.ready.push_back(lane);
        }
        Ok(())
    }

    /// Takes what is next; `None` where there is nothing.
    pub fn pop(&mut self) -> Option<Next<T>> {
        loop {
            let lane = *self.ready.front()?;
            let waiting = self.lanes[lane.0].as_mut().expect("a lane that is ready is there");
            // What is not part of the history before the gap, such as the answer to the join, goes first.
            let is_due = waiting.entries.front().is_none_or(|entry| entry.offset.is_some());
            if is_due && let Some(gap) = waiting.gap.take() {
                return Some(Next::Gap(lane, gap));
            }
            self.ready.pop_front();
            let Some(entry) = waiting.entries.pop_front() else {
                waiting.is_ready = false;
                if waiting.is_closing {
                    self.lanes[lane.0] = None;
                }
                continue;
            };
            waiting.bytes -= entry.bytes;
            self.bytes -= entry.bytes;
            // It takes its turn again, were it only to find that it has nothing.
            self.ready.push_back(lane);
            return Some(Next::Item(entry.item));
        }
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        *self = Self::new(self.limit);
    }

    /// How many bytes wait.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
            && self.lanes.iter().flatten().all(|waiting| waiting.entries.is_empty() && waiting.gap.is_none())
    }
}

impl<T> Waiting<T> {
    fn new(limit: usize, slow: Slow) -> Self {
        let entries = VecDeque::new();
        Self { entries, gap: None, bytes: 0, limit, slow, is_ready: false, is_closing: false }
    }

    /// Drops the oldest that may be dropped; `false` where there is none.
    fn drop_oldest(&mut self) -> bool {
        let Some(at) = self.entries.iter().position(|entry| entry.offset.is_some()) else { return false };
        let Some(Entry { bytes, offset: Some(offset), .. }) = self.entries.remove(at) else { return false };
        self.bytes -= bytes;
        let from = match self.gap {
            Some(Gap { from, .. }) => from,
            None => Some(offset),
        };
        self.gap = Some(Gap { from, to: offset });
        true
    }

    /// Drops what says the same of an earlier time: whoever hears the latest has missed nothing.
    fn supersede(&mut self, key: Option<&Arc<str>>) {
        if let Some(at) =
            self.entries.iter().position(|entry| entry.key.as_ref() == key && entry.offset.is_some())
            && let Some(entry) = self.entries.remove(at)
        {
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests;
