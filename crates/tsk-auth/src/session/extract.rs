//! The session of a request, as an argument of a handler.

use std::{fmt, net::IpAddr, sync::Arc, time::SystemTime};

use http::request::Parts;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{Mutex, MutexGuard};
use tsk_core::{DescribeInput, FromParts, Operation, Problem, RequestContext, respond::Requirements};

use super::{Id, Key, Login, Record, SessionError, Sessions, cookie::Shown, sessions::Found};
use crate::{Identity, access::Grants, audit::Kind, csrf};

/// The session of a request.
///
/// Where there is none, it is begun by the first that is kept in it. Every change is in the store when it is done, and the
/// browser is told of its id with the answer. A request that changes something and comes from a page of another site is
/// answered with 403 ([`csrf`](crate::csrf)), a login as well.
///
/// The router needs the state [`Sessions`]; elsewhere they are looked for in the extensions of the request.
///
/// ```
/// use tsk_auth::session::{Login, Session, SessionError};
///
/// async fn add(session: Session) -> Result<String, SessionError> {
///     let items = session.get::<u32>("items").await?.unwrap_or(0) + 1;
///     session.set("items", &items).await?;
///     Ok(format!("{items} in your cart"))
/// }
///
/// # async fn is_right(_: &str) -> bool { true }
/// async fn login(session: Session, password: String) -> Result<&'static str, SessionError> {
///     if !is_right(&password).await {
///         return Ok("wrong");
///     }
///     session.login(Login::new("ada")).await?; // under another id, with the same values
///     Ok("welcome")
/// }
/// ```
#[derive(Clone)]
pub struct Session {
    sessions: Sessions,
    context: RequestContext,
    address: Option<IpAddr>,
    /// What the parts of a service that handle the same request have in common.
    current: Arc<Mutex<Current>>,
}

struct Current {
    id: Option<Id>,
    /// What was last known of it; `None` where it was not looked up yet.
    record: Option<Arc<Record>>,
}

/// Marks what the parts of a service that handle the same request have in common.
#[derive(Clone)]
struct Shared(Arc<Mutex<Current>>);

impl Session {
    /// Who has logged in, if anybody has.
    ///
    /// # Errors
    ///
    /// A store that cannot be asked.
    pub async fn subject(&self) -> Result<Option<Box<str>>, SessionError> {
        Ok(self.record(&mut *self.current().await).await?.and_then(|record| record.subject.clone()))
    }

    /// Where it is kept, to tell it from the others of a [list](Sessions::list). `None` where there is none yet.
    ///
    /// # Errors
    ///
    /// A store that cannot be asked.
    pub async fn key(&self) -> Result<Option<Key>, SessionError> {
        Ok(self.record(&mut *self.current().await).await?.map(|record| record.key))
    }

    /// A value, if there is one of that name.
    ///
    /// # Errors
    ///
    /// A value of another type, or a store that cannot be asked.
    pub async fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SessionError> {
        let record = self.record(&mut *self.current().await).await?;
        let value = record.as_ref().and_then(|record| record.values.get(name));
        let parsed = value.map(|value| serde_json::from_str(value)).transpose();
        parsed.map_err(|source| SessionError::Value { name: name.into(), source })
    }

    /// Keeps a value, in the place of that of the same name if there is one.
    ///
    /// # Errors
    ///
    /// A value that is no JSON, more of them than a session keeps, a session that has ended, or a store that does not keep it.
    pub async fn set<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result<(), SessionError> {
        let value = serde_json::to_string(value)
            .map_err(|source| SessionError::Value { name: name.into(), source })?;
        let mut current = self.current().await;
        let before = self.begun(&mut current).await?;
        let after = self.sessions.change(&before, SystemTime::now(), |record| {
            record.values.insert(name.into(), value.as_str().into());
            Ok(())
        });
        current.record = Some(after.await?);
        Ok(())
    }

