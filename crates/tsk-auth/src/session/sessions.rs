//! All sessions: beginning, finding, changing and ending them.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Builder, Id, Key, Login, Record, SessionError, Store, Stored, cookie::Cookie};
use crate::{
    access::Grants,
    audit::{Audit, Kind},
    csrf::Guard,
    time::seconds,
};

/// The sessions of a service.
///
/// Give a clone to the gate and one to the router: the gate finds out by it who is calling, and [`Session`](super::Session)
/// works on it.
///
/// ```
/// use std::{sync::Arc, time::SystemTime};
/// use tsk_auth::session::{Login, MemoryStore, Sessions};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let sessions = Sessions::new(Arc::new(MemoryStore::new(100_000, 256 << 20)));
/// let now = SystemTime::now();
/// let (id, _) = sessions.login(None, &Login::new("ada"), now).await?;
/// assert_eq!(sessions.find(&id, now).await?.unwrap().subject.as_deref(), Some("ada"));
///
/// sessions.revoke_all("ada", None).await?;
/// assert!(sessions.find(&id, now).await?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Sessions {
    pub(super) store: Arc<dyn Store>,
    pub(super) settings: Arc<Settings>,
}

pub(super) struct Settings {
    pub(super) cookie: Cookie,
    /// In seconds, and so are the others.
    pub(super) idle: u64,
    pub(super) absolute: u64,
    /// In bytes.
    pub(super) values: usize,
    pub(super) guard: Guard,
    pub(super) audit: Audit,
}

/// What is found by an id.
pub(super) enum Found {
    /// A session that holds.
    Live(Arc<Record>),
    /// One that goes on under another id since a moment ago.
    Moved,
    /// None.
    Nothing,
}

/// For how many seconds it is known of an id that its session goes on under another, so that requests which were under way do
/// not have the browser forget the new one.
const MOVED: u64 = 60;

/// How often a change is tried again that somebody else was faster with.
const TRIES: usize = 16;

