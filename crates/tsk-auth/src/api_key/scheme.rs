//! Keys as a way in which callers prove who they are.

use std::time::SystemTime;

use http::{HeaderName, HeaderValue, header};
use serde_json::{Value, json};
use tsk_core::{Drain, Head, Operation, Problem};

use super::{ApiKeys, Environment, Refusal};
use crate::{Attempt, Scheme, problem, scheme::Running, time::seconds};

/// Where a key stands, unless it is a bearer token.
const HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// A key stands in `X-Api-Key`, or is the token of `Authorization: Bearer`, where it is told from other tokens by what it begins
/// with. Have this scheme before that for other tokens. A key in the query is not looked at: those are logged and sent on.
impl Scheme for ApiKeys {
    fn attempt(&self, head: Head<'_>) -> Attempt {
        let mut own = head.headers.get_all(&HEADER).iter();
        match (own.next(), own.next()) {
            (Some(value), None) => self.look(value.to_str().unwrap_or_default()),
            (Some(_), Some(_)) => Attempt::Refused(refused(Refusal::Malformed)),
            _ => match head.headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.to_str().ok()?))
            {
                Some(key) => self.look(key),
                None => Attempt::Absent,
            },
        }
    }

    fn verify(&self, proof: &str) -> Attempt {
        bearer(proof).map_or(Attempt::Absent, |key| self.look(key))
    }

    fn run(&self, drain: Drain) -> Option<Running> {
        let store = self.store.clone();
        Some(Box::pin(async move {
            tokio::select! {
                () = store.run() => {}
                () = drain.started() => {}
            }
        }))
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("ApiKey"))
    }

    fn describe(&self, operation: &mut Operation) {
        operation.problem(503, "The service cannot answer at the moment.");
    }

    fn document(&self) -> (&str, Value) {
        ("apiKey", json!({ "type": "apiKey", "in": "header", "name": "x-api-key" }))
    }
}

impl ApiKeys {
    fn look(&self, key: &str) -> Attempt {
        match self.begin(key, seconds(SystemTime::now())) {
            Ok(identity) => Attempt::Known(identity),
            Err(Err(refusal)) => Attempt::Refused(refused(refusal)),
            Err(Ok(text)) => {
                let keys = self.clone();
                Attempt::Wait(Box::pin(async move {
                    Self::verify(&keys, text.as_str(), SystemTime::now()).await.map_err(refused)
                }))
            }
        }
    }
}

/// A bearer token that is one of our keys, or looks so.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_matches(' ');
    let is_ours = [Environment::Live, Environment::Test].iter().any(|of| token.starts_with(of.prefix()));
    (scheme.eq_ignore_ascii_case("Bearer") && is_ours).then_some(token)
}

/// Whoever shows a wrong key is not told why it is wrong: that is for the log.
#[cold]
fn refused(refusal: Refusal) -> Problem {
    tracing::debug!(reason = %refusal, "a key is refused");
    match refusal {
        Refusal::Unavailable => Problem::of(problem::KEYS_UNAVAILABLE)
            .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
            .with_source(refusal),
        _ => Problem::of(problem::INVALID_API_KEY)
            .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey"))
            .with_source(refusal),
    }
}
