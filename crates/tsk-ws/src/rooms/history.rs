//! What was said in a room lately, so that whoever comes back hears what it missed, or that it missed something.

use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    time::{Duration, Instant},
};

/// Which life of a room an offset is of: a room that was forgotten, or a server that was started anew, counts from zero again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex { u64::from_str_radix(text, 16).map(Self).map_err(drop) } else { Err(()) }
    }
}

/// Up to where somebody has heard what is said in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Which life of the room it is of.
    pub epoch: Epoch,
    /// The last message that was heard; 0 for none.
    pub offset: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.offset)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (epoch, offset) = text.split_once('-').ok_or(())?;
        let is_number = offset.bytes().all(|byte| byte.is_ascii_digit());
        let offset = offset.parse().ok().filter(|_| is_number).ok_or(())?;
        Ok(Self { epoch: epoch.parse()?, offset })
    }
}

/// How much of a room is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most messages.
    pub count: usize,
    /// For how long.
    pub age: Duration,
    /// The most bytes of messages.
    pub bytes: usize,
}

/// The latest messages of a room, the first of which has the offset 1. Each that is said has the next, whether it is kept or not.
#[derive(Debug)]
pub struct History<T> {
    epoch: Epoch,
    last: u64,
    kept: VecDeque<Kept<T>>,
    bytes: usize,
    limits: Limits,
}

#[derive(Debug)]
struct Kept<T> {
    at: Instant,
    bytes: usize,
    message: T,
}

/// What somebody has to be told who comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed<T> {
    /// What is lost, before what is not.
    pub gap: Option<Gap>,
    /// What is not, with the offset of each, in order.
    pub messages: Vec<(u64, T)>,
}

/// Messages that somebody does not hear, and never will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first of them; `None` where that cannot be told.
    pub from: Option<u64>,
    /// The last of them.
    pub to: u64,
}

impl<T: Clone> History<T> {
    /// A room in which nothing has been said.
    pub fn new(epoch: Epoch, limits: Limits) -> Self {
        Self::resumed(Position { epoch, offset: 0 }, limits)
    }

    /// A room that goes on from there, with nothing kept of what was said before.
    pub fn resumed(position: Position, limits: Limits) -> Self {
        let Position { epoch, offset: last } = position;
        Self { epoch, last, kept: VecDeque::new(), bytes: 0, limits }
    }

    /// Keeps so much from now on. What is kept already and is beyond that is forgotten next.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Where it has got to.
    pub fn position(&self) -> Position {
        Position { epoch: self.epoch, offset: self.last }
    }

    /// Whether anything is ever kept.
    pub fn is_kept(&self) -> bool {
        self.limits.count > 0
    }

    /// Something is said, of so many bytes. It gives the offset of it.
    pub fn push(&mut self, message: T, bytes: usize, now: Instant) -> u64 {
        self.last += 1;
        self.kept.push_back(Kept { at: now, bytes, message });
        self.bytes += bytes;
        self.forget(now);
        self.last
    }

    /// What came after a position.
    pub fn since(&mut self, position: Position, now: Instant) -> Missed<T> {
        self.forget(now);
        if position.epoch != self.epoch || position.offset > self.last {
            return self.all(now);
        }
        let (next, first) = (position.offset + 1, self.first());
        let gap = (next < first).then(|| Gap { from: Some(next), to: first - 1 });
        Missed { gap, messages: self.from(next.max(first)) }
    }

    /// All that is kept, for somebody of whom nobody knows what it has heard: what was said in another life is lost, and of this
    /// one all is new.
    pub fn all(&mut self, now: Instant) -> Missed<T> {
        self.forget(now);
        let first = self.first();
        Missed { gap: Some(Gap { from: None, to: first - 1 }), messages: self.from(first) }
    }

    /// The last so many.
    pub fn latest(&mut self, count: usize, now: Instant) -> Vec<(u64, T)> {
        self.forget(now);
        let count = u64::try_from(count.min(self.kept.len())).unwrap_or(u64::MAX);
        self.from(self.last + 1 - count)
    }

    /// Forgets what is too old, and says whether anything is left.
    pub fn forget(&mut self, now: Instant) -> bool {
        while let Some(oldest) = self.kept.front() {
            let fits = self.kept.len() <= self.limits.count && self.bytes <= self.limits.bytes;
            if fits && now.saturating_duration_since(oldest.at) < self.limits.age {
                return true;
            }
            if let Some(oldest) = self.kept.pop_front() {
                self.bytes -= oldest.bytes;
            }
        }
        false
    }

    /// What is kept, in bytes of messages.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many messages are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The offset of the first that is kept, or of the next where none is.
    fn first(&self) -> u64 {
        self.last + 1 - u64::try_from(self.kept.len()).unwrap_or(u64::MAX)
    }

    fn from(&self, offset: u64) -> Vec<(u64, T)> {
        let skipped = usize::try_from(offset - self.first()).unwrap_or(usize::MAX);
        (offset..).zip(self.kept.iter().skip(skipped).map(|kept| kept.message.clone())).collect()
    }
}

#[cfg(test)]
mod tests;
