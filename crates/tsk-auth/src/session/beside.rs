//! What a login by a provider keeps beside its session, where every instance of the service finds it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use data_encoding::HEXLOWER;
use http::{HeaderMap, request::Parts};
use ring::digest;
use tsk_core::{Problem, RequestContext};

use super::{
    Id, Key, Record, Session, SessionError, Sessions, Unchecked, cookie::Cookie, cookie::Shown,
    sessions::Found, sessions::Settings,
};
use crate::{Error, audit::Audit, time::seconds};

/// What something is found by that is no session: a name of ours, hashed, which no subject has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark(Key);

impl Mark {
    /// Of a kind, and what it is about. Texts that are told apart make marks that are.
    pub(crate) fn new(kind: &str, about: [&str; 2]) -> Self {
        // Longer than an id is, so that none is hashed to the same key.
        let mut digest = digest::Context::new(&digest::SHA256);
        digest.update(b"tsk: what is kept beside sessions, and is found by no id\0");
        for text in [kind, about[0], about[1]] {
            digest.update(&text.len().to_le_bytes());
            digest.update(text.as_bytes());
        }
        let key = HEXLOWER.encode(digest.finish().as_ref()).parse();
        Self(key.expect("a SHA-256 has 64 digits of base 16"))
    }

    /// The subject of the records that are found by it. No subject begins so: the character stands in no name.
    fn subject(&self) -> Box<str> {
        format!("\u{1}{}", self.0).into()
    }
}

/// The name of the value under which a mark has the subject that it leads to.
const SUBJECT: &str = "subject";

impl Sessions {
    /// Others in the same store, of nobody, by a cookie of another name, for so many seconds.
    ///
    /// # Errors
    ///
    /// A name that a cookie cannot have, or that of theirs.
    pub(crate) fn beside(&self, name: &str, kept: u64) -> Result<Self, Error> {
        let guard = self.settings.guard.clone();
        let cookie = Cookie::new(name, guard.is_plain())?.keep(kept);
        if cookie.name() == self.settings.cookie.name() {
            return Err(Error::new(format!(
                "the cookie of the sessions is called {name}: give it another name"
            )));
        }
        // The record outlives the last of what is begun in it.
        let (idle, absolute, values) = (kept, 24 * kept, 16 * 1024);
        let audit = Audit::default();
        let settings = Settings { cookie, idle, absolute, values, guard, audit };
        Ok(Self::with(Arc::clone(&self.store), settings))
    }

    /// Who is told of logins.
    pub(crate) fn audit(&self) -> &Audit {
        &self.settings.audit
    }

    /// The id that a request shows.
    pub(crate) fn id_of(&self, headers: &HeaderMap) -> Option<Id> {
        match self.settings.cookie.shown(headers) {
            Shown::Value(text) => Id::read(text),
            Shown::Nothing | Shown::Odd => None,
        }
    }

    pub(crate) fn give(&self, context: &RequestContext, id: &Id) {
        self.settings.cookie.give(context, &id.text());
    }

    pub(crate) fn forget(&self, context: &RequestContext) {
        self.settings.cookie.clear(context);
    }

    /// The session that is kept there, if it holds.
    pub(crate) async fn at(&self, key: Key, now: SystemTime) -> Result<Option<Arc<Record>>, SessionError> {
        match self.find_used(key, seconds(now)).await? {
            Found::Live(record) => Ok(Some(record)),
            Found::Moved | Found::Nothing => Ok(None),
        }
    }

    pub(crate) async fn end(&self, key: Key) -> Result<(), SessionError> {
        self.store.remove(key, None).get().await?;
        Ok(())
    }

    /// Has a mark lead to a subject, for as long as a session of it may last.
    pub(crate) async fn lead(&self, mark: &Mark, subject: &str, now: SystemTime) -> Result<(), SessionError> {
        let mut record = self.empty(seconds(now));
        record.subject = Some(mark.subject());
        record.until = seconds(now).saturating_add(self.settings.absolute);
        record.values.insert(SUBJECT.into(), subject.into());
        self.insert(record, seconds(now)).await.map(drop)
    }

    /// The subjects that a mark leads to.
    pub(crate) async fn led(&self, mark: &Mark, now: SystemTime) -> Result<Vec<Box<str>>, SessionError> {
        let records = self.list(&mark.subject(), now).await?;
        let mut subjects: Vec<_> =
            records.iter().filter_map(|record| record.values.get(SUBJECT).cloned()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        Ok(subjects)
    }

    /// Whether that was noted, and holds.
    pub(crate) async fn is_noted(&self, mark: &Mark, now: SystemTime) -> Result<bool, SessionError> {
        let record = self.store.find(mark.0).get().await?;
        Ok(matches!(self.judge(record, seconds(now)), Found::Live(_)))
    }

    /// Notes something, for so long: `false` if somebody else was faster.
    pub(crate) async fn note(
        &self,
        mark: &Mark,
        holds: Duration,
        now: SystemTime,
    ) -> Result<bool, SessionError> {
        let until = seconds(now).saturating_add(holds.as_secs());
        let record = Record { key: mark.0, subject: Some(mark.subject()), until, ..self.empty(seconds(now)) };
        Ok(self.store.put(Arc::new(record), None, seconds(now)).get().await?)
    }
}

impl Session {
    /// The session of a request among those, unless a page of another site has sent it.
    pub(crate) fn within(parts: &mut Parts, sessions: Sessions) -> Result<Self, Problem> {
        Unchecked::within(parts, sessions).checked()
    }
}