impl Sessions {
    /// Sessions in that store, with all else as by default.
    ///
    /// # Panics
    ///
    /// Never: what is so by default can be.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self::builder(store).build().expect("what is so by default can be")
    }

    /// Sessions in that store.
    pub fn builder(store: Arc<dyn Store>) -> Builder {
        Builder::new(store)
    }

    pub(super) fn with(store: Arc<dyn Store>, settings: Settings) -> Self {
        Self { store, settings: Arc::new(settings) }
    }

    /// The session with that id, if it holds. It is noted that it was used.
    ///
    /// # Errors
    ///
    /// A store that cannot be asked.
    pub async fn find(&self, id: &Id, now: SystemTime) -> Result<Option<Arc<Record>>, SessionError> {
        match self.find_used(id.key(), seconds(now)).await? {
            Found::Live(record) => Ok(Some(record)),
            Found::Moved | Found::Nothing => Ok(None),
        }
    }

    pub(super) async fn find_used(&self, key: Key, now: u64) -> Result<Found, SessionError> {
        let found = self.judge(self.store.find(key).get().await?, now);
        if let Found::Live(record) = &found
            && let Some(until) = self.longer(record, now)
        {
            self.store.touch(key, now, until).get().await?;
        }
        Ok(found)
    }

    /// The same where the store knows at once.
    pub(super) fn find_now(&self, key: Key, now: u64) -> Option<Result<Found, SessionError>> {
        let Stored::Done(record) = self.store.find(key) else { return None };
        let found = match record {
            Ok(record) => self.judge(record, now),
            Err(error) => return Some(Err(error.into())),
        };
        if let Found::Live(record) = &found
            && let Some(until) = self.longer(record, now)
        {
            match self.store.touch(key, now, until) {
                Stored::Done(Ok(())) => {}
                Stored::Done(Err(error)) => return Some(Err(error.into())),
                Stored::Wait(_) => return None,
            }
        }
        Some(Ok(found))
    }

    fn judge(&self, record: Option<Arc<Record>>, now: u64) -> Found {
        match record {
            Some(record) if !record.holds(now) || now >= self.ends(&record) => Found::Nothing,
            Some(record) if record.moved => Found::Moved,
            Some(record) => Found::Live(record),
            None => Found::Nothing,
        }
    }

    /// Until when a session holds that is used now, if that is worth noting: to a minute, or a sixteenth of the idle time.
    fn longer(&self, record: &Record, now: u64) -> Option<u64> {
        let is_new = now.saturating_sub(record.used) < (self.settings.idle / 16).clamp(1, 60);
        let until = self.until(record, now);
        (!is_new && until > record.until).then_some(until)
    }

    fn ends(&self, record: &Record) -> u64 {
        record.created.saturating_add(self.settings.absolute)
    }

    fn until(&self, record: &Record, now: u64) -> u64 {
        now.saturating_add(self.settings.idle).min(self.ends(record))
    }

    /// Begins a session of nobody, for values of somebody who has not logged in.
    ///
    /// # Errors
    ///
    /// A store that does not keep it, or a system without randomness.
    pub async fn begin(&self, now: SystemTime) -> Result<(Id, Arc<Record>), SessionError> {
        self.insert(self.empty(seconds(now)), seconds(now)).await
    }

    /// Begins a session of somebody. `before` is the one that the browser had: it ends, and its values go over if it was of the
    /// same subject, or of nobody.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn login(
        &self,
        before: Option<&Arc<Record>>,
        login: &Login,
        now: SystemTime,
    ) -> Result<(Id, Arc<Record>), SessionError> {
        let now = seconds(now);
        let begun = |left: Option<&Record>| {
            let mut record = self.empty(now);
            if let Some(left) = left
                && left.subject.as_ref().is_none_or(|subject| *subject == login.subject)
            {
                record.values.clone_from(&left.values);
            }
            record.subject = Some(login.subject.clone());
            record.tier.clone_from(&login.tier);
            record.set_grants(&login.grants);
            record
        };
        if let Some(before) = before
            && let Some(renewed) = self.renew(before, now, |left| begun(Some(left))).await?
        {
            return Ok(renewed);
        }
        self.insert(begun(None), now).await
    }

    /// Has a session go on under another id, with other grants if some are given.
    ///
    /// # Errors
    ///
    /// A session that has ended, and the errors of [`begin`](Self::begin).
    pub async fn rotate(
        &self,
        before: &Arc<Record>,
        grants: Option<&Grants>,
        now: SystemTime,
    ) -> Result<(Id, Arc<Record>), SessionError> {
        let now = seconds(now);
        let renewed = self.renew(before, now, |left| {
            let mut record = Record { used: now, until: self.until(left, now), ..left.clone() };
            if let Some(grants) = grants {
                record.set_grants(grants);
            }
            record
        });
        // What has ended does not begin again by this.
        renewed.await?.ok_or(SessionError::Ended)
    }

    /// Changes what is kept of a session. Where somebody else changes it at the same time, it is done again to what that has
    /// become.
    ///
    /// # Errors
    ///
    /// A session that has ended, values that are too large, the errors of the change, and a store that does not keep it.
    pub async fn change(
        &self,
        before: &Arc<Record>,
        now: SystemTime,
        mut change: impl FnMut(&mut Record) -> Result<(), SessionError>,
    ) -> Result<Arc<Record>, SessionError> {
        let now = seconds(now);
        let mut before = Arc::clone(before);
        for _ in 0..TRIES {
            let mut after = Record::clone(&before);
            (after.used, after.until) = (now, self.until(&before, now));
            change(&mut after)?;
            let limit = self.settings.values;
            if after.values_size() > limit {
                return Err(SessionError::TooLarge { limit });
            }
            after.revision = before.revision + 1;
            let after = Arc::new(after);
            if self.store.put(Arc::clone(&after), Some(before.revision), now).get().await? {
                return Ok(after);
            }
            before = self.again(&before, now).await?.ok_or(SessionError::Ended)?;
        }
        Err(SessionError::Busy)
    }

    /// The sessions of a subject that hold, in the order of their making: a list of devices, say.
    ///
    /// # Errors
    ///
    /// A store that cannot be asked.
    pub async fn list(&self, subject: &str, now: SystemTime) -> Result<Vec<Arc<Record>>, SessionError> {
        let mut records = self.store.list(subject).get().await?;
        records.retain(|record| matches!(self.judge(Some(Arc::clone(record)), seconds(now)), Found::Live(_)));
        Ok(records)
    }

    /// Ends the session of a subject with that key: `false` if it has none such.
    ///
    /// # Errors
    ///
    /// A store that cannot be asked.
    pub async fn revoke(&self, subject: &str, key: Key) -> Result<bool, SessionError> {
        let is_ended = self.store.remove(key, Some(subject)).get().await?;
        if is_ended {
            self.settings.audit.tell(Kind::SessionRevoked, |event| event.of(subject).session(key));
        }
        Ok(is_ended)
    }

    /// Ends all sessions of a subject, but for one: as after a change of the password. Gives how many there were.
    ///
    /// # Errors
    ///
    /// A store that cannot be asked.
    pub async fn revoke_all(&self, subject: &str, but: Option<Key>) -> Result<usize, SessionError> {
        let count = self.store.remove_all(subject, but).get().await?;
        self.settings.audit.tell(Kind::SessionsRevoked, |event| event.of(subject).count(count));
        Ok(count)
    }

    fn empty(&self, now: u64) -> Record {
        Record {
            key: Key::FIRST,
            revision: 0,
            subject: None,
            tier: None,
            roles: Vec::new(),
            permissions: Vec::new(),
            created: now,
            used: now,
            until: now.saturating_add(self.settings.idle.min(self.settings.absolute)),
            moved: false,
            values: Default::default(),
        }
    }

    /// Keeps a record under a new id.
    async fn insert(&self, record: Record, now: u64) -> Result<(Id, Arc<Record>), SessionError> {
        let id = Id::generate()?;
        let record = Arc::new(Record { key: id.key(), ..record });
        if self.store.put(Arc::clone(&record), None, now).get().await? {
            Ok((id, record))
        } else {
            Err(SessionError::Busy)
        }
    }

    /// Ends a session that goes on under another id, as `next` makes it of what it was last; `None` if it had ended before.
    async fn renew(
        &self,
        before: &Arc<Record>,
        now: u64,
        next: impl Fn(&Record) -> Record,
    ) -> Result<Option<(Id, Arc<Record>)>, SessionError> {
        let id = Id::generate()?;
        let mut before = Arc::clone(before);
        for _ in 0..TRIES {
            let (key, revision, until) = (before.key, before.revision + 1, now.saturating_add(MOVED));
            let mark = Arc::new(Record { key, revision, until, moved: true, ..self.empty(now) });
            let next = Arc::new(Record { key: id.key(), revision: 0, ..next(&before) });
            if self.store.renew(mark, before.revision, Arc::clone(&next), now).get().await? {
                return Ok(Some((id, next)));
            }
            match self.again(&before, now).await? {
                Some(record) => before = record,
                None => return Ok(None),
            }
        }
        Err(SessionError::Busy)
    }

    /// What a record has become that somebody else has changed; `None` if it has ended.
    async fn again(&self, before: &Record, now: u64) -> Result<Option<Arc<Record>>, SessionError> {
        match self.judge(self.store.find(before.key).get().await?, now) {
            Found::Live(record) => Ok(Some(record)),
            Found::Moved | Found::Nothing => Ok(None),
        }
    }

    /// For how long the cookie of a session could be of use.
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.settings.absolute)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("store", &self.store)
            .field("cookie", &self.settings.cookie.name())
            .finish_non_exhaustive()
    }
}
