//! Logins that a browser has begun, and not finished.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use tsk_core::RequestContext;

use super::{OidcError, builder::Settings};
use crate::{
    Error,
    session::{SessionError, Sessions},
    time::seconds,
};

/// How long a login may take.
const HOLDS: Duration = Duration::from_secs(600);

/// Logins that a browser may have begun at a time: in as many tabs.
const MAX_AT_A_TIME: usize = 5;

/// Logins that are under way, in the store of the sessions, by a cookie that the browser has for as long as one may take.
pub(super) struct Pending {
    begun: Sessions,
    /// With whom.
    provider: String,
}

/// A login that was begun.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begun {
    /// With whom, so that the answer of another is none.
    provider: String,
    pub(super) nonce: String,
    /// What the code challenge is the hash of.
    pub(super) verifier: String,
    /// Where to go after it.
    pub(super) next: String,
    /// Counts up: several may begin within a second.
    number: u64,
    /// In seconds since 1970.
    until: u64,
}

impl Pending {
    pub(super) fn new(sessions: &Sessions, settings: &Settings) -> Result<Self, Error> {
        let provider = format!("{} {}", settings.issuer, settings.client_id);
        Ok(Self { begun: sessions.beside("login", HOLDS.as_secs())?, provider })
    }

    /// Keeps a login under its state, and gives the browser the cookie by which it is found. Of too many, the oldest is forgotten.
    pub(super) async fn begin(
        &self,
        (headers, context): (&HeaderMap, &RequestContext),
        state: &str,
        (nonce, verifier, next): (String, String, String),
        now: SystemTime,
    ) -> Result<(), OidcError> {
        let until = seconds(now + HOLDS);
        let mut begun = Begun { provider: self.provider.clone(), nonce, verifier, next, number: 0, until };
        let found = match self.begun.id_of(headers) {
            Some(id) => self.begun.find(&id, now).await?.map(|record| (id, record)),
            None => None,
        };
        let (id, record) = match found {
            Some(found) => found,
            None => self.begun.begin(now).await?,
        };
        let change = self.begun.change(&record, now, |record| {
            let known = |value: &str| serde_json::from_str::<Begun>(value).ok();
            let number = |value: &str| known(value).map_or(0, |begun| begun.number);
            record.values.retain(|_, value| known(value).is_some_and(|begun| begun.until > seconds(now)));
            while record.values.len() >= MAX_AT_A_TIME {
                let Some(oldest) = record.values.iter().min_by_key(|(_, value)| number(value)) else { break };
                let oldest = oldest.0.clone();
                record.values.remove(&oldest);
            }
            begun.number = record.values.values().map(|value| number(value)).max().unwrap_or(0) + 1;
            let value = serde_json::to_string(&begun)
                .map_err(|source| SessionError::Value { name: "login".into(), source })?;
            record.values.insert(state.into(), value.into());
            Ok(())
        });
        change.await?;
        self.begun.give(context, &id);
        Ok(())
    }

    /// Takes the login that has this state, if this browser has begun it: nobody gets it again.
    pub(super) async fn take(
        &self,
        (headers, context): (&HeaderMap, &RequestContext),
        state: &str,
        now: SystemTime,
    ) -> Result<Begun, OidcError> {
        let id = self.begun.id_of(headers).ok_or(OidcError::NotBegun)?;
        let record = self.begun.find(&id, now).await?.ok_or(OidcError::NotBegun)?;
        let mut taken = None;
        // Where somebody else is faster, it is looked for again in what is left.
        let change = self.begun.change(&record, now, |record| {
            taken = record.values.remove(state);
            taken.as_ref().map(drop).ok_or(SessionError::Ended)
        });
        let rest = match change.await {
            Ok(rest) => rest,
            Err(SessionError::Ended) => return Err(OidcError::NotBegun),
            Err(error) => return Err(error.into()),
        };
        if rest.values.is_empty() {
            self.begun.forget(context);
            self.begun.end(rest.key).await?;
        }
        let begun: Option<Begun> = taken.and_then(|text| serde_json::from_str(&text).ok());
        let begun = begun.filter(|begun| begun.until > seconds(now)).ok_or(OidcError::NotBegun)?;
        if begun.provider != self.provider {
            return Err(OidcError::distrusted("the login was begun with another provider (RFC 9700 §4.4)"));
        }
        Ok(begun)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use http::Request;

    use super::*;
    use crate::session::MemoryStore;

    #[tokio::test]
    async fn a_login_that_takes_too_long_is_not_finished() {
        let sessions = Sessions::new(Arc::new(MemoryStore::new(10, 1 << 20)));
        let begun = sessions.beside("login", HOLDS.as_secs()).unwrap();
        let pending = Pending { begun, provider: "https://id.example.com shop".into() };
        let start = SystemTime::now();
        for (late, is_taken) in [(599, true), (600, false)] {
            let mut request = Request::new(());
            let context = RequestContext::ensure(request.extensions_mut());
            let login = || ("n".to_owned(), "v".to_owned(), "/".to_owned());
            let seen = (request.headers(), &context);
            pending.begin(seen, "state", login(), start).await.unwrap();
            let cookie = context.take_cookies().remove(0);
            request.headers_mut().insert(http::header::COOKIE, cookie);
            // Another that the browser has begun since does not make the first hold longer.
            let (seen, later) = ((request.headers(), &context), start + Duration::from_secs(late));
            pending.begin(seen, "other", login(), start + Duration::from_secs(300)).await.unwrap();
            assert_eq!(pending.take(seen, "state", later).await.is_ok(), is_taken, "after {late} s");
            assert!(pending.take(seen, "other", later).await.is_ok());
        }
    }
}
