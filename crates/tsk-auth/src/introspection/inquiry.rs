//! Asking about tokens.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::Semaphore;
use tsk_core::Principal;

use super::{
    Builder, Refusal,
    answer::{Answer, Judged, Rules},
    flights::{Flights, Place},
    guesses::Guesses,
    memory::{Hash, Memory, Said},
    pace::Pace,
};
use crate::{
    Identity,
    access::Grants,
    bearer::{self, Realm},
    jwt::{Claims, cache},
    oauth::{Failure, Server},
    password::Prefix,
};

/// How long those who find all questions taken are told to wait.
const SOON: Duration = Duration::from_secs(1);

/// Asks the authorization server about bearer tokens, one [`Scheme`](crate::Scheme) of an [`Auth`](crate::Auth). A clone shares
/// everything.
///
/// Handlers are given [`Claims<C>`] as those of a JWT are: `Authenticated<Claims<C>>`, where `C` is what the application reads
/// of the answer besides.
///
/// ```
/// use std::sync::Arc;
/// use tsk_auth::{Auth, introspection::Introspection, oauth::{Credentials, Server}};
/// use tsk_core::HttpClient;
///
/// # fn example(client: Arc<dyn HttpClient>) -> Result<(), tsk_auth::Error> {
/// let credentials = Credentials::new("shop", "s3cret")?;
/// // With the feature `client`: `Server::fetch(url, credentials)`.
/// let server = Server::new("https://id.example.com/oauth/introspect", credentials, client)?;
/// let introspection: Introspection = Introspection::builder(server).audience("https://shop.example.com").build()?;
/// let auth = Auth::builder().scheme(introspection);
/// # Ok(()) }
/// ```
pub struct Introspection<C = IgnoredAny>(pub(super) Arc<Inner<C>>);

pub(super) struct Inner<C> {
    pub(super) server: Server,
    pub(super) rules: Rules,
    pub(super) identify: Identify<C>,
    pub(super) grants: Grant<C>,
    pub(super) realm: Realm,
    pub(super) max_length: usize,
    pub(super) keep: Duration,
    pub(super) keep_refused: Duration,
    pub(super) memory: Memory,
    pub(super) flights: Flights,
    pub(super) pace: Mutex<Pace>,
    pub(super) guesses: Guesses,
    /// How many questions there may still be.
    pub(super) asking: Semaphore,
}

pub(super) type Identify<C> = Box<dyn Fn(&Claims<C>) -> Principal + Send + Sync>;
pub(super) type Grant<C> = Box<dyn Fn(&Claims<C>) -> Grants + Send + Sync>;

/// What is known of a token at once.
pub(super) enum Looked {
    Said(Said),
    /// Somebody has to be asked.
    Open(Hash),
}

impl<C: DeserializeOwned + Send + Sync + 'static> Introspection<C> {
    /// How to ask that server.
    pub fn builder(server: Server) -> Builder<C> {
        Builder::new(server)
    }

    /// Who shows that token, as the server says or has said. On a tokio runtime.
    ///
    /// # Errors
    ///
    /// Why it is not taken.
    pub async fn verify(&self, token: &str) -> Result<Arc<Identity>, Refusal> {
        match self.0.look(token.as_bytes()) {
            Looked::Said(said) => said,
            Looked::Open(hash) => self.0.ask(token, hash, None).await,
        }
    }

    /// Has the next request with that token ask the server, as after a logout.
    pub fn forget(&self, token: &str) {
        self.0.memory.forget(&self.0.memory.hash(token.as_bytes()));
    }

    /// How many good tokens are remembered, in how many bytes by a reckoning that is rather too high, and how many that were
    /// refused.
    pub fn remembered(&self) -> (usize, u64, usize) {
        self.0.memory.counts()
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> Inner<C> {
    #[inline]
    pub(super) fn look(&self, token: &[u8]) -> Looked {
        if token.len() > self.max_length {
            return Looked::Said(Err(Refusal::TooLong));
        }
        let hash = self.memory.hash(token);
        match self.memory.get(&hash, now()) {
            Some(said) => Looked::Said(said),
            None if bearer::is_token(token) => Looked::Open(hash),
            None => Looked::Said(Err(Refusal::Form)),
        }
    }

    /// Asks the server, or waits for what is said to another request. `whose` is the neighbourhood of who shows the token.
    pub(super) async fn ask(&self, token: &str, hash: Hash, whose: Option<Prefix>) -> Said {
        self.guesses.begin(whose, now()).map_err(Refusal::Busy)?;
        let (said, is_guess) = loop {
            match self.flights.join(hash) {
                Place::Follow(flight) => {
                    if let Some(said) = flight.landed().await {
                        break (said, false);
                    }
                }
                Place::Lead(lead) => {
                    // Another one may have landed meanwhile.
                    let said = match self.memory.get(&hash, now()) {
                        Some(said) => said,
                        None => self.question(token, hash).await,
                    };
                    lead.land(&said);
                    let is_guess = said.as_ref().is_err_and(|refusal| refusal.retry_after().is_none());
                    break (said, is_guess);
                }
            }
        };
        if !is_guess {
            self.guesses.forget(whose);
        }
        said
    }

    async fn question(&self, token: &str, hash: Hash) -> Said {
        let Ok(_permit) = self.asking.try_acquire() else { return Err(Refusal::Busy(SOON)) };
        // What is said was so at some time after this.
        let asked = now();
        self.pace().begin(asked).map_err(Refusal::Unavailable)?;
        let fields = [("token", token), ("token_type_hint", "access_token")];
        let answer = self.server.ask(&fields).await;
        match answer.and_then(|answer| self.read(&answer)) {
            Ok(judged) => {
                self.pace().succeeded();
                self.remember(hash, judged, asked)
            }
            Err(failure) => {
                let after = self.pace().failed(now());
                tracing::warn!(server = ?self.server, %failure, "a token could not be asked about");
                Err(Refusal::Unavailable(after))
            }
        }
    }

    fn read(&self, answer: &Response<Bytes>) -> Result<Result<(Judged<C>, usize), Refusal>, Failure> {
        if answer.status() != StatusCode::OK {
            return Err(Failure::refused(answer));
        }
        let text = answer.body();
        let judged = Answer::read(text)?.judge(text, &self.rules, SystemTime::now());
        Ok(judged.map(|judged| (judged, cache::size(&[], text))))
    }

    fn remember(&self, hash: Hash, judged: Result<(Judged<C>, usize), Refusal>, asked: Instant) -> Said {
        match judged {
            Ok((Judged { claims, remains }, size)) => {
                let identity = Identity::new((self.identify)(&claims)).grants((self.grants)(&claims));
                let identity = Arc::new(identity.claims(Arc::new(claims)));
                self.memory.believe(hash, &identity, size, asked + self.keep.min(remains));
                Ok(identity)
            }
            Err(refusal) => {
                self.memory.refuse(hash, refusal, asked + self.keep_refused);
                Err(refusal)
            }
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl<C> Clone for Introspection<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> fmt::Debug for Introspection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection")
            .field("server", &self.0.server)
            .field("rules", &self.0.rules)
            .field("memory", &self.0.memory)
            .finish_non_exhaustive()
    }
}
