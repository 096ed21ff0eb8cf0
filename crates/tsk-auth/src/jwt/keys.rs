//! The keys of one issuer: a set that can be another while tokens are verified.

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use super::{Algorithm, Jwks, Key, Signer};
use crate::Error;

/// Keys that are tried for one token at most: those that fit it, where it does not name one.
pub(crate) const MAX_TRIED: usize = 4;

/// Where the keys of an issuer come from.
#[derive(Debug, Clone)]
pub struct Keys(pub(crate) Source);

#[derive(Debug, Clone)]
pub(crate) enum Source {
    Fixed(Arc<KeySet>),
    Jwks(Jwks),
}

impl Keys {
    /// These keys, for as long as the service runs.
    ///
    /// # Errors
    ///
    /// No key; two that a token cannot tell apart, of one identifier and one algorithm; more of one algorithm without an
    /// identifier than are tried, which is 4.
    pub fn fixed(keys: impl IntoIterator<Item = Key>) -> Result<Self, Error> {
        let keys: Vec<Key> = keys.into_iter().collect();
        if keys.is_empty() {
            return Err(Error::new("there is no key: nobody's token could be verified"));
        }
        for (index, key) in keys.iter().enumerate() {
            let alike = keys[..index]
                .iter()
                .filter(|other| other.id() == key.id() && other.algorithm() == key.algorithm())
                .count();
            if alike >= if key.id().is_some() { 1 } else { MAX_TRIED } {
                return Err(Error::new(format!(
                    "several keys for {} have the identifier {:?}: a token cannot tell which it means",
                    key.algorithm(),
                    key.id().unwrap_or_default()
                )));
            }
        }
        let set = KeySet::default();
        set.replace(keys, u64::MAX);
        Ok(Self(Source::Fixed(Arc::new(set))))
    }

    pub(crate) fn set(&self) -> &KeySet {
        match &self.0 {
            Source::Fixed(set) => set,
            Source::Jwks(jwks) => jwks.set(),
        }
    }
}

/// Those that the issuer publishes.
impl From<&Jwks> for Keys {
    fn from(jwks: &Jwks) -> Self {
        Self(Source::Jwks(jwks.clone()))
    }
}

/// Those of this service itself.
impl From<&Signer> for Keys {
    fn from(signer: &Signer) -> Self {
        Self(Source::Fixed(Arc::clone(signer.verifying())))
    }
}

/// A key in use.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) key: Key,
    /// Until when it is believed, in seconds since 1970: 0 once it has left the set.
    until: AtomicU64,
}

impl Held {
    /// Whether it is believed at that time. What was verified with a key is believed as long as the key is.
    #[inline]
    pub(crate) fn is_believed(&self, now: u64) -> bool {
        now < self.until.load(Relaxed)
    }
}

/// Keys, each until it leaves or has become too old.
#[derive(Default)]
pub(crate) struct KeySet(RwLock<Arc<[Arc<Held>]>>);

impl KeySet {
    /// Puts these keys, believed until then, in the place of those that there are. Who was there stays the same, so that
    /// tokens that it has verified stay so; who is not there any more is believed no longer.
    ///
    /// Says whether that changed which keys there are.
    pub(crate) fn replace(&self, keys: Vec<Key>, until: u64) -> bool {
        self.replace_each(keys.into_iter().map(|key| (key, until)).collect())
    }

    /// The same with a time for each.
    pub(crate) fn replace_each(&self, keys: Vec<(Key, u64)>) -> bool {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut is_other = keys.len() != current.len();
        let next: Vec<Arc<Held>> = keys
            .into_iter()
            .map(|(key, until)| match current.iter().find(|held| held.key == key) {
                Some(held) => {
                    held.until.store(until, Relaxed);
                    Arc::clone(held)
                }
                None => {
                    is_other = true;
                    Arc::new(Held { key, until: AtomicU64::new(until) })
                }
            })
            .collect();
        for held in current.iter() {
            if !next.iter().any(|kept| Arc::ptr_eq(kept, held)) {
                held.until.store(0, Relaxed);
                is_other = true;
            }
        }
        *current = next.into();
        is_other
    }

    /// The keys that there are.
    pub(crate) fn all(&self) -> Arc<[Arc<Held>]> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The keys that may have made a token with this `kid` and algorithm: those of that name, and those without one.
pub(crate) fn fitting<'a>(
    keys: &'a [Arc<Held>],
    id: Option<&'a str>,
    algorithm: Algorithm,
    now: u64,
) -> impl Iterator<Item = &'a Arc<Held>> {
    let is_meant = move |key: &Key| match (id, key.id()) {
        (Some(wanted), Some(id)) => wanted == id,
        _ => true,
    };
    keys.iter()
        .filter(move |held| held.key.algorithm() == algorithm && is_meant(&held.key) && held.is_believed(now))
        .take(MAX_TRIED)
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().iter().map(|held| &held.key)).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn key(byte: u8) -> Key {
        Key::secret(&[byte; 32], Algorithm::Hs256).unwrap()
    }

    #[test]
    fn a_key_that_stays_is_the_same_and_one_that_leaves_is_believed_no_longer() {
        let set = KeySet::default();
        assert!(set.replace(vec![key(1).with_id("a"), key(2).with_id("b")], 100));
        let before = set.all();
        assert!(before.iter().all(|held| held.is_believed(99) && !held.is_believed(100)));
        // The same key under another name is another.
        assert!(set.replace(vec![key(1).with_id("a"), key(2).with_id("c")], 200));
        assert!(before[0].is_believed(199) && !before[1].is_believed(0));
        assert!(Arc::ptr_eq(&before[0], &set.all()[0]));
        assert!(!set.replace(vec![key(1).with_id("a"), key(2).with_id("c")], 300));
        // Another key under the same name is another, too.
        assert!(set.replace(vec![key(3).with_id("a")], 300));
        assert!(!before[0].is_believed(0));
    }

    #[test]
    fn a_token_means_the_key_that_it_names() {
        let set = KeySet::default();
        set.replace(vec![key(1).with_id("a"), key(2).with_id("b"), key(3)], 100);
        let all = set.all();
        let fit = |id: Option<&str>, algorithm, now| fitting(&all, id, algorithm, now).count();
        assert_eq!(fit(Some("a"), Algorithm::Hs256, 0), 2);
        assert_eq!(fit(Some("c"), Algorithm::Hs256, 0), 1);
        assert_eq!(fit(None, Algorithm::Hs256, 0), 3);
        assert_eq!(fit(Some("a"), Algorithm::Hs384, 0), 0);
        assert_eq!(fit(Some("a"), Algorithm::Hs256, 100), 0);
        for odd in ["", "A", "a\0", "../a", "a' OR '1'='1", "/dev/null"] {
            assert_eq!(fit(Some(odd), Algorithm::Hs256, 0), 1, "{odd:?}");
        }
    }

    #[test]
    fn keys_that_cannot_be_told_apart_stop_the_start() {
        assert!(Keys::fixed([]).is_err());
        assert!(Keys::fixed([key(1).with_id("a"), key(2).with_id("a")]).is_err());
        assert!(Keys::fixed((0..4).map(key)).is_ok());
        let error = Keys::fixed((0..5).map(key)).unwrap_err();
        assert!(error.to_string().contains("several keys for HS256"), "{error}");
    }
}
