//! Where sessions are kept.

use std::{fmt, sync::Arc};

use super::{Key, Record, Stored};

/// Where sessions are kept. [`MemoryStore`](super::MemoryStore) is one.
///
/// What is written is there once the answer is, for every instance that shares the store. A store that cannot be asked says so
/// by an error: nobody is let in then. Times are in seconds since 1970.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// The record with that key, be it past its time or not.
    fn find(&self, key: Key) -> Stored<'_, Option<Arc<Record>>>;

    /// Keeps a record in the place of the one with its key that has this revision, or of none: `false` if it is another by now,
    /// or gone, and then nothing is changed.
    fn put(&self, record: Arc<Record>, before: Option<u64>, now: u64) -> Stored<'_, bool>;

    /// Notes that a session was used, and until when it holds therefore. Where there is none, there is none after.
    fn touch(&self, key: Key, used: u64, until: u64) -> Stored<'_, ()>;

    /// Puts `mark` in the place of the record with its key that has this revision, and keeps `next`, which is new: both, or
    /// nothing, and then it is `false`. A session goes on by it under another key; who ends all sessions of a subject meanwhile
    /// ends it under one or the other.
    fn renew(&self, mark: Arc<Record>, before: u64, next: Arc<Record>, now: u64) -> Stored<'_, bool>;

    /// Ends a session, if it is one of `subject` where that is given: `false` if there is none such.
    fn remove<'a>(&'a self, key: Key, subject: Option<&'a str>) -> Stored<'a, bool>;

    /// Ends all sessions of a subject but for one, at once, and gives how many there were.
    fn remove_all<'a>(&'a self, subject: &'a str, but: Option<Key>) -> Stored<'a, usize>;

    /// The sessions of a subject, in the order of their making.
    fn list<'a>(&'a self, subject: &'a str) -> Stored<'a, Vec<Arc<Record>>>;
}
