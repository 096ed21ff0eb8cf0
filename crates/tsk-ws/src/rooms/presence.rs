//! Who is in a room, as the `Presence` of the official client understands it.
//!
//! A state is `{key: {metas: [{phx_ref, …}]}}`, where a key is somebody, and each of its metas one way in which it is there, such
//! as a window. A diff is `{joins: state, leaves: state}`. A meta never changes: one with another `phx_ref` takes its place.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

/// What is said of somebody in one of the ways in which it is there.
pub type Meta = Map<String, Value>;

/// Who is in a room.
///
/// Changes are collected, for as long as whoever has it likes, so that a crowd that comes at once is one diff and not as many as
/// there are people.
#[derive(Debug, Default)]
pub struct Presence {
    present: BTreeMap<Arc<str>, Vec<Arc<Present>>>,
    count: usize,
    references: u64,
    joins: Changes,
    leaves: Changes,
}

type Changes = Vec<(Arc<str>, Arc<Present>)>;

#[derive(Debug)]
struct Present {
    member: u64,
    reference: u64,
    meta: Meta,
}

impl Presence {
    /// Somebody is there, by that member of the room. If that one was there before, what was said of it is replaced.
    pub fn enter(&mut self, key: &str, member: u64, meta: Meta) {
        self.leave(key, member);
        self.references += 1;
        let present = Arc::new(Present { member, reference: self.references, meta });
        let key: Arc<str> = match self.present.get_key_value(key) {
            Some((key, _)) => Arc::clone(key),
            None => key.into(),
        };
        self.present.entry(Arc::clone(&key)).or_default().push(Arc::clone(&present));
        self.count += 1;
        self.joins.push((key, present));
    }

    /// Somebody is there no more by that member. `false` if it was not.
    pub fn leave(&mut self, key: &str, member: u64) -> bool {
        let Entry::Occupied(mut entry) = self.present.entry(key.into()) else { return false };
        let Some(at) = entry.get().iter().position(|present| present.member == member) else { return false };
        let gone = entry.get_mut().remove(at);
        let key = Arc::clone(entry.key());
        if entry.get().is_empty() {
            entry.remove();
        }
        self.count -= 1;
        // Nobody has been told that it came, so nobody is told that it went.
        match self.joins.iter().position(|(_, joined)| joined.reference == gone.reference) {
            Some(at) => drop(self.joins.swap_remove(at)),
            None => self.leaves.push((key, gone)),
        }
        true
    }

    /// In how many ways people are there.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Everybody, as the payload of `presence_state`.
    pub fn state(&self) -> String {
        let metas = self.present.iter().flat_map(|(key, metas)| metas.iter().map(move |meta| (key, meta)));
        serde_json::to_string(&State::of(metas)).expect("keys are text")
    }

    /// Whether there is something to tell.
    pub fn has_changed(&self) -> bool {
        !self.joins.is_empty() || !self.leaves.is_empty()
    }

    /// Takes what has changed, as the payload of `presence_diff`; `None` where nothing has.
    pub fn take_diff(&mut self) -> Option<String> {
        #[derive(Serialize)]
        struct Diff<'a> {
            joins: State<'a>,
            leaves: State<'a>,
        }
        let (joins, leaves) = (std::mem::take(&mut self.joins), std::mem::take(&mut self.leaves));
        if joins.is_empty() && leaves.is_empty() {
            return None;
        }
        let diff = Diff { joins: State::of_changes(&joins), leaves: State::of_changes(&leaves) };
        Some(serde_json::to_string(&diff).expect("keys are text"))
    }
}

/// Metas by their keys.
struct State<'a>(BTreeMap<&'a str, Vec<&'a Present>>);

impl<'a> State<'a> {
    fn of(metas: impl Iterator<Item = (&'a Arc<str>, &'a Arc<Present>)>) -> Self {
        let mut state = BTreeMap::<_, Vec<_>>::new();
        metas.for_each(|(key, present)| state.entry(&**key).or_default().push(&**present));
        Self(state)
    }

    fn of_changes(changes: &'a Changes) -> Self {
        Self::of(changes.iter().map(|(key, present)| (key, present)))
    }
}

impl Serialize for State<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Metas<'a> {
            metas: &'a [&'a Present],
        }
        serializer.collect_map(self.0.iter().map(|(key, metas)| (key, Metas { metas })))
    }
}

impl Serialize for Present {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("phx_ref", &format_args!("{:x}", self.reference))?;
        // What a client says of itself may not pass for ours.
        for (name, value) in
            self.meta.iter().filter(|(name, _)| *name != "phx_ref" && *name != "phx_ref_prev")
        {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
