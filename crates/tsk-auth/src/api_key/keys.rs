//! Making, rotating, revoking and verifying keys.

use std::{
    fmt, io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tsk_core::{Principal, principal::Kind};

use super::{Environment, Hash, Record, Store, Stored, Text};
use crate::{
    Identity,
    access::Grants,
    audit::{self, Audit},
    time::seconds,
};

/// The keys of a service.
///
/// ```
/// use std::{sync::Arc, time::{Duration, SystemTime}};
/// use tsk_auth::{access::Grants, api_key::{ApiKeys, FileStore}};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("keys.json");
/// let keys = ApiKeys::new(Arc::new(FileStore::open(path)?));
/// let now = SystemTime::now();
/// let made = keys.create("build server", "ci", &Grants::default().permission("builds:write"), None, now).await?;
/// let caller = keys.verify(made.as_str(), now).await.unwrap();
/// assert_eq!(caller.principal().id(), "ci");
///
/// // The one before holds for another day.
/// let next = keys.rotate(made.id(), Duration::from_secs(24 * 3600), now).await?;
/// assert!(keys.verify(made.as_str(), now).await.is_ok() && keys.verify(next.as_str(), now).await.is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct ApiKeys {
    pub(super) store: Arc<dyn Store>,
    environment: Environment,
    audit: Audit,
}

/// Why a key is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It is no key: it is misspelt, or of something else.
    Malformed,
    /// It is for another environment.
    Environment,
    /// There is no such key.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// The store could not be asked.
    Unavailable,
}

