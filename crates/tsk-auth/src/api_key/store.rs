//! Where keys are kept.

use std::{future::Future, pin::Pin, sync::Arc};

use super::Record;
pub use crate::stored::Stored;

/// Where what is kept of keys is kept. [`FileStore`](super::FileStore) is one.
///
/// A store that cannot be asked says so by an error: nobody is let in then.
pub trait Store: std::fmt::Debug + Send + Sync + 'static {
    /// The record with that identifier.
    fn find(&self, id: &str) -> Stored<'_, Option<Arc<Record>>>;

    /// All records, in the order of their making.
    fn list(&self) -> Stored<'_, Vec<Arc<Record>>>;

    /// Keeps a record in the place of `before`, which is the one with its identifier, or of none: `false` if there is another
    /// by now, and then nothing is changed. What is said of their last use does not count.
    fn replace(&self, before: Option<&Record>, record: Record) -> Stored<'_, bool>;

    /// Notes that a key was used, at a time in seconds since 1970. It may be written down later, and lost. `true` if no use of it
    /// is known here.
    fn touch(&self, id: &str, now: u64) -> bool;

    /// What it does besides, until it is dropped: reading what others have written, say. Default: nothing.
    fn run(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}
