//! Operations that are kept, to be run again without being looked at again.

use std::{fmt, sync::Arc};

use quick_cache::{Equivalent, Weighter, sync::Cache};

use crate::operation::Operation;

/// Operations by their document and name, in so many bytes.
///
/// What is looked up is the whole document: its hash, whose seed is of this process, only says where. So no other document is
/// taken for it, whatever collides.
pub(crate) struct Operations(Option<Table>);

type Table = Cache<Key, Arc<Operation>, Weight>;

/// A document is held once, by the operation.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    document: Arc<str>,
    operation: Option<Box<str>>,
}

#[derive(Hash)]
struct Wanted<'a> {
    document: &'a str,
    operation: Option<&'a str>,
}

impl Equivalent<Key> for Wanted<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.document == &*key.document && self.operation == key.operation.as_deref()
    }
}

#[derive(Clone)]
struct Weight;

/// What a byte of a document takes once it is parsed, measured for documents of many short fields, with its text twice.
const FACTOR: u64 = 40;
/// What there is of an operation whatever is in it.
const LEAST: u64 = 1024;

impl Weighter<Key, Arc<Operation>> for Weight {
    fn weight(&self, key: &Key, _: &Arc<Operation>) -> u64 {
        LEAST + key.document.len() as u64 * FACTOR
    }
}

impl Operations {
    /// A table of at most so many bytes; of none if it is 0.
    pub(crate) fn new(bytes: u64) -> Self {
        let usual = usize::try_from(bytes / 16_384).unwrap_or(usize::MAX).clamp(16, 1 << 16);
        Self((bytes > 0).then(|| Cache::with_weighter(usual, bytes, Weight)))
    }

    /// An operation that was prepared before.
    #[inline]
    pub(crate) fn get(&self, document: &str, operation: Option<&str>) -> Option<Arc<Operation>> {
        self.0.as_ref()?.get(&Wanted { document, operation })
    }

    pub(crate) fn insert(&self, document: &str, name: Option<&str>, operation: &Arc<Operation>) {
        if let Some(table) = &self.0 {
            let key = Key { document: document.into(), operation: name.map(Into::into) };
            table.insert(key, Arc::clone(operation));
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<Operation>> {
        self.0.as_ref().map_or_else(Vec::new, |table| table.iter().map(|(_, operation)| operation).collect())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, Table::len)
    }

    /// The bytes in use, by our reckoning.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, Table::weight)
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operations").field("operations", &self.len()).field("bytes", &self.bytes()).finish()
    }
}