impl ApiKeys {
    /// The keys in that store, of what is live.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, environment: Environment::Live, audit: Audit::default() }
    }

    /// Makes keys for that environment, and takes no others.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Tells of keys that are made, rotated, revoked, and used for the first time. Default: nobody.
    #[must_use]
    pub fn audit(mut self, audit: Audit) -> Self {
        self.audit = audit;
        self
    }

    /// Makes a key, which is to be shown once: nobody can find it out again. `name` is what it is called, `owner` who is calling
    /// with it. It holds for `lifetime`, or for ever.
    ///
    /// # Errors
    ///
    /// A store that does not keep it, or a system without randomness.
    pub async fn create(
        &self,
        name: &str,
        owner: &str,
        grants: &Grants,
        lifetime: Option<Duration>,
        now: SystemTime,
    ) -> io::Result<Text> {
        let text = Text::generate(self.environment).map_err(io::Error::other)?;
        let now = seconds(now);
        let record = Record {
            id: text.id().into(),
            environment: self.environment,
            name: name.into(),
            owner: owner.into(),
            tier: None,
            scopes: grants.permissions().map(Box::from).collect(),
            roles: grants.roles().map(Box::from).collect(),
            hash: Hash::of(&text),
            created: now,
            expires: lifetime.map(|lifetime| now.saturating_add(lifetime.as_secs())),
            revoked: None,
            previous: None,
            last_used: None,
        };
        if self.store.replace(None, record).get().await? {
            self.audit.tell(audit::Kind::KeyCreated, |event| event.of(owner).key(text.id()));
            Ok(text)
        } else {
            Err(io::Error::other("there is a key with the identifier that was drawn: try again"))
        }
    }

    /// Makes another key in the place of one; the one before holds for `grace` as well. A rotation within the grace of another
    /// ends that: two are good at a time.
    ///
    /// # Errors
    ///
    /// No such key, one that is at its end, and the errors of [`create`](Self::create).
    pub async fn rotate(&self, id: &str, grace: Duration, now: SystemTime) -> io::Result<Text> {
        let now = seconds(now);
        let mut made = None;
        let record = self
            .change(id, |record| {
                if record.has_ended(now) {
                    return Err(io::Error::other(format!("the key {id} is at its end: make another")));
                }
                let text = Text::of(record.environment, id).map_err(io::Error::other)?;
                record.previous = Some((record.hash, now.saturating_add(grace.as_secs())));
                record.hash = Hash::of(&text);
                made = Some(text);
                Ok(())
            })
            .await?;
        self.audit.tell(audit::Kind::KeyRotated, |event| event.of(&record.owner).key(id));
        made.ok_or_else(|| io::Error::other("nothing was made"))
    }

    /// Ends a key, and the one before it.
    ///
    /// # Errors
    ///
    /// No such key, or a store that does not keep it.
    pub async fn revoke(&self, id: &str, now: SystemTime) -> io::Result<()> {
        let record = self.change(id, |record| {
            record.revoked.get_or_insert(seconds(now));
            record.previous = None;
            Ok(())
        });
        let record = record.await?;
        self.audit.tell(audit::Kind::KeyRevoked, |event| event.of(&record.owner).key(id));
        Ok(())
    }

    /// Changes a record, and gives what it was before. Where somebody else changes it at the same time, it is done again to what that has become.
    async fn change(
        &self,
        id: &str,
        mut change: impl FnMut(&mut Record) -> io::Result<()>,
    ) -> io::Result<Arc<Record>> {
        const TRIES: usize = 16;
        for _ in 0..TRIES {
            let before = self.get(id).await?;
            let mut record = Record::clone(&before);
            change(&mut record)?;
            if self.store.replace(Some(&before), record).get().await? {
                return Ok(before);
            }
        }
        Err(io::Error::other(format!("others change the key {id} all the time")))
    }

    /// All keys, in the order of their making.
    ///
    /// # Errors
    ///
    /// A store that cannot be asked.
    pub async fn list(&self) -> io::Result<Vec<Arc<Record>>> {
        self.store.list().get().await
    }

    /// Who shows that key, if it is believed at that time.
    ///
    /// # Errors
    ///
    /// Why it is not.
    pub async fn verify(&self, key: &str, now: SystemTime) -> Result<Arc<Identity>, Refusal> {
        let text = self.read(key)?;
        let record = self.store.find(text.id()).get().await;
        self.judge(&text, record, seconds(now))
    }

    /// The same where the store knows at once; else the text, to ask again with.
    pub(super) fn begin(&self, key: &str, now: u64) -> Result<Arc<Identity>, Result<Text, Refusal>> {
        let text = self.read(key).map_err(Err)?;
        match self.store.find(text.id()) {
            Stored::Done(record) => self.judge(&text, record, now).map_err(Err),
            Stored::Wait(_) => Err(Ok(text)),
        }
    }

    fn read(&self, key: &str) -> Result<Text, Refusal> {
        let text = Text::read(key).ok_or(Refusal::Malformed)?;
        if text.environment() == self.environment { Ok(text) } else { Err(Refusal::Environment) }
    }

    fn judge(
        &self,
        text: &Text,
        record: io::Result<Option<Arc<Record>>>,
        now: u64,
    ) -> Result<Arc<Identity>, Refusal> {
        let record = record.map_err(|error| {
            tracing::error!(%error, "keys cannot be looked up");
            Refusal::Unavailable
        })?;
        let record = record.filter(|record| record.is(&Hash::of(text), now)).ok_or(Refusal::Unknown)?;
        if record.revoked.is_some() {
            return Err(Refusal::Revoked);
        }
        if record.has_ended(now) {
            return Err(Refusal::Expired);
        }
        if self.store.touch(&record.id, now) && record.last_used.is_none() {
            self.audit.tell(audit::Kind::KeyFirstUsed, |event| event.of(&record.owner).key(&record.id));
        }
        let mut principal = Principal::new(record.owner.clone(), Kind::ApiKey);
        if let Some(tier) = &record.tier {
            principal = principal.tier(tier.clone());
        }
        if let Some(expiry) = record.expiry() {
            principal = principal.expires(expiry);
        }
        Ok(Arc::new(Identity::new(principal).grants(record.grants()).claims(record)))
    }

    async fn get(&self, id: &str) -> io::Result<Arc<Record>> {
        let found = if super::text::is_id(id) { self.store.find(id).get().await? } else { None };
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no key {id:?}")))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is no key, or misspelt",
            Self::Environment => "it is for another environment",
            Self::Unknown => "there is no such key",
            Self::Expired => "its time is over",
            Self::Revoked => "it was revoked",
            Self::Unavailable => "the store of the keys cannot be asked",
        })
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests;
