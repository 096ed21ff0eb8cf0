//! The tokens of a session, which no browser sees.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    time::{Duration, SystemTime},
};

use openidconnect::{
    OAuth2TokenResponse as _, RefreshToken, RequestTokenError,
    core::{CoreErrorResponseType, CoreTokenType},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{
    Inner, Oidc, OidcError,
    flow::unanswered,
    id_token::{Claims, Expected},
    provider::Tokens,
};
use crate::{
    session::{Key, Record, Session, SessionError},
    time::seconds,
};

/// The name of the value that they are.
const NAME: &str = "tsk.oidc";

/// An access token is refreshed so many seconds before it ends, so that it is not over when it arrives.
const EARLY: u64 = 30;

/// What is kept of a login with its session. Times are in seconds since 1970.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    pub(super) issuer: Box<str>,
    /// Whom the provider means by it.
    pub(super) subject: Box<str>,
    /// The session at the provider, where that has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<Box<str>>,
    nonce: Box<str>,
    pub(super) id_token: Box<str>,
    access_token: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Box<str>>,
}

/// Whose turn it is to refresh: a refresh token that is shown twice ends them all, as others see it (RFC 9700 §4.14.2).
pub(super) struct Turns {
    places: [Mutex<()>; 64],
    hasher: RandomState,
}

impl Kept {
    pub(super) fn new(
        issuer: &str,
        claims: &Claims,
        tokens: &Tokens,
        (id_token, nonce): (&str, &str),
        now: SystemTime,
    ) -> Result<Self, OidcError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(Box::from);
        let subject = text("sub").ok_or_else(|| OidcError::distrusted("the ID token has no `sub`"))?;
        // Whoever does not know how to show it must not (RFC 6749 §7.1).
        if *tokens.token_type() != CoreTokenType::Bearer {
            return Err(OidcError::distrusted("the access token is not a bearer token"));
        }
        let refresh_token = tokens.refresh_token().map(|token| token.secret().as_str().into());
        Ok(Self {
            issuer: issuer.into(),
            subject,
            session: text("sid"),
            nonce: nonce.into(),
            id_token: id_token.into(),
            access_token: tokens.access_token().secret().as_str().into(),
            expires: ends(tokens, now),
            refresh_token,
        })
    }

    pub(super) async fn keep(&self, session: &Session) -> Result<(), OidcError> {
        Ok(session.set(NAME, self).await?)
    }

    pub(super) async fn of(session: &Session) -> Result<Option<Self>, OidcError> {
        Ok(session.get(NAME).await?)
    }

    pub(super) fn in_record(record: &Record) -> Option<Self> {
        serde_json::from_str(record.values.get(NAME)?).ok()
    }

    fn is_fresh(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| seconds(now).saturating_add(EARLY) < expires)
    }
}

fn ends(tokens: &Tokens, now: SystemTime) -> Option<u64> {
    tokens.expires_in().map(|time: Duration| seconds(now).saturating_add(time.as_secs()))
}

impl Oidc {
    /// The access token of a session, to ask other services with on behalf of its user. One that is about to end is refreshed
    /// before, if the provider has given a refresh token: ask it for `offline_access`. `None` where nobody has logged in at this
    /// provider, or the token has ended and cannot be refreshed.
    ///
    /// ```
    /// use tsk_auth::{oidc::{Oidc, OidcError}, session::Session};
    ///
    /// async fn authorization(oidc: &Oidc, session: &Session) -> Result<Option<String>, OidcError> {
    ///     Ok(oidc.access_token(session).await?.map(|token| format!("Bearer {token}")))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// A provider that does not answer, or refuses: then the tokens are forgotten, and the session stays. A store that cannot be
    /// asked.
    pub async fn access_token(&self, session: &Session) -> Result<Option<Box<str>>, OidcError> {
        self.0.access_token(session).await
    }
}

impl Inner {
    async fn access_token(&self, session: &Session) -> Result<Option<Box<str>>, OidcError> {
        let Some(key) = session.key().await? else { return Ok(None) };
        let ours = |kept: &Kept| kept.issuer == self.settings.issuer;
        match Kept::of(session).await?.filter(ours) {
            Some(kept) if kept.is_fresh(SystemTime::now()) => return Ok(Some(kept.access_token)),
            Some(kept) if kept.refresh_token.is_some() => {}
            Some(_) | None => return Ok(None),
        }
        let _turn = self.turns.of(key).lock().await;
        // Somebody else may have done so meanwhile.
        let record = self.sessions.at(key, SystemTime::now()).await?.ok_or(SessionError::Ended)?;
        let Some(kept) = Kept::in_record(&record).filter(ours) else { return Ok(None) };
        if kept.is_fresh(SystemTime::now()) {
            return Ok(Some(kept.access_token));
        }
        match self.refresh(kept).await {
            Ok(kept) => {
                kept.keep(session).await?;
                Ok(Some(kept.access_token))
            }
            Err(OidcError::Ended) => {
                session.remove(NAME).await?;
                Err(OidcError::Ended)
            }
            Err(error) => Err(error),
        }
    }

    /// Other tokens for the refresh token (RFC 6749 §6, OpenID Connect Core 1.0 §12).
    async fn refresh(&self, kept: Kept) -> Result<Kept, OidcError> {
        let Some(shown) = &kept.refresh_token else { return Err(OidcError::Ended) };
        let shown = RefreshToken::new(shown.to_string());
        let provider = self.provider().await?;
        let ask = |request| self.fetch.ask(request);
        let now = SystemTime::now();
        let tokens = match provider.asker.exchange_refresh_token(&shown).request_async(&ask).await {
            Ok(tokens) => tokens,
            Err(RequestTokenError::ServerResponse(refusal))
                if *refusal.error() == CoreErrorResponseType::InvalidGrant =>
            {
                return Err(OidcError::Ended);
            }
            Err(error) => return Err(unanswered(error)),
        };
        let mut next = Kept {
            access_token: tokens.access_token().secret().as_str().into(),
            expires: ends(&tokens, now),
            ..kept.clone()
        };
        // Where there is no other, the one that there is stays good.
        if let Some(token) = tokens.refresh_token() {
            next.refresh_token = Some(token.secret().as_str().into());
        }
        if let Some(id_token) = &tokens.extra_fields().id_token {
            let expected = Expected {
                client_id: &self.settings.client_id,
                nonce: (&kept.nonce, false),
                access_token: tokens.access_token().secret(),
                max_age: None,
            };
            let claims = provider.id_token(id_token, &expected).await?;
            if claims.get("sub").and_then(Value::as_str) != Some(&kept.subject) {
                return Err(OidcError::distrusted("the refreshed ID token is about somebody else"));
            }
            next.id_token = id_token.as_str().into();
        }
        Ok(next)
    }
}

impl Turns {
    fn of(&self, key: Key) -> &Mutex<()> {
        let place = self.hasher.hash_one(key) % self.places.len() as u64;
        &self.places[place as usize]
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self { places: std::array::from_fn(|_| Mutex::default()), hasher: RandomState::new() }
    }
}

/// Without the tokens.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
