//! Introspection as a way in which callers prove who they are.

use std::time::Duration;

use http::{HeaderValue, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tsk_core::{Head, Operation, Problem};

use super::{
    Introspection, Refusal,
    inquiry::{Inner, Looked},
};
use crate::{Attempt, Scheme, bearer, password::Prefix, problem};

/// A token stands in `Authorization: Bearer`, and nowhere else. Have this scheme after those for tokens that are known by their
/// look: it decides on every one that comes to it.
impl<C: DeserializeOwned + Send + Sync + 'static> Scheme for Introspection<C> {
    fn attempt(&self, head: Head<'_>) -> Attempt {
        match bearer::token(head.headers) {
            Ok(Some(token)) => self.look(token, || head.client().map(Prefix::of)),
            Ok(None) => Attempt::Absent,
            Err(detail) => Attempt::Refused(self.0.realm.malformed(detail)),
        }
    }

    fn verify(&self, proof: &str) -> Attempt {
        match bearer::of(proof.as_bytes()) {
            Ok(Some(token)) => self.look(token, || None),
            Ok(None) => Attempt::Absent,
            Err(detail) => Attempt::Refused(self.0.realm.malformed(detail)),
        }
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(self.0.realm.challenge(&[]))
    }

    fn insufficient(&self, permissions: &[&str]) -> Option<HeaderValue> {
        Some(self.0.realm.insufficient(permissions))
    }

    fn describe(&self, operation: &mut Operation) {
        operation.problem(400, "The request cannot be read.");
        operation.problem(503, "The service cannot answer at the moment.");
    }

    fn document(&self) -> (&str, Value) {
        ("token", json!({ "type": "http", "scheme": "bearer" }))
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> Introspection<C> {
    fn look(&self, token: &[u8], whose: impl FnOnce() -> Option<Prefix>) -> Attempt {
        match self.0.look(token) {
            Looked::Said(said) => {
                said.map_or_else(|refusal| Attempt::Refused(self.0.refused(refusal)), Attempt::Known)
            }
            Looked::Open(hash) => {
                let (asking, whose) = (self.clone(), whose());
                // What is asked about is visible ASCII.
                let token = String::from_utf8_lossy(token).into_owned();
                Attempt::Wait(Box::pin(async move {
                    let said = asking.0.ask(&token, hash, whose).await;
                    said.map_err(|refusal| asking.0.refused(refusal))
                }))
            }
        }
    }
}

impl<C> Inner<C> {
    #[cold]
    fn refused(&self, refusal: Refusal) -> Problem {
        tracing::debug!(reason = refusal.name(), "a token is refused");
        match refusal.retry_after() {
            Some(after) => Problem::of(problem::TOKENS_UNAVAILABLE)
                .header(header::RETRY_AFTER, HeaderValue::from(seconds(after)))
                .with_source(refusal),
            None => self.realm.invalid(refusal.told()).with_source(refusal),
        }
    }
}

/// Whole seconds, one at least.
fn seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}
