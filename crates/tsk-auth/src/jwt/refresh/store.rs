//! Where the families of refresh tokens are kept.

use std::{fmt, future::Future, pin::Pin};

use tsk_core::BoxError;

/// What a store gives, once it has it.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// A store of families. Several instances of a service share one, or else a token is known to one of them alone.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Keeps a new family. `now` is in seconds since 1970, as every time here.
    fn insert(&self, family: Family, now: u64) -> Pending<()>;

    /// Goes on to the next token of a family, as one step that nothing comes between:
    ///
    /// - a family that is not there, or holds no longer: [`Advance::Unknown`];
    /// - `shown` is the newest token, and the client is that of the family: the next one takes its place, and holds until `until`, or
    ///   the end of the family if that comes first; `shown` becomes the [`previous`](Family::previous), or nothing does if
    ///   `step.again` is `now`. [`Advance::Done`];
    /// - `shown` is the previous token, its client and its time are right: nothing changes, [`Advance::Again`];
    /// - or else the family is removed, [`Advance::Reused`].
    fn advance(&self, id: FamilyId, step: Step, now: u64) -> Pending<Advance>;

    /// Removes a family, if it is there.
    fn remove(&self, id: FamilyId) -> Pending<()>;

    /// Removes every family of a subject.
    fn remove_all(&self, subject: Box<str>) -> Pending<()>;
}

/// From one token to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The hash of the token that was shown.
    pub shown: TokenHash,
    /// The client that shows it.
    pub client: Box<str>,
    /// The hash of the next token.
    pub next: TokenHash,
    /// The next token, for whoever has the one that was shown.
    pub sealed: Sealed,
    /// Until when the next token holds.
    pub until: u64,
    /// Until when the one that was shown is given the same next one again.
    pub again: u64,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// The token was the newest, and there is another now.
    Done(Family),
    /// It was a moment ago, and the other is the same.
    Again(Family),
    /// It was not, and its family is gone.
    Reused(Family),
    /// There is no such family.
    Unknown,
}

/// The tokens that follow from one login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its identifier, which is a part of its tokens.
    pub id: FamilyId,
    /// Who logged in.
    pub subject: Box<str>,
    /// The client that the tokens are for.
    pub client: Box<str>,
    /// What its access tokens are good for at most.
    pub scope: Box<str>,
    /// The hash of the only token that is good.
    pub newest: TokenHash,
    /// The one before it, for as long as its answer may have been lost.
    pub previous: Option<Previous>,
    /// Until when the newest token holds, in seconds since 1970.
    pub until: u64,
    /// Until when there are further ones.
    pub ends: u64,
}

/// The token before the newest one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its hash.
    pub token: TokenHash,
    /// The newest token, for whoever has this one.
    pub sealed: Sealed,
    /// Until when it is given the newest again.
    pub until: u64,
}

/// A token that nobody can read who has not the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sealed(pub [u8; 32]);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// The identifier of a family: 128 bits, at random.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyId(pub [u8; 16]);

/// Whoever knows it can end the family.
impl fmt::Debug for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyId")
    }
}

/// SHA-256 of a token's 256 random bits. There is nothing to guess, so that nothing slower is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// Why a store failed.
#[derive(Debug)]
pub struct StoreError(BoxError);

impl StoreError {
    /// For that reason.
    pub fn new(reason: impl Into<BoxError>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store failed: {}", self.0)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}
