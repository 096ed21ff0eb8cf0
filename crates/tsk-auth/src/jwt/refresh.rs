//! Refresh tokens: random ones, each good once (RFC 9700 §4.14.2).
//!
//! A token is of a family, which began with a login. Whoever shows the family's newest token gets the next one. Whoever shows
//! one that was used before holds a copy, or the other one does: the family ends for both. What is kept of a token is its
//! hash.
//!
//! An answer may be lost on its way. So for a few seconds the token that was just used gets the same next one once more, if that was
//! not used yet: there are never two that are good. Of the next token a store has what only the one before it can open.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use data_encoding::BASE64URL_NOPAD;
use ring::{digest, hmac};

use crate::{
    Error,
    audit::{Audit, Kind},
    random,
};

mod memory;
mod store;

pub use memory::MemoryStore;
pub use store::{Advance, Family, FamilyId, Pending, Previous, Sealed, Step, Store, StoreError, TokenHash};

const SECRET: usize = 32;
/// The longest that a token which was used is answered again.
const MAX_GRACE: Duration = Duration::from_secs(60);

/// How long refresh tokens hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a token holds that is not used. Default: 14 days.
    pub idle: Duration,
    /// How long a family holds in all, after which one has to log in again. Default: 90 days.
    pub absolute: Duration,
    /// How long after its use a token gets the same next one again, as long as that was not used: for a client that has lost the
    /// answer. A copy that is used within this time is found when the next token is used twice, and not at once. Zero has it found
    /// at once. Default: 10 s; at most a minute.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let day = Duration::from_secs(24 * 3600);
        Self { idle: 14 * day, absolute: 90 * day, grace: Duration::from_secs(10) }
    }
}

/// Gives out refresh tokens, and takes each once. A clone shares the store.
///
/// ```
/// use std::time::SystemTime;
/// use tsk_auth::jwt::refresh::{MemoryStore, Refusal, RefreshTokens, Settings};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let tokens = RefreshTokens::new(MemoryStore::new(100_000), Settings::default())?;
/// let now = SystemTime::now();
/// let first = tokens.begin("ada", "app", "orders:read", now).await.unwrap();
/// let (family, second) = tokens.refresh(&first, "app", now).await.unwrap();
/// assert_eq!(&*family.subject, "ada");
///
/// // The answer was lost on its way.
/// assert_eq!(tokens.refresh(&first, "app", now).await.unwrap().1, second);
///
/// // Somebody has a copy of the first: from now on neither holds.
/// let later = now + Settings::default().grace;
/// assert!(matches!(tokens.refresh(&first, "app", later).await, Err(Refusal::Reused(_))));
/// assert!(matches!(tokens.refresh(&second, "app", later).await, Err(Refusal::Unknown)));
/// # Ok::<(), tsk_auth::Error>(()) }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct RefreshTokens {
    store: Arc<dyn Store>,
    settings: Settings,
    audit: Audit,
}

/// Why a refresh token is not taken. To the client all of it is `invalid_grant` (RFC 6749 §5.2), except for a store that
/// fails.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// It is none of ours, has been revoked, or holds no longer.
    Unknown,
    /// It was used before, or by another client: there is a copy. Its family, which is given, has ended: the user might be
    /// told.
    Reused(Box<Family>),
    /// The store failed. The token may be good.
    Store(StoreError),
}

impl RefreshTokens {
    /// Tokens in that store.
    ///
    /// # Errors
    ///
    /// Times of zero, an idle time beyond the absolute one, or a grace of more than a minute.
    pub fn new(store: impl Store, settings: Settings) -> Result<Self, Error> {
        if settings.idle.as_secs() == 0 || settings.idle > settings.absolute {
            return Err(Error::new(
                "a refresh token holds for a second or more, and no longer than its family",
            ));
        }
        if settings.grace > MAX_GRACE {
            return Err(Error::new(
                "the grace of a refresh token is more than a minute: so late no answer is lost",
            ));
        }
        Ok(Self { store: Arc::new(store), settings, audit: Audit::default() })
    }

    /// Tells of tokens that are used twice. Default: nobody.
    #[must_use]
    pub fn audit(mut self, audit: Audit) -> Self {
        self.audit = audit;
        self
    }

