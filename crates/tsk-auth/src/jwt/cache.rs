//! Tokens that were verified before.

use std::{
    fmt,
    hash::{BuildHasher, Hasher},
    sync::Arc,
};

use quick_cache::{Weighter, sync::Cache as Table};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Verified;

/// Verified tokens, in so many bytes.
///
/// What is looked up is the whole token, byte for byte: its hash only says where. So no other token is taken for it,
/// whatever collides. Only tokens that are genuine come in, so that a stranger cannot fill it.
pub(crate) struct Cache<C>(Option<Tokens<C>>);

type Tokens<C> = Table<Box<[u8]>, Arc<Verified<C>>, Weight, Seed>;

impl<C> Cache<C> {
    /// A cache of at most so many bytes; of none if it is 0.
    pub(crate) fn new(bytes: u64) -> Self {
        let table = || {
            let seed = Seed(fastrand::u64(..));
            // The number is of tokens of a usual size, and only says how much room there is from the start.
            Table::with(
                usize::try_from(bytes / 2048).unwrap_or(usize::MAX).clamp(1, 1 << 16),
                bytes,
                Weight,
                seed,
                Default::default(),
            )
        };
        Self((bytes > 0).then(table))
    }

    /// What was found out about a token, if it still holds.
    #[inline]
    pub(crate) fn get(&self, token: &[u8], now: u64) -> Option<Arc<Verified<C>>> {
        let table = self.0.as_ref()?;
        let found = table.get(token)?;
        if found.holds(now) {
            return Some(found);
        }
        table.remove(token);
        None
    }

    pub(crate) fn insert(&self, token: &[u8], verified: &Arc<Verified<C>>) {
        if let Some(table) = &self.0 {
            table.insert(token.into(), Arc::clone(verified));
        }
    }

    /// The bytes in use, by our reckoning.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, Table::weight)
    }

    /// The number of tokens.
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, Table::len)
    }

    /// Lets go of what holds no longer.
    pub(crate) fn sweep(&self, now: u64) {
        if let Some(table) = &self.0 {
            table.retain(|_, verified| verified.holds(now));
        }
    }
}

impl<C> fmt::Debug for Cache<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("tokens", &self.len()).field("bytes", &self.bytes()).finish()
    }
}

#[derive(Clone)]
struct Weight;

impl<C> Weighter<Box<[u8]>, Arc<Verified<C>>> for Weight {
    fn weight(&self, _: &Box<[u8]>, verified: &Arc<Verified<C>>) -> u64 {
        verified.size() as u64
    }
}

/// What a verified token takes at most, in bytes: itself, its texts, in our claims and in the application's, and for each
/// value a node of a tree that has grown by halves. What is no comma or bracket, because it is in a text, counts as well.
pub(crate) fn size(token: &[u8], payload: &[u8]) -> usize {
    // So few at a time that a byte counts them, which is done for many at once.
    let nodes =
        payload.chunks(255).map(|part| usize::from(part.iter().map(|byte| begins(*byte)).sum::<u8>()));
    let nodes = nodes.sum::<usize>();
    512 + token.len() + 2 * payload.len() + 256 * nodes
}

/// One where a value begins, and zero elsewhere.
fn begins(byte: u8) -> u8 {
    u8::from(byte == b',') | u8::from(byte == b'{') | u8::from(byte == b'[')
}

/// One that nobody outside knows, so that nobody can choose tokens which collide.
#[derive(Clone)]
struct Seed(u64);

impl BuildHasher for Seed {
    type Hasher = State;

    fn build_hasher(&self) -> State {
        State(self.0)
    }
}

struct State(u64);

impl Hasher for State {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    /// The length, which comes before the bytes that are all that is hashed.
    #[inline]
    fn write_usize(&mut self, length: usize) {
        self.0 ^= length as u64;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
