//! Sessions as a way in which callers prove who they are.

use std::{sync::Arc, time::SystemTime};

use serde_json::{Value, json};
use tsk_core::{Head, Operation, Problem, RequestContext};

use super::{Id, Record, SessionError, Sessions, cookie::Shown, sessions::Found};
use crate::{Attempt, Identity, Scheme, csrf::Forgery, problem, time::seconds};

/// A cookie of which no session is known is as good as none, and the browser is told to forget it: it was a session once. One
/// of a session of somebody is a proof of who is calling, unless a page of another site sends it ([`csrf`](crate::csrf)).
impl Scheme for Sessions {
    fn attempt(&self, head: Head<'_>) -> Attempt {
        let Some(id) = self.shown(head) else { return Attempt::Absent };
        let forgery = self.settings.guard.check(head.method, head.uri, head.headers, Some(&id)).err();
        let now = seconds(SystemTime::now());
        match self.find_now(id.key(), now) {
            Some(found) => match self.known(found, forgery, head.context) {
                Ok(Some(identity)) => Attempt::Known(identity),
                Ok(None) => Attempt::Absent,
                Err(problem) => Attempt::Refused(problem),
            },
            None => {
                let (sessions, context) = (self.clone(), head.context.clone());
                Attempt::Wait(Box::pin(async move {
                    let found = sessions.find_used(id.key(), now).await;
                    let known = sessions.known(found, forgery, &context)?;
                    known.ok_or_else(|| Problem::of(problem::UNAUTHENTICATED))
                }))
            }
        }
    }

    fn describe(&self, operation: &mut Operation) {
        operation.problem(403, "The request comes from a page of another site.");
        operation.problem(503, "The service cannot answer at the moment.");
    }

    fn document(&self) -> (&str, Value) {
        ("session", json!({ "type": "apiKey", "in": "cookie", "name": self.settings.cookie.name() }))
    }
}

impl Sessions {
    /// The id that a request shows. What is none is to be forgotten.
    fn shown(&self, head: Head<'_>) -> Option<Id> {
        let id = match self.settings.cookie.shown(head.headers) {
            Shown::Nothing => return None,
            Shown::Value(text) => Id::read(text),
            Shown::Odd => None,
        };
        if id.is_none() {
            self.settings.cookie.clear(head.context);
        }
        id
    }

    fn known(
        &self,
        found: Result<Found, SessionError>,
        forgery: Option<Forgery>,
        context: &RequestContext,
    ) -> Result<Option<Arc<Identity>>, Problem> {
        let record: Arc<Record> = match found? {
            Found::Live(record) => record,
            Found::Moved => return Ok(None),
            Found::Nothing => {
                self.settings.cookie.clear(context);
                return Ok(None);
            }
        };
        match (record.identity(), forgery) {
            (None, _) => Ok(None),
            (Some(_), Some(forgery)) => Err(forgery.into()),
            (Some(identity), None) => Ok(Some(Arc::new(identity))),
        }
    }
}
