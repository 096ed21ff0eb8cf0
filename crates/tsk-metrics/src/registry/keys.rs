//! Series by the keys that macros have.
#![allow(
    clippy::mutable_key_type,
    reason = "the hash of a key is made once, and is all that is hashed of it"
)]

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::{PoisonError, RwLock},
};

use metrics::Key;

use super::Series;

const SHARDS: usize = 16;

/// Series by the keys that macros have, which may be several for one series.
#[derive(Debug, Default)]
pub(super) struct Keys([RwLock<HashMap<Key, Series, BuildHasherDefault<Made>>>; SHARDS]);

impl Keys {
    pub(super) fn get(&self, key: &Key) -> Option<Series> {
        self.shard(key).read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps a key, unless its shard has more than `max` of them: names that differ only in what cannot be in a name are keys
    /// of one series, and a program may make them of what it is sent.
    pub(super) fn insert(&self, key: &Key, series: &Series, max: usize) {
        let mut shard = self.shard(key).write().unwrap_or_else(PoisonError::into_inner);
        if shard.len() < max {
            shard.insert(key.clone(), series.clone());
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    fn shard(&self, key: &Key) -> &RwLock<HashMap<Key, Series, BuildHasherDefault<Made>>> {
        // Not the bits by which the map itself chooses.
        &self.0[(key.get_hash() >> 32) as usize % SHARDS]
    }
}

/// The hash that a key brings along.
#[derive(Debug, Default)]
struct Made(u64);

impl Hasher for Made {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
