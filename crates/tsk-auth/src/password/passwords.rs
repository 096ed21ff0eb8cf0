//! Hashes of passwords.

use std::{fmt, num::NonZeroUsize, sync::Arc, thread::available_parallelism};

use argon2::{Algorithm, Argon2, Params, PasswordHash, Version, password_hash::SaltString};
use subtle::ConstantTimeEq as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Error, random};

/// Hashes of passwords by argon2id (RFC 9106), as PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$…`.
///
/// A hash takes memory and time on purpose. So at most so many are made at a time, on threads of their own, and at most so many
/// wait; who comes then is told to come back. A clone is of the same threads.
///
/// ```
/// use tsk_auth::password::{Cost, Passwords, Verdict};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let passwords = Passwords::new();
/// # let passwords = Passwords::with(Cost { memory: 8, passes: 1, lanes: 1 }, 1, 1)?;
/// let hash = passwords.hash("correct horse").await?;
/// assert_eq!(passwords.verify("correct horse", Some(&hash)).await?, Verdict::Right);
/// assert_eq!(passwords.verify("battery staple", Some(&hash)).await?, Verdict::Wrong);
/// // There is no such account: it takes as long.
/// assert_eq!(passwords.verify("battery staple", None).await?, Verdict::Wrong);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Passwords {
    cost: Params,
    /// One for each that is made at a time.
    threads: Arc<Semaphore>,
    /// One for each of these, and for each that waits.
    places: Arc<Semaphore>,
}

/// What a hash costs. Default: as OWASP has it, 19 MiB, 2 passes, 1 lane: some 20 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory: u32,
    /// How often it is gone over.
    pub passes: u32,
    /// How many parts could be gone over at a time.
    pub lanes: u32,
}

/// What became of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the one.
    Right,
    /// It is the one, and its hash is of another cost than those that are made: make another.
    RightButOld,
    /// It is not, or there is none.
    Wrong,
}

/// So many hashes are being made, and so many are waited for, that there is no room for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// A longer password is wrong without being looked at: hashing it would cost more.
const LONGEST: usize = 1024;

/// What a hash of others may cost: a file or a database is not to take all memory by a number.
const MOST_MEMORY: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;

/// The bytes of a hash, and those of its salt.
const HASH: usize = 32;
const SALT: usize = 16;

