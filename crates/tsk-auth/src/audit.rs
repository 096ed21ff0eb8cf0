//! What is told to auditors: who has logged in, who was refused and by which rule, whose keys and sessions have ended.
//!
//! Whatever does such a thing tells the [`Audit`] that it was given; the facade gives one to all of them, by `[auth.audit]` in
//! `tsk.toml`. An event has names, and never a password, a token, a key, or the id of a session: of a key its identifier, of a
//! session the [key](crate::session::Key) under which it is kept.

use std::{fmt, net::IpAddr, sync::Arc, time::SystemTime};

use serde::Serialize;
use tsk_core::RequestContext;

use crate::session::Key;

mod line;
#[cfg(test)]
mod tests;

/// Where events go.
///
/// It is called where requests are served, and must not make them wait: what has to be written somewhere goes to a queue that has
/// a bound.
///
/// ```
/// use std::sync::mpsc::{SyncSender, sync_channel};
/// use tsk_auth::audit::{Audit, Event, Journal};
///
/// struct Lines(SyncSender<String>);
///
/// impl Journal for Lines {
///     fn write(&self, event: &Event<'_>) {
///         let _ = self.0.try_send(event.line());
///     }
/// }
///
/// let (sender, _lines) = sync_channel(10_000);
/// let audit = Audit::new(Lines(sender));
/// # let _ = audit;
/// ```
pub trait Journal: Send + Sync + 'static {
    /// Takes an event.
    fn write(&self, event: &Event<'_>);

    /// Waits until what it has taken is where it belongs: for a service that is about to end. Default: it does not.
    fn flush(&self) {}
}

/// Who is told of events, if anybody is. Clones are the same.
#[derive(Clone, Default)]
pub struct Audit(Option<Arc<dyn Journal>>);

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Somebody has logged in by a session.
    Login,
    /// A password was wrong, or not looked at; a login at a provider came to nothing.
    LoginFailed,
    /// Somebody has logged out.
    Logout,
    /// The holder of a session may do other things than before.
    Granted,
    /// Somebody may not do what was asked for: `reason` is the rule that is not met.
    AccessRefused,
    /// A proof of who is calling was not believed: `reason` is the problem.
    ProofRefused,
    /// A key was made.
    KeyCreated,
    /// A key has another in its place.
    KeyRotated,
    /// A key was taken back.
    KeyRevoked,
    /// A key was used of which no use was known.
    KeyFirstUsed,
    /// A session was ended by its subject or an operator.
    SessionRevoked,
    /// All sessions of a subject were ended, but one at most: `count` is how many.
    SessionsRevoked,
    /// A refresh token was used twice, so that its family has ended.
    TokenReused,
}

/// Something that has happened. What is not known of it is absent.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Event<'a> {
    /// When.
    #[serde(serialize_with = "line::time")]
    pub time: SystemTime,
    /// What.
    #[serde(rename = "event")]
    pub kind: Kind,
    /// Whom it is about: who is calling, or whose key or session it is. Of a login that has failed, the name that was given.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "line::text")]
    pub subject: Option<&'a str>,
    /// Which session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Key>,
    /// Which key, by its identifier.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "line::text")]
    pub key: Option<&'a str>,
    /// Which client of OAuth.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "line::text")]
    pub client: Option<&'a str>,
    /// By which scheme.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "line::text")]
    pub scheme: Option<&'a str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "line::text")]
    pub reason: Option<&'a str>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// From where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// By which route, such as `GET /users/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// By which request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Audit {
    /// Tells that journal.
    pub fn new(journal: impl Journal) -> Self {
        Self(Some(Arc::new(journal)))
    }

    /// Whether anybody is told.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Waits as [`Journal::flush`] does. It blocks.
    pub fn flush(&self) {
        if let Some(journal) = &self.0 {
            journal.flush();
        }
    }

    /// Tells of something that has happened now.
    #[inline]
    pub(crate) fn tell<'a>(&self, kind: Kind, say: impl FnOnce(Event<'a>) -> Event<'a>) {
        if let Some(journal) = &self.0 {
            journal.write(&say(Event::new(kind, SystemTime::now())));
        }
    }
}

impl<'a> Event<'a> {
    fn new(kind: Kind, time: SystemTime) -> Self {
        Self {
            time,
            kind,
            subject: None,
            session: None,
            key: None,
            client: None,
            scheme: None,
            reason: None,
            count: None,
            address: None,
            route: None,
            request_id: None,
        }
    }

    pub(crate) fn of(self, subject: &'a str) -> Self {
        Self { subject: Some(subject), ..self }
    }

    pub(crate) fn session(self, session: Key) -> Self {
        Self { session: Some(session), ..self }
    }

    pub(crate) fn key(self, key: &'a str) -> Self {
        Self { key: Some(key), ..self }
    }

    pub(crate) fn client(self, client: &'a str) -> Self {
        Self { client: Some(client), ..self }
    }

    pub(crate) fn scheme(self, scheme: &'a str) -> Self {
        Self { scheme: Some(scheme), ..self }
    }

    pub(crate) fn reason(self, reason: &'a str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    pub(crate) fn count(self, count: usize) -> Self {
        Self { count: Some(count), ..self }
    }

    /// By which request.
    pub(crate) fn by(self, context: &RequestContext, address: Option<IpAddr>) -> Self {
        let (route, request_id) = (context.endpoint().to_string(), context.request_id().to_string());
        Self { address, route: Some(route), request_id: Some(request_id), ..self }
    }

    /// The event as a line of JSON, without its end. What comes from clients is escaped, so that it forges no other line and turns
    /// nothing around on a terminal, and has 256 characters at most.
    pub fn line(&self) -> String {
        line::of(self)
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("is_on", &self.is_on()).finish()
    }
}