    /// Forgets a value.
    ///
    /// # Errors
    ///
    /// A session that has ended, or a store that cannot be asked.
    pub async fn remove(&self, name: &str) -> Result<(), SessionError> {
        let mut current = self.current().await;
        let Some(before) = self.record(&mut current).await? else { return Ok(()) };
        if before.values.contains_key(name) {
            let after = self.sessions.change(&before, SystemTime::now(), |record| {
                record.values.remove(name);
                Ok(())
            });
            current.record = Some(after.await?);
        }
        Ok(())
    }

    /// Has somebody be logged in, whose password, or whatever it was, has been believed. The session has another id after it,
    /// and the one before is worth nothing.
    ///
    /// # Errors
    ///
    /// A store that does not keep it, or a system without randomness.
    pub async fn login(&self, login: Login) -> Result<(), SessionError> {
        let mut current = self.current().await;
        let before = self.record(&mut current).await?;
        let begun = self.sessions.login(before.as_ref(), &login, SystemTime::now()).await?;
        self.tell(Kind::Login, &self.enter(&mut current, begun));
        Ok(())
    }

    /// Changes what its holder may do, from the next request on. The session has another id after it.
    ///
    /// # Errors
    ///
    /// As [`rotate`](Self::rotate).
    pub async fn grant(&self, grants: &Grants) -> Result<(), SessionError> {
        self.rotated(Some(grants)).await
    }

    /// Gives it another id, as is to be done whenever its holder may do more than before.
    ///
    /// # Errors
    ///
    /// A session that has ended, or of which there is none, a store that does not keep it, or a system without randomness.
    pub async fn rotate(&self) -> Result<(), SessionError> {
        self.rotated(None).await
    }

    async fn rotated(&self, grants: Option<&Grants>) -> Result<(), SessionError> {
        let mut current = self.current().await;
        let before = self.record(&mut current).await?.ok_or(SessionError::Ended)?;
        let begun = self.sessions.rotate(&before, grants, SystemTime::now()).await?;
        let record = self.enter(&mut current, begun);
        if grants.is_some() {
            self.tell(Kind::Granted, &record);
        }
        Ok(())
    }

    /// Ends it, with all that is kept in it. The browser forgets it, and who has kept its id cannot enter by it.
    ///
    /// # Errors
    ///
    /// A store that cannot be asked: **the session may hold on then**.
    pub async fn logout(&self) -> Result<(), SessionError> {
        let mut current = self.current().await;
        self.sessions.settings.cookie.clear(&self.context);
        if let Some(id) = current.id.take() {
            let record = current.record.take();
            let is_ended = self.sessions.store.remove(id.key(), None).get().await?;
            if let Some(record) = record.filter(|_| is_ended) {
                self.tell(Kind::Logout, &record);
            }
        }
        Ok(())
    }

    /// Tells auditors of what somebody has done who has logged in.
    fn tell(&self, kind: Kind, record: &Record) {
        if let Some(subject) = record.subject.as_deref() {
            let audit = &self.sessions.settings.audit;
            audit.tell(kind, |event| event.of(subject).session(record.key).by(&self.context, self.address));
        }
    }

    /// A token by which pages of the service change something in browsers that do not say whose page it is, in the header
    /// `X-CSRF-Token`. It is good for as long as the session has its id.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub async fn csrf_token(&self) -> Result<String, SessionError> {
        let mut current = self.current().await;
        self.begun(&mut current).await?;
        let id = current.id.as_ref().ok_or(SessionError::Ended)?;
        Ok(csrf::token(id)?)
    }

    async fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().await
    }

    /// What is kept of it, if there is one.
    async fn record(&self, current: &mut Current) -> Result<Option<Arc<Record>>, SessionError> {
        if current.record.is_none()
            && let Some(id) = &current.id
        {
            let now = crate::time::seconds(SystemTime::now());
            match self.sessions.find_used(id.key(), now).await? {
                Found::Live(record) => current.record = Some(record),
                Found::Moved => current.id = None,
                Found::Nothing => {
                    current.id = None;
                    self.sessions.settings.cookie.clear(&self.context);
                }
            }
        }
        Ok(current.record.clone())
    }

    /// The same, and one of nobody where there is none.
    async fn begun(&self, current: &mut Current) -> Result<Arc<Record>, SessionError> {
        if let Some(record) = self.record(current).await? {
            return Ok(record);
        }
        let begun = self.sessions.begin(SystemTime::now()).await?;
        Ok(self.enter(current, begun))
    }

    fn enter(&self, current: &mut Current, (id, record): (Id, Arc<Record>)) -> Arc<Record> {
        self.sessions.settings.cookie.give(&self.context, &id.text());
        current.id = Some(id);
        current.record = Some(Arc::clone(&record));
        record
    }
}

