//! Where the families of refresh tokens are kept.

use std::{fmt, future::Future, pin::Pin};

use tsk_core::BoxError;

/// What a store gives, once it has it.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// A store of families. Several instances of a service share one, or else a token is known to one of them alone.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Keeps a new family. `now` is in seconds since 1970, as every time here.
    fn insert(&self, family: Family, now: u64) -> Pending<()>;

    /// Puts `newest` in the place of the newest token of a family, which then holds until `until`, or its end if that comes
    /// first, as one step that nothing comes between:
    ///
    /// - a family that is not there, or holds no longer: [`Advance::Unknown`];
    /// - another newest token than `shown`, or another client: the family is removed, [`Advance::Reused`];
    /// - or else [`Advance::Done`].
    fn advance(
        &self,
        id: FamilyId,
        shown: TokenHash,
        client: Box<str>,
        newest: TokenHash,
        until: u64,
        now: u64,
    ) -> Pending<Advance>;

    /// Removes a family, if it is there.
    fn remove(&self, id: FamilyId) -> Pending<()>;

    /// Removes every family of a subject.
    fn remove_all(&self, subject: Box<str>) -> Pending<()>;
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// The token was the newest, and there is another now.
    Done(Family),
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
    /// Until when that token holds, in seconds since 1970.
    pub until: u64,
    /// Until when there are further ones.
    pub ends: u64,
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