    /// A first token, after a login of `subject` with `client`, for what `scope` says. It goes to the client, and nowhere
    /// else.
    ///
    /// # Errors
    ///
    /// A store that fails.
    pub async fn begin(
        &self,
        subject: &str,
        client: &str,
        scope: &str,
        now: SystemTime,
    ) -> Result<String, StoreError> {
        let now = crate::time::seconds(now);
        let id = FamilyId(random::bytes().map_err(StoreError::new)?);
        let secret: [u8; SECRET] = random::bytes().map_err(StoreError::new)?;
        let ends = now.saturating_add(self.settings.absolute.as_secs());
        let family = Family {
            id,
            subject: subject.into(),
            client: client.into(),
            scope: scope.into(),
            newest: hash(&secret),
            previous: None,
            until: now.saturating_add(self.settings.idle.as_secs()).min(ends),
            ends,
        };
        self.store.insert(family, now).await?;
        Ok(write(id, &secret))
    }

    /// The next token in the place of this one, and what its family is good for. `client` is the one that shows it, as it
    /// has authenticated itself.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub async fn refresh(
        &self,
        token: &str,
        client: &str,
        now: SystemTime,
    ) -> Result<(Family, String), Refusal> {
        let now = crate::time::seconds(now);
        let (id, secret) = read(token).ok_or(Refusal::Unknown)?;
        let next: [u8; SECRET] = random::bytes().map_err(|error| Refusal::Store(StoreError::new(error)))?;
        let step = Step {
            shown: hash(&secret),
            client: client.into(),
            next: hash(&next),
            sealed: Sealed(masked(id, &secret, next)),
            until: now.saturating_add(self.settings.idle.as_secs()),
            again: now.saturating_add(self.settings.grace.as_secs()),
        };
        match self.store.advance(id, step, now).await.map_err(Refusal::Store)? {
            Advance::Done(family) => Ok((family, write(id, &next))),
            Advance::Again(family) => {
                let sealed = family.previous.as_ref().map_or([0; SECRET], |previous| previous.sealed.0);
                let next = masked(id, &secret, sealed);
                if hash(&next) != family.newest {
                    return Err(Refusal::Store(StoreError::new("it has another token than it was given")));
                }
                tracing::debug!(subject = &*family.subject, "a refresh token is answered again");
                Ok((family, write(id, &next)))
            }
            Advance::Reused(family) => {
                tracing::warn!(
                    subject = &*family.subject,
                    client = &*family.client,
                    "a refresh token was used twice"
                );
                let (subject, client) = (&*family.subject, &*family.client);
                self.audit.tell(Kind::TokenReused, |event| event.of(subject).client(client));
                Err(Refusal::Reused(Box::new(family)))
            }
            Advance::Unknown => Err(Refusal::Unknown),
        }
    }

    /// Ends the family of a token, at a logout (RFC 7009). A token that is none of ours is no error.
    ///
    /// # Errors
    ///
    /// A store that fails.
    pub async fn revoke(&self, token: &str) -> Result<(), StoreError> {
        match read(token) {
            Some((id, _)) => self.store.remove(id).await,
            None => Ok(()),
        }
    }

    /// Ends every family of a subject, as when a password changes.
    ///
    /// # Errors
    ///
    /// A store that fails.
    pub async fn revoke_all(&self, subject: &str) -> Result<(), StoreError> {
        self.store.remove_all(subject.into()).await
    }
}

/// A token of a family.
fn write(id: FamilyId, secret: &[u8; SECRET]) -> String {
    BASE64URL_NOPAD.encode(&[&id.0[..], secret].concat())
}

/// The family of a token, and its secret; `None` for what is none.
fn read(token: &str) -> Option<(FamilyId, [u8; SECRET])> {
    // Nothing else is decoded: a stranger may send anything.
    if token.len() != 64 {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    let (id, secret) = bytes.split_first_chunk()?;
    Some((FamilyId(*id), secret.try_into().ok()?))
}

/// `text` as nobody can read it who has not `secret`, and back again. A secret is used for one text, its successor: so a sum with what
/// is as random as the text hides it.
fn masked(id: FamilyId, secret: &[u8; SECRET], mut text: [u8; SECRET]) -> [u8; SECRET] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mask = hmac::sign(&key, &[b"the refresh token after this one of ", &id.0[..]].concat());
    text.iter_mut().zip(mask.as_ref()).for_each(|(byte, mask)| *byte ^= mask);
    text
}

fn hash(secret: &[u8]) -> TokenHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
    TokenHash(hash)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "the refresh token is not known, or holds no longer",
            Self::Reused(_) => "the refresh token was used before, so that its family has ended",
            Self::Store(_) => "the store of refresh tokens failed",
        })
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
