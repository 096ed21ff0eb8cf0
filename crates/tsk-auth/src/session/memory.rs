//! Sessions in memory.

use std::{
    collections::{BTreeSet, HashMap},
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Key, Record, Store, Stored};

#[cfg(test)]
mod tests;

/// Sessions of one subject at most: who logs in without end ends its own, and nobody else's.
pub(super) const MAX_A_SUBJECT: usize = 20;

/// Sessions in the memory of one process: for a service of one instance, whose users may be asked to log in again when it
/// starts.
///
/// It has a bound in sessions and in bytes. When it is full, a new session takes the place of the one that would end first,
/// but that of somebody who has not logged in never takes the place of one who has. A subject has 20 at most, the newest.
pub struct MemoryStore {
    sessions: usize,
    bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    records: HashMap<Key, Arc<Record>>,
    /// Those of nobody first, then in the order in which they end, if they are not used.
    order: BTreeSet<(bool, u64, Key)>,
    subjects: HashMap<Box<str>, Vec<Key>>,
    bytes: usize,
}

impl MemoryStore {
    /// A store of at most so many sessions, and so many bytes.
    pub fn new(sessions: usize, bytes: usize) -> Self {
        Self { sessions: sessions.max(1), bytes, kept: Mutex::default() }
    }

    /// The number of sessions, those past their time among them that have not made room yet.
    pub fn len(&self) -> usize {
        self.kept().records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes in use, by our reckoning.
    pub fn bytes(&self) -> usize {
        self.kept().bytes
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_now(&self, record: Arc<Record>, before: Option<u64>, now: u64) -> io::Result<bool> {
        let mut kept = self.kept();
        if kept.revision(record.key) != before {
            return Ok(false);
        }
        let old = kept.remove(record.key);
        self.keep(&mut kept, record, old, now).map(|()| true)
    }

    fn renew_now(&self, mark: Arc<Record>, before: u64, next: Arc<Record>, now: u64) -> io::Result<bool> {
        let mut kept = self.kept();
        if kept.revision(mark.key) != Some(before) || kept.revision(next.key).is_some() {
            return Ok(false);
        }
        let old = kept.remove(mark.key);
        self.keep(&mut kept, next, old, now)?;
        // Where there is no room for the mark, who comes by the key before is told that there is nothing.
        let _ = self.keep(&mut kept, mark, None, now);
        Ok(true)
    }

    /// Keeps a record, or leaves `old` where it was.
    fn keep(
        &self,
        kept: &mut Kept,
        record: Arc<Record>,
        old: Option<Arc<Record>>,
        now: u64,
    ) -> io::Result<()> {
        if record.size() <= self.bytes {
            if let Some(first) = kept.over(&record) {
                kept.remove(first);
            }
            if kept.make_room(&record, self.sessions, self.bytes, now) {
                kept.insert(record);
                return Ok(());
            }
        }
        if let Some(old) = old {
            kept.insert(old);
        }
        Err(io::Error::new(io::ErrorKind::StorageFull, "there is no room for another session in memory"))
    }
}

fn place(record: &Record) -> (bool, u64, Key) {
    (record.subject.is_some(), record.until, record.key)
}

impl Kept {
    fn revision(&self, key: Key) -> Option<u64> {
        self.records.get(&key).map(|record| record.revision)
    }

    fn insert(&mut self, record: Arc<Record>) {
        self.order.insert(place(&record));
        self.bytes += record.size();
        if let Some(subject) = &record.subject {
            self.subjects.entry(subject.clone()).or_default().push(record.key);
        }
        self.records.insert(record.key, record);
    }

    fn remove(&mut self, key: Key) -> Option<Arc<Record>> {
        let record = self.records.remove(&key)?;
        self.order.remove(&place(&record));
        self.bytes -= record.size();
        if let Some(subject) = &record.subject
            && let Some(keys) = self.subjects.get_mut(subject)
        {
            keys.retain(|other| *other != key);
            if keys.is_empty() {
                self.subjects.remove(subject);
            }
        }
        Some(record)
    }

    /// The session of a subject that has to go for another.
    fn over(&self, record: &Record) -> Option<Key> {
        let keys = self.subjects.get(record.subject.as_ref()?)?;
        let created = |key: &&Key| self.records.get(key).map(|record| record.created);
        if keys.len() < MAX_A_SUBJECT { None } else { keys.iter().min_by_key(created).copied() }
    }

    /// Makes room for a record: `false` if there is none to be made.
    fn make_room(&mut self, record: &Record, sessions: usize, bytes: usize, now: u64) -> bool {
        let size = record.size();
        for known in [false, true] {
            while let Some((of, until, key)) = self.order.range((known, 0, Key::FIRST)..).next().copied()
                && of == known
                && until <= now
            {
                self.remove(key);
            }
        }
        while self.records.len() >= sessions || self.bytes + size > bytes {
            match self.order.first().copied() {
                Some((known, _, key)) if record.subject.is_some() || !known => drop(self.remove(key)),
                _ => return false,
            }
        }
        true
    }

    fn touch(&mut self, key: Key, used: u64, until: u64) {
        if let Some(record) = self.records.get_mut(&key)
            && record.used < used
            && !record.moved
        {
            self.order.remove(&place(record));
            let record = Arc::make_mut(record);
            (record.used, record.until) = (used, until);
            self.order.insert(place(record));
        }
    }

    fn remove_of(&mut self, key: Key, subject: Option<&str>) -> bool {
        let is_it = self
            .records
            .get(&key)
            .is_some_and(|record| subject.is_none() || record.subject.as_deref() == subject);
        is_it && self.remove(key).is_some()
    }

    fn remove_all(&mut self, subject: &str, but: Option<Key>) -> usize {
        let keys = self.subjects.get(subject).cloned().unwrap_or_default();
        keys.into_iter().filter(|key| Some(*key) != but && self.remove(*key).is_some()).count()
    }

    fn list(&self, subject: &str) -> Vec<Arc<Record>> {
        let keys = self.subjects.get(subject).into_iter().flatten();
        let mut records: Vec<_> = keys.filter_map(|key| self.records.get(key).cloned()).collect();
        records.sort_by_key(|record| (record.created, record.key));
        records
    }
}

impl Store for MemoryStore {
    fn find(&self, key: Key) -> Stored<'_, Option<Arc<Record>>> {
        Stored::Done(Ok(self.kept().records.get(&key).cloned()))
    }

    fn put(&self, record: Arc<Record>, before: Option<u64>, now: u64) -> Stored<'_, bool> {
        Stored::Done(self.put_now(record, before, now))
    }

    fn touch(&self, key: Key, used: u64, until: u64) -> Stored<'_, ()> {
        self.kept().touch(key, used, until);
        Stored::Done(Ok(()))
    }

    fn renew(&self, mark: Arc<Record>, before: u64, next: Arc<Record>, now: u64) -> Stored<'_, bool> {
        Stored::Done(self.renew_now(mark, before, next, now))
    }

    fn remove<'a>(&'a self, key: Key, subject: Option<&'a str>) -> Stored<'a, bool> {
        Stored::Done(Ok(self.kept().remove_of(key, subject)))
    }

    fn remove_all<'a>(&'a self, subject: &'a str, but: Option<Key>) -> Stored<'a, usize> {
        Stored::Done(Ok(self.kept().remove_all(subject, but)))
    }

    fn list<'a>(&'a self, subject: &'a str) -> Stored<'a, Vec<Arc<Record>>> {
        Stored::Done(Ok(self.kept().list(subject)))
    }
}

/// Without who is in it.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("MemoryStore")
            .field("sessions", &kept.records.len())
            .field("bytes", &kept.bytes)
            .finish_non_exhaustive()
    }
}
