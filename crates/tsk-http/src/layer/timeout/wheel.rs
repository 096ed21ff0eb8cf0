//! A coarse wheel: who is to be woken at which tick.
//!
//! An entry is put in and taken out in a few steps, however many there are, and its place is used again. It
//! knows no clock: time is a number of ticks, which its owner counts.

use std::task::Waker;

/// Ticks in a round. An entry that is further away stays in its slot for further rounds.
const SLOTS: usize = 512;

/// The end of a list.
const NONE: u32 = u32::MAX;

/// Those who wait, by the tick that they wait for.
#[derive(Debug)]
pub(super) struct Wheel {
    /// Of each slot, the first entry. Empty until there is one.
    slots: Box<[u32]>,
    entries: Vec<Entry>,
    /// The first of the places that may be used again.
    free: u32,
    len: usize,
    /// Names are given once, so that one who has gone cannot take out another.
    next_id: u64,
    /// The last tick that has passed.
    now: u64,
}

/// A place for one who waits; the places of a slot, and those that are free, are lists.
#[derive(Debug)]
struct Entry {
    /// `None` where the place is free.
    waker: Option<Waker>,
    tick: u64,
    id: u64,
    previous: u32,
    next: u32,
}

/// Names an entry, also once it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    place: u32,
    id: u64,
}

impl Default for Wheel {
    fn default() -> Self {
        Self { slots: Box::default(), entries: Vec::new(), free: NONE, len: 0, next_id: 0, now: 0 }
    }
}

impl Wheel {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Has `waker` woken at `tick`, or at the next one where that has passed. `None` where there is no place
    /// left, which takes four thousand million that wait.
    pub(super) fn insert(&mut self, tick: u64, waker: Waker) -> Option<Key> {
        if self.slots.is_empty() {
            self.slots = vec![NONE; SLOTS].into();
        }
        let place = match self.free {
            NONE => {
                let place = u32::try_from(self.entries.len()).ok().filter(|&place| place != NONE)?;
                self.entries.push(Entry { waker: None, tick: 0, id: 0, previous: NONE, next: NONE });
                place
            }
            free => {
                self.free = self.entry(free).next;
                free
            }
        };
        let tick = tick.max(self.now + 1);
        let first = std::mem::replace(&mut self.slots[slot(tick)], place);
        if first != NONE {
            self.entry(first).previous = place;
        }
        let id = self.next_id;
        self.next_id += 1;
        self.len += 1;
        *self.entry(place) = Entry { waker: Some(waker), tick, id, previous: NONE, next: first };
        Some(Key { place, id })
    }

    /// Has another woken in the place of the one before, who is given back: dropping a waker can drop a task,
    /// and what it holds, so that is not for here. `Err` where the entry is gone.
    pub(super) fn replace(&mut self, key: Key, waker: Waker) -> Result<Option<Waker>, Waker> {
        match self.find(key) {
            Some(entry) => Ok(entry.waker.replace(waker)),
            None => Err(waker),
        }
    }

    /// Takes an entry out, if it is still there.
    pub(super) fn remove(&mut self, key: Key) -> Option<Waker> {
        self.find(key)?;
        self.take(key.place)
    }

    /// Lets time pass, and gives those who waited for it to `woken`.
    pub(super) fn advance(&mut self, now: u64, woken: &mut Vec<Waker>) {
        // A round meets every slot: after a long stop there is nothing to be gained by a second.
        let passed = now.saturating_sub(self.now).min(SLOTS as u64);
        self.now = self.now.max(now);
        for tick in (self.now - passed + 1)..=self.now {
            let mut place = self.slots.get(slot(tick)).copied().unwrap_or(NONE);
            while place != NONE {
                let Entry { tick, next, .. } = *self.entry(place);
                if tick <= self.now {
                    woken.extend(self.take(place));
                }
                place = next;
            }
        }
    }

    /// Takes all out, gives back the room they took, and begins with tick 0 again.
    pub(super) fn reset(&mut self) -> Vec<Waker> {
        let wheel = std::mem::replace(self, Self { next_id: self.next_id, ..Self::default() });
        wheel.entries.into_iter().filter_map(|entry| entry.waker).collect()
    }

    fn find(&mut self, Key { place, id }: Key) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(place as usize)?;
        (entry.id == id && entry.waker.is_some()).then_some(entry)
    }

    fn take(&mut self, place: u32) -> Option<Waker> {
        let free = std::mem::replace(&mut self.free, place);
        let entry = self.entry(place);
        let Entry { tick, previous, .. } = *entry;
        let next = std::mem::replace(&mut entry.next, free);
        let waker = entry.waker.take();
        match previous {
            NONE => self.slots[slot(tick)] = next,
            previous => self.entry(previous).next = next,
        }
        if next != NONE {
            self.entry(next).previous = previous;
        }
        self.len -= 1;
        waker
    }

    fn entry(&mut self, place: u32) -> &mut Entry {
        &mut self.entries[place as usize]
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a remainder by a small number")]
fn slot(tick: u64) -> usize {
    (tick % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests;