impl Default for Cost {
    fn default() -> Self {
        Self { memory: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl Passwords {
    /// Hashes of the default cost, as many at a time as half the cores, and 64 that wait.
    pub fn new() -> Self {
        let threads = available_parallelism().map_or(1, NonZeroUsize::get).div_ceil(2);
        Self::with(Cost::default(), threads, 64).expect("what is so by default can be")
    }

    /// Hashes of that cost, so many at a time, and so many that wait.
    ///
    /// # Errors
    ///
    /// What argon2id cannot cost, or may not here: 8 KiB a lane to 1 GiB, 64 passes.
    pub fn with(cost: Cost, threads: usize, waiting: usize) -> Result<Self, Error> {
        let Cost { memory, passes, lanes } = cost;
        let params = Params::new(memory, passes, lanes, Some(HASH)).ok().filter(is_bearable);
        let params = params.ok_or_else(|| {
            Error::new(format!(
                "argon2id cannot cost {memory} KiB, {passes} passes and {lanes} lanes: write from 8 KiB a lane to 1 GiB, \
                 and from 1 pass to {MOST_PASSES}"
            ))
        })?;
        let threads = threads.clamp(1, 1024);
        Ok(Self {
            cost: params,
            threads: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(threads + waiting.min(1 << 16))),
        })
    }

    /// The hash of a password, to keep.
    ///
    /// # Errors
    ///
    /// There is no room, or no randomness.
    pub async fn hash(&self, password: &str) -> Result<String, Busy> {
        let salt: [u8; SALT] = random::bytes().map_err(|_| Busy)?;
        let (password, cost) = (password.to_owned(), self.cost.clone());
        let hash = self.run(move || {
            let hash = derive(&password, &salt, &cost)?;
            let salt = SaltString::encode_b64(&salt).ok()?;
            let output = argon2::password_hash::Output::new(&hash).ok()?;
            let whole = PasswordHash {
                algorithm: Algorithm::Argon2id.ident(),
                version: Some(Version::V0x13.into()),
                params: (&cost).try_into().ok()?,
                salt: Some(salt.as_salt()),
                hash: Some(output),
            };
            Some(whole.to_string())
        });
        hash.await?.ok_or(Busy)
    }

    /// Whether a password is that of a hash. Where there is no hash, because there is no such account, it takes as long as if
    /// there were one of the cost of those that are made.
    ///
    /// # Errors
    ///
    /// There is no room.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Verdict, Busy> {
        if password.len() > LONGEST {
            return Ok(Verdict::Wrong);
        }
        let kept = hash.and_then(|hash| {
            let kept = Kept::read(hash);
            if kept.is_none() {
                tracing::error!(
                    "what is kept of a password is no hash by argon2id, or one that costs too much"
                );
            }
            kept
        });
        // It is compared with nothing, and not believed.
        let is_one = kept.is_some();
        let kept = kept.unwrap_or_else(|| Kept {
            cost: self.cost.clone(),
            salt: vec![0; SALT],
            hash: vec![0; HASH],
        });
        let is_old = !is_same(&kept.cost, &self.cost);
        let password = password.to_owned();
        let is_equal = self.run(move || {
            let hash = derive(&password, &kept.salt, &kept.cost)?;
            Some(bool::from(hash.ct_eq(&kept.hash)))
        });
        let is_equal = is_equal.await?.unwrap_or(false);
        Ok(match is_one && is_equal {
            true if is_old => Verdict::RightButOld,
            true => Verdict::Right,
            false => Verdict::Wrong,
        })
    }

    /// Runs something on a thread of its own, when there is one.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)?;
        let thread = Arc::clone(&self.threads).acquire_owned().await.map_err(|_| Busy)?;
        // They go along: whoever asked may be gone before the work is done.
        let held: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (place, thread);
        let work = move || {
            let done = work();
            drop(held);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "a password was not hashed");
            Busy
        })
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// A hash that is kept, taken apart.
struct Kept {
    cost: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Kept {
    fn read(text: &str) -> Option<Self> {
        let parsed = PasswordHash::new(text).ok()?;
        let is_ours =
            parsed.algorithm == Algorithm::Argon2id.ident() && parsed.version == Some(Version::V0x13.into());
        let cost = Params::try_from(&parsed).ok().filter(|cost| is_ours && is_bearable(cost))?;
        let mut salt = [0; 64];
        let salt = parsed.salt?.decode_b64(&mut salt).ok()?.to_vec();
        Some(Self { cost, salt, hash: parsed.hash?.as_bytes().to_vec() })
    }
}

/// Whether a text is a hash that a password can be compared with.
pub(crate) fn is_hash(text: &str) -> bool {
    Kept::read(text).is_some()
}

fn is_bearable(cost: &Params) -> bool {
    cost.m_cost() <= MOST_MEMORY && cost.t_cost() <= MOST_PASSES && cost.p_cost() <= 64
}

fn is_same(one: &Params, other: &Params) -> bool {
    (one.m_cost(), one.t_cost(), one.p_cost()) == (other.m_cost(), other.t_cost(), other.p_cost())
}

fn derive(password: &str, salt: &[u8], cost: &Params) -> Option<Vec<u8>> {
    let mut hash = vec![0; cost.output_len().unwrap_or(HASH)];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.clone());
    argon2.hash_password_into(password.as_bytes(), salt, &mut hash).ok()?;
    Some(hash)
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("so many passwords are being looked at that there is no room for another")
    }
}

impl std::error::Error for Busy {}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords")
            .field("memory", &self.cost.m_cost())
            .field("passes", &self.cost.t_cost())
            .field("lanes", &self.cost.p_cost())
            .field("threads", &self.threads.available_permits())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
