//! Names and passwords as a way in which callers prove who they are.

use std::{
    fmt,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue, header};
use quick_cache::sync::Cache;
use ring::hmac;
use serde_json::{Value, json};
use tsk_core::{Drain, Head, Operation, Problem};

use super::{Accounts, credentials::Shown};
use crate::{
    Attempt, Error, Identity, Scheme,
    challenge::Challenge,
    csrf::Guard,
    password::{LoginError, Logins},
    problem, random,
    scheme::Running,
};

/// How long a pair that was right is remembered. It is by then that a change of the file counts, if nobody looks at that.
const REMEMBERED: Duration = Duration::from_secs(60);

/// How many are.
const PAIRS: usize = 4096;

/// How often it is looked whether the file is another.
const LOOK: Duration = Duration::from_secs(1);

/// Names and passwords with each request (RFC 7617), one scheme of an [`Auth`](crate::Auth).
///
/// A pair that was right is remembered for a minute, by a hash under a key that nobody knows, so that a hash by argon2id is made
/// once a minute and not with each request. Wrong ones are counted and slowed down as [`Logins`] does. A page of another site that
/// has a browser change something with what it has remembered is refused ([`csrf`](crate::csrf)).
///
/// ```
/// use tsk_auth::{Auth, basic::{Accounts, Basic}};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = Auth::builder().scheme(Basic::new(Accounts::open("accounts")?)?.realm("shop")?);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Basic {
    accounts: Arc<Accounts>,
    logins: Logins,
    remembered: Arc<Remembered>,
    challenge: Challenge,
    guard: Guard,
}

/// Pairs that were right.
struct Remembered {
    key: hmac::Key,
    pairs: Cache<[u8; 32], Pair>,
}

#[derive(Clone)]
struct Pair {
    identity: Arc<Identity>,
    until: Instant,
}

impl Basic {
    /// These accounts, of a realm without a name.
    ///
    /// # Errors
    ///
    /// A system without randomness.
    pub fn new(accounts: Accounts) -> Result<Self, Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &random::bytes::<32>()?);
        Ok(Self {
            accounts: Arc::new(accounts),
            logins: Logins::new()?,
            remembered: Arc::new(Remembered { key, pairs: Cache::new(PAIRS) }),
            challenge: challenge("restricted")?,
            guard: Guard::default(),
        })
    }

    /// Names the realm, which browsers show to those whom they ask (RFC 9110 §11.5). Default: `restricted`.
    ///
    /// # Errors
    ///
    /// A name that a header cannot have.
    pub fn realm(mut self, realm: &str) -> Result<Self, Error> {
        self.challenge = challenge(realm)?;
        Ok(self)
    }

    /// Has passwords be looked at by these: by those who also answer a form, so that wrong ones are counted together.
    #[must_use]
    pub fn logins(mut self, logins: Logins) -> Self {
        self.logins = logins;
        self
    }

    /// Has pages be looked at by this guard: one that trusts other origins, say.
    #[must_use]
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    fn look(&self, text: String, password: usize, address: Option<IpAddr>) -> Attempt {
        let hash = self.remembered.hash(&text);
        if let Some(identity) = self.remembered.get(&hash, Instant::now()) {
            return Attempt::Known(identity);
        }
        let basic = self.clone();
        Attempt::Wait(Box::pin(async move {
            let (name, password) = (&text[..password - 1], &text[password..]);
            let accounts = basic.accounts.now();
            let account = accounts.get(name);
            let kept = account.map(|account| &*account.hash);
            let judged = basic.logins.judge(name, password, kept, address, None).await;
            match (judged, account) {
                (Ok(_), Some(account)) => {
                    let pair =
                        Pair { identity: Arc::clone(&account.identity), until: Instant::now() + REMEMBERED };
                    basic.remembered.pairs.insert(hash, pair);
                    // Who was taken out of the file meanwhile is not to be remembered.
                    if !Arc::ptr_eq(&accounts, &basic.accounts.now()) {
                        basic.remembered.pairs.remove(&hash);
                    }
                    Ok(Arc::clone(&account.identity))
                }
                (Err(error), _) => Err(basic.refused(error)),
                (Ok(_), None) => Err(basic.refused(LoginError::Wrong)),
            }
        }))
    }

    #[cold]
    fn refused(&self, error: LoginError) -> Problem {
        match error {
            LoginError::Wrong => {
                Problem::from(error).header(header::WWW_AUTHENTICATE, self.challenge.value())
            }
            _ => error.into(),
        }
    }

    #[cold]
    fn odd(&self) -> Problem {
        Problem::of(problem::INVALID_AUTHORIZATION)
            .detail("The Authorization field has no name and password that can be read.")
            .header(header::WWW_AUTHENTICATE, self.challenge.value())
    }
}

