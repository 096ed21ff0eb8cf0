//! Where tokens of this service come from.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use http::{HeaderMap, header};
use tokio::{
    sync::{Mutex as Turn, Notify},
    time::sleep_until,
};
use tsk_core::Drain;

use super::{Token, answer, held::Held};
use crate::oauth::{Failure, Server};

/// Gives this service tokens for what it asks of others. A clone shares the token.
///
/// A token is kept until shortly before its end: a minute before, another is asked for, and 10 s before, it is not used any more.
/// While there is one, [`token`](Self::token) gives it at once, be the server away or not. However many calls there are, the server
/// is asked once; after a failure it is let alone for a second, then twice as long after each further one, to a minute.
///
/// ```
/// use std::sync::Arc;
/// use tsk_auth::{client_credentials::ClientCredentials, oauth::{Credentials, Server}};
/// use tsk_core::{Drain, HttpClient};
///
/// # async fn example(client: Arc<dyn HttpClient>) -> Result<(), Box<dyn std::error::Error>> {
/// // With the feature `client`: `Server::fetch(url, credentials)`.
/// let server = Server::new("https://id.example.com/oauth/token", Credentials::new("shop", "s3cret")?, client)?;
/// let tokens = ClientCredentials::new(server).scope("stock:read").field("resource", "https://stock.example.com");
/// let drain = Drain::new();
/// tokio::spawn(tokens.run(drain.clone())); // renews it until the service drains
///
/// let mut request = http::Request::get("https://stock.example.com/apples").body(())?;
/// tokens.authorize(request.headers_mut()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ClientCredentials(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    server: Server,
    /// What is asked for besides: scopes, and for whom.
    fields: Vec<(Box<str>, Box<str>)>,
    held: Arc<Mutex<Held>>,
    /// Whose turn it is to ask.
    turn: Arc<Turn<()>>,
    /// Rung when another token is wanted.
    bell: Arc<Notify>,
}

/// Why there is no token. A clone is of the same failure.
#[derive(Debug, Clone)]
pub struct TokenError(Arc<Failure>);

impl ClientCredentials {
    /// Tokens of that server, which is asked as the client that its credentials name. Nothing is asked before
    /// [`token`](Self::token) or [`run`](Self::run) is awaited.
    pub fn new(server: Server) -> Self {
        Self(Arc::new(Inner {
            server,
            fields: Vec::new(),
            held: Arc::default(),
            turn: Arc::default(),
            bell: Arc::default(),
        }))
    }

    /// Asks for scopes, with spaces in between (RFC 6749 §3.3). Default: those that the server gives unasked.
    #[must_use]
    pub fn scope(self, scopes: &str) -> Self {
        self.field("scope", scopes)
    }

    /// Asks for something else: `resource` (RFC 8707 §2) or `audience`, as the server calls it, says for whom the token is to be.
    #[must_use]
    pub fn field(self, name: &str, value: &str) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.fields.push((name.into(), value.into()));
        // Another token is meant than a clone before may have.
        (inner.held, inner.turn, inner.bell) = Default::default();
        Self(Arc::new(inner))
    }

    /// A token. There is one at once where there is one at all; or else it is waited for. On a tokio runtime.
    ///
    /// # Errors
    ///
    /// The server gives none, or did not a moment ago.
    pub async fn token(&self) -> Result<Token, TokenError> {
        if let Some(token) = self.0.held().usable(now()) {
            return Ok(token);
        }
        let _turn = self.0.turn.lock().await;
        // Somebody else had the turn before.
        {
            let held = self.0.held();
            if let Some(token) = held.usable(now()) {
                return Ok(token);
            }
            if let Some(error) = held.refusal(now()) {
                return Err(error);
            }
        }
        self.0.ask().await
    }

    /// Puts a token into the header of a request: `Authorization: Bearer`, in the place of any other. The value is marked as
    /// sensitive.
    ///
    /// # Errors
    ///
    /// As [`token`](Self::token); the header is as it was.
    pub async fn authorize(&self, headers: &mut HeaderMap) -> Result<(), TokenError> {
        let token = self.token().await?;
        headers.insert(header::AUTHORIZATION, token.authorization().clone());
        Ok(())
    }

    /// Throws a token away that was answered with 401, so that the next request has another. One that is younger than 10 s stays,
    /// as another would be refused as well.
    pub fn reject(&self, token: &Token) {
        if self.0.held().reject(token, now()) {
            self.0.bell.notify_one();
        }
    }

    /// Asks for a token now, and for another before it ends, until the service drains: so that no call waits for one. To be
    /// awaited once, as a task of the application.
    pub fn run(&self, drain: Drain) -> impl Future<Output = ()> + Send + 'static {
        let inner = Arc::clone(&self.0);
        async move {
            tokio::select! {
                () = drain.started() => {}
                () = inner.renew_when_due() => {}
            }
        }
    }
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn renew_when_due(&self) {
        loop {
            let due = self.held().due();
            if let Some(due) = due.filter(|due| now() < *due) {
                tokio::select! {
                    () = sleep_until(due.into()) => {}
                    () = self.bell.notified() => {}
                }
                // What was due may be another by now.
                continue;
            }
            let _turn = self.turn.lock().await;
            if self.held().due() == due {
                // It has been logged, and is kept for those who ask.
                let _ = self.ask().await;
            }
        }
    }

    /// Asks. Whoever calls it has the turn.
    async fn ask(&self) -> Result<Token, TokenError> {
        let asked = now();
        let fields = self.fields.iter().map(|(name, value)| (&**name, &**value));
        let fields: Vec<_> = [("grant_type", "client_credentials")].into_iter().chain(fields).collect();
        let answer = self.server.ask(&fields).await;
        match answer.and_then(|answer| answer::read(&answer, asked)) {
            Ok(token) => {
                self.held().succeeded(token.clone());
                Ok(token)
            }
            Err(failure) => {
                tracing::warn!(server = ?self.server, %failure, "there is no token for calls to others");
                Err(self.held().failed(now(), failure))
            }
        }
    }
}

impl TokenError {
    pub(super) fn new(failure: Failure) -> Self {
        Self(Arc::new(failure))
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no token for calls to others: {}", self.0)
    }
}

impl std::error::Error for TokenError {}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("server", &self.0.server).finish_non_exhaustive()
    }
}
