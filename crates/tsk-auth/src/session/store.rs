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

    /// Ends a session: `false` if there is none.
    fn remove(&self, key: Key) -> Stored<'_, bool>;

    /// The sessions of a subject, in the order of their making.
    fn list(&self, subject: &str) -> Stored<'_, Vec<Arc<Record>>>;
}