/// Names and passwords are in UTF-8 (RFC 7617 §2.1).
fn challenge(realm: &str) -> Result<Challenge, Error> {
    Challenge::of("Basic").with("realm", realm)?.with("charset", "UTF-8")
}

/// What stands in the fields. `Authorization` several times is for nobody to choose from.
fn shown(headers: &HeaderMap) -> Shown {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    let Some(field) = fields.next() else { return Shown::Nothing };
    match (Shown::read(field.as_bytes()), fields.next()) {
        (Shown::Pair { .. }, Some(_)) => Shown::Odd,
        (shown, _) => shown,
    }
}

impl Scheme for Basic {
    fn attempt(&self, head: Head<'_>) -> Attempt {
        match shown(head.headers) {
            Shown::Nothing => Attempt::Absent,
            Shown::Odd => Attempt::Refused(self.odd()),
            Shown::Pair { text, password } => {
                match self.guard.check_pages(head.method, head.uri, head.headers) {
                    Ok(()) => self.look(text, password, head.client()),
                    Err(forgery) => Attempt::Refused(forgery.into()),
                }
            }
        }
    }

    fn verify(&self, proof: &str) -> Attempt {
        match Shown::read(proof.as_bytes()) {
            Shown::Nothing => Attempt::Absent,
            Shown::Odd => Attempt::Refused(self.odd()),
            Shown::Pair { text, password } => self.look(text, password, None),
        }
    }

    fn run(&self, drain: Drain) -> Option<Running> {
        let basic = self.clone();
        let look = async move {
            let mut is_told = false;
            loop {
                tokio::time::sleep(LOOK).await;
                match basic.accounts.look() {
                    Ok(is_another) => {
                        if is_another {
                            basic.remembered.pairs.clear();
                        }
                        is_told = false;
                    }
                    Err(error) if !is_told => {
                        tracing::error!(%error, "the accounts stay as they were");
                        is_told = true;
                    }
                    Err(_) => {}
                }
            }
        };
        Some(Box::pin(async move {
            tokio::select! {
                () = look => {}
                () = drain.started() => {}
            }
        }))
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(self.challenge.value())
    }

    fn describe(&self, operation: &mut Operation) {
        operation.problem(400, "The request cannot be read.");
        operation.problem(429, "There were too many wrong passwords.");
        operation.problem(503, "The service cannot answer at the moment.");
    }

    fn document(&self) -> (&str, Value) {
        ("basic", json!({ "type": "http", "scheme": "basic" }))
    }
}

impl Remembered {
    /// Where a pair is: a hash that nobody outside can tell, so that what is in memory is of no use elsewhere.
    fn hash(&self, text: &str) -> [u8; 32] {
        hmac::sign(&self.key, text.as_bytes()).as_ref().try_into().expect("an HMAC by SHA-256 has 32 bytes")
    }

    fn get(&self, hash: &[u8; 32], now: Instant) -> Option<Arc<Identity>> {
        let pair = self.pairs.get(hash)?;
        if now < pair.until {
            return Some(pair.identity);
        }
        self.pairs.remove(hash);
        None
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic").field("accounts", &self.accounts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
