//! What the catalogue has, for as long as the process lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use tsk::core::problem::Kind;
use tsk::prelude::*;

use crate::model::{Author, Book, Fine, Isbn, Loan, Shelf};

/// Of each kind. The oldest make room: an example is not asked for what it had.
const MOST: usize = 10_000;

const NO_SUCH_THING: Kind =
    Kind { uri: "urn:catalogue:none", title: "No such thing", status: StatusCode::NOT_FOUND };

/// All there is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store(Arc<Mutex<Things>>);

#[derive(Debug, Default)]
pub(crate) struct Things {
    pub(crate) books: Shelved<Isbn, Book>,
    pub(crate) covers: Shelved<Isbn, Bytes>,
    pub(crate) summaries: Shelved<Isbn, String>,
    pub(crate) authors: Shelved<u32, Author>,
    pub(crate) loans: Shelved<u32, Loan>,
    pub(crate) fines: Shelved<u32, Fine>,
    pub(crate) shelf: Shelf,
}

/// Things by their keys, as many as there is room for.
#[derive(Debug)]
pub(crate) struct Shelved<K, V>(BTreeMap<K, V>);

impl Store {
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Things) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K: Ord + Clone, V> Shelved<K, V> {
    /// Whether it is there.
    pub(crate) fn has(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn get(&mut self, key: &K) -> Result<&mut V, Problem> {
        self.0.get_mut(key).ok_or_else(none)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Result<V, Problem> {
        self.0.remove(key).ok_or_else(none)
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.0.pop_first();
        }
        self.0.insert(key, value);
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &V> {
        self.0.values()
    }
}

impl<V> Shelved<u32, V> {
    /// A number that nothing has had yet.
    pub(crate) fn next(&self) -> u32 {
        self.0.keys().next_back().map_or(1, |last| last.wrapping_add(1))
    }
}

impl<K, V> Default for Shelved<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

/// That there is no such thing.
pub(crate) fn none() -> Problem {
    Problem::of(NO_SUCH_THING)
}
