//! What was found out.

use std::{fmt, sync::Arc, time::Instant};

use quick_cache::{Weighter, sync::Cache};
use ring::hmac;

use super::Refusal;
use crate::{Error, Identity, random};

/// Where a token is: a hash that nobody outside can tell, so that what is in memory is of no use elsewhere.
pub(super) type Hash = [u8; 32];

/// What was said of a token.
pub(super) type Said = Result<Arc<Identity>, Refusal>;

/// How many tokens that are not taken are remembered.
const REFUSED: usize = 4096;

/// What was said of tokens, of those that are good in so many bytes. Those that are not have places of their own, so that whoever
/// makes some up drives out no good one.
pub(super) struct Memory {
    key: hmac::Key,
    good: Option<Cache<Hash, Good, Weight>>,
    bad: Cache<Hash, Bad>,
}

#[derive(Clone)]
struct Good {
    identity: Arc<Identity>,
    until: Instant,
    size: usize,
}

#[derive(Clone)]
struct Bad {
    refusal: Refusal,
    until: Instant,
}

impl Memory {
    pub(super) fn new(bytes: u64) -> Result<Self, Error> {
        // Only says how much room there is from the start.
        let items = usize::try_from(bytes / 2048).unwrap_or(usize::MAX).clamp(1, 1 << 16);
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &random::bytes::<32>()?),
            good: (bytes > 0).then(|| Cache::with_weighter(items, bytes, Weight)),
            bad: Cache::new(REFUSED),
        })
    }

    pub(super) fn hash(&self, token: &[u8]) -> Hash {
        hmac::sign(&self.key, token).as_ref().try_into().expect("an HMAC by SHA-256 has 32 bytes")
    }

    #[inline]
    pub(super) fn get(&self, hash: &Hash, now: Instant) -> Option<Said> {
        if let Some(good) = &self.good
            && let Some(found) = good.get(hash)
        {
            if now < found.until {
                return Some(Ok(found.identity));
            }
            good.remove(hash);
        }
        let found = self.bad.get(hash)?;
        if now < found.until {
            return Some(Err(found.refusal));
        }
        self.bad.remove(hash);
        None
    }

    /// Keeps a good one, of so many bytes.
    pub(super) fn believe(&self, hash: Hash, identity: &Arc<Identity>, size: usize, until: Instant) {
        if let Some(good) = &self.good {
            good.insert(hash, Good { identity: Arc::clone(identity), until, size });
        }
    }

    pub(super) fn refuse(&self, hash: Hash, refusal: Refusal, until: Instant) {
        self.bad.insert(hash, Bad { refusal, until });
    }

    pub(super) fn forget(&self, hash: &Hash) {
        if let Some(good) = &self.good {
            good.remove(hash);
        }
        self.bad.remove(hash);
    }

    /// How many are good, in how many bytes, and how many are not.
    pub(super) fn counts(&self) -> (usize, u64, usize) {
        let (tokens, bytes) = self.good.as_ref().map_or((0, 0), |good| (good.len(), good.weight()));
        (tokens, bytes, self.bad.len())
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Hash, Good> for Weight {
    fn weight(&self, _: &Hash, good: &Good) -> u64 {
        good.size as u64
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (good, bytes, bad) = self.counts();
        f.debug_struct("Memory").field("good", &good).field("bytes", &bytes).field("bad", &bad).finish()
    }
}