/// The session of a request of which it was not looked at whether a page of another site has sent it: for a form of a browser
/// that does not say whose page it is, with the [token](Session::csrf_token) in a field.
///
/// The route has to be public, as nobody is known to be calling.
#[derive(Debug, Clone)]
pub struct Unchecked {
    session: Session,
    forgery: Option<csrf::Forgery>,
}

impl Unchecked {
    /// The session, if the browser says that the page is one of the service, or else the token is that of the session.
    ///
    /// # Errors
    ///
    /// A request that a page of another site has sent, or may have.
    pub async fn check(self, token: &str) -> Result<Session, Problem> {
        match self.forgery {
            None => Ok(self.session),
            Some(csrf::Forgery::NoToken) => {
                let id = self.session.current().await.id.clone();
                match id {
                    Some(id) if csrf::is_token(&id, token) => Ok(self.session),
                    _ => Err(csrf::Forgery::WrongToken.into()),
                }
            }
            Some(forgery) => Err(forgery.into()),
        }
    }
}

impl FromParts for Unchecked {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        let context = RequestContext::ensure(&mut parts.extensions);
        let sessions = context.scope().routes().state().get::<Sessions>();
        let Some(sessions) = sessions.or_else(|| parts.extensions.get()).cloned() else {
            return Err(Problem::internal(
                "a handler asks for the session, and the state `Sessions` is not there",
            ));
        };
        let address = context.client(&parts.headers);
        let id = match sessions.settings.cookie.shown(&parts.headers) {
            Shown::Value(text) => Id::read(text),
            Shown::Nothing | Shown::Odd => None,
        };
        let forgery =
            sessions.settings.guard.check(&parts.method, &parts.uri, &parts.headers, id.as_ref()).err();
        let current = match parts.extensions.get::<Shared>() {
            Some(shared) => Arc::clone(&shared.0),
            None => {
                // The gate has looked it up, if there is one and somebody has logged in.
                let key = id.as_ref().map(Id::key);
                let known = Identity::of(&context).and_then(Identity::shared::<Record>);
                let record = known.filter(|record| Some(record.key) == key);
                let current = Arc::new(Mutex::new(Current { id, record }));
                parts.extensions.insert(Shared(Arc::clone(&current)));
                current
            }
        };
        Ok(Self { session: Session { sessions, context, address, current }, forgery })
    }

    fn requires(requirements: &mut Requirements) {
        requirements.state::<Sessions>();
    }
}

impl FromParts for Session {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        let Unchecked { session, forgery } = Unchecked::from_parts(parts)?;
        forgery.map_or(Ok(session), |forgery| Err(forgery.into()))
    }

    fn requires(requirements: &mut Requirements) {
        Unchecked::requires(requirements);
    }
}

impl DescribeInput for Session {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.problem(403, "The request comes from a page of another site.");
        operation.problem(503, "The service cannot answer at the moment.");
    }
}

impl DescribeInput for Unchecked {
    fn describe_input(operation: &mut Operation, params: &[Box<str>]) {
        Session::describe_input(operation, params);
    }
}

/// Without what is in it.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("context", &self.context).finish_non_exhaustive()
    }
}
