//! Families in memory.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    future::ready,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::store::{Advance, Family, FamilyId, Pending, Previous, Step, Store};

/// Families of one subject at most: who logs in without end ends its own, and nobody else's.
const MAX_A_SUBJECT: usize = 20;

/// Families in the memory of one process, of a bounded number: for a service of one instance, whose users may be asked to log
/// in again when it starts.
pub struct MemoryStore {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    families: HashMap<FamilyId, Family>,
    /// In the order in which they end, if they are not used.
    order: BTreeSet<(u64, FamilyId)>,
    subjects: HashMap<Box<str>, Vec<FamilyId>>,
}

impl MemoryStore {
    /// A store of at most so many families. When it is full, a new one takes the place of that which would end first. A
    /// subject has 20 of them at most, the newest.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), kept: Mutex::default() }
    }

    /// The number of families.
    pub fn len(&self) -> usize {
        self.kept().families.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn remove(&mut self, id: FamilyId) -> Option<Family> {
        let family = self.families.remove(&id)?;
        self.order.remove(&(family.until, id));
        if let Some(ids) = self.subjects.get_mut(&family.subject) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.subjects.remove(&family.subject);
            }
        }
        Some(family)
    }

    fn insert(&mut self, family: Family) {
        self.order.insert((family.until, family.id));
        self.subjects.entry(family.subject.clone()).or_default().push(family.id);
        self.families.insert(family.id, family);
    }

    fn advance(&mut self, id: FamilyId, step: &Step, now: u64) -> Advance {
        let Some(family) = self.families.get_mut(&id) else { return Advance::Unknown };
        if now >= family.until {
            self.remove(id);
            return Advance::Unknown;
        }
        let is_client = family.client == step.client;
        let is_again = |previous: &Previous| previous.token == step.shown && now < previous.until;
        if is_client && family.newest == step.shown {
            self.order.remove(&(family.until, id));
            (family.newest, family.until) = (step.next, step.until.min(family.ends));
            let previous = Previous { token: step.shown, sealed: step.sealed, until: step.again };
            family.previous = (now < step.again).then_some(previous);
            self.order.insert((family.until, id));
            return Advance::Done(family.clone());
        }
        if is_client && family.previous.as_ref().is_some_and(is_again) {
            return Advance::Again(family.clone());
        }
        self.remove(id).map_or(Advance::Unknown, Advance::Reused)
    }
}

impl Store for MemoryStore {
    fn insert(&self, family: Family, now: u64) -> Pending<()> {
        let mut kept = self.kept();
        while let Some((until, first)) = kept.order.first().copied()
            && (now >= until || kept.families.len() >= self.capacity)
        {
            kept.remove(first);
        }
        let oldest =
            kept.subjects.get(&family.subject).filter(|ids| ids.len() >= MAX_A_SUBJECT).map(|ids| ids[0]);
        if let Some(oldest) = oldest {
            kept.remove(oldest);
        }
        kept.insert(family);
        Box::pin(ready(Ok(())))
    }

    fn advance(&self, id: FamilyId, step: Step, now: u64) -> Pending<Advance> {
        Box::pin(ready(Ok(self.kept().advance(id, &step, now))))
    }

    fn remove(&self, id: FamilyId) -> Pending<()> {
        self.kept().remove(id);
        Box::pin(ready(Ok(())))
    }

    fn remove_all(&self, subject: Box<str>) -> Pending<()> {
        let mut kept = self.kept();
        for id in kept.subjects.get(&subject).cloned().unwrap_or_default() {
            kept.remove(id);
        }
        Box::pin(ready(Ok(())))
    }
}

/// Without who is in it.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("families", &self.len())
            .field("capacity", &self.capacity)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{super::store::TokenHash, *};

    #[tokio::test]
    async fn memory_has_a_bound_and_who_logs_in_without_end_ends_its_own() {
        let store = MemoryStore::new(100);
        let family = |number: u64, subject: &str, until| Family {
            id: FamilyId(u128::from(number).to_le_bytes()),
            subject: subject.into(),
            client: "".into(),
            scope: "".into(),
            newest: TokenHash([0; 32]),
            previous: None,
            until,
            ends: 1000,
        };
        for number in 0..10 {
            store.insert(family(number, "bob", 1000), 0).await.unwrap();
        }
        for number in 10..1000 {
            store.insert(family(number, "ada", 500), 0).await.unwrap();
        }
        assert_eq!(store.len(), 30);
        for number in 1000..2000 {
            store.insert(family(number, &number.to_string(), 600), 0).await.unwrap();
        }
        assert_eq!(store.len(), 100);
        assert_eq!(store.kept().subjects["bob"].len(), 10);
        store.insert(family(2000, "eve", 900), 700).await.unwrap();
        // What had ended by then is gone.
        assert_eq!(store.len(), 11);
        store.remove_all("bob".into()).await.unwrap();
        store.remove(FamilyId(2000_u128.to_le_bytes())).await.unwrap();
        let kept = store.kept();
        assert!(kept.families.is_empty() && kept.order.is_empty() && kept.subjects.is_empty());
    }
}
