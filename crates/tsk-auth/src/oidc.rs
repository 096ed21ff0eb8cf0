//! Logins at a provider of OpenID Connect ([OpenID Connect Core 1.0], RFC 6749, RFC 9700).
//!
//! A browser is sent to the provider with a state, a nonce and a code challenge (RFC 7636, S256), which are kept for ten minutes
//! under a cookie that it alone has. It comes back with a code, which is exchanged for tokens. If the ID token is believed, the
//! browser has a [`Session`](crate::session::Session) under a new id. The tokens stay with the session, where no browser sees them.
//!
//! Whatever the provider, or whoever plays it, sends that is not to the letter what was asked for logs nobody in.
//!
//! # In reading order
//!
//! - [`Oidc`], [`Builder`]: one provider, as a [`Scheme`](crate::Scheme) and as the [service](OidcService) of its four paths.
//! - [`OidcError`]: why a login, a logout or a refresh came to nothing.
//! - `provider`, `discovery`: what the provider says of itself, and when it is asked.
//! - `flow`, `pending`, `id_token`, `claims`: a login.
//! - `tokens`: what is kept with the session, and its refresh.
//! - `logout`: by the user, and by the provider.
//!
//! [OpenID Connect Core 1.0]: https://openid.net/specs/openid-connect-core-1_0.html

mod builder;
mod claims;
mod discovery;
mod error;
mod failed;
mod fetch;
mod flow;
mod id_token;
mod logout;
mod pending;
mod provider;
mod scheme;
mod service;
mod tokens;

use std::{fmt, sync::Arc};

pub use self::{builder::Builder, error::OidcError, service::OidcService};
use self::{builder::Settings, discovery::Discovery, fetch::Fetch, pending::Pending, tokens::Turns};
use crate::session::Sessions;

/// Logins at one provider. A clone shares everything.
///
/// It is a [`Scheme`](crate::Scheme) by the sessions that it was given, and stands in their place in an [`Auth`](crate::Auth). What
/// the provider says of itself is fetched by [`Auth::run`](crate::Auth::run), or by [`run`](Self::run).
///
/// ```
/// use std::sync::Arc;
/// use tsk_auth::{Auth, oidc::Oidc, session::{MemoryStore, Sessions}};
///
/// # fn example(client: Arc<dyn tsk_core::HttpClient>) -> Result<(), tsk_auth::Error> {
/// let sessions = Sessions::new(Arc::new(MemoryStore::new(100_000, 256 << 20)));
/// let oidc = Oidc::builder("https://id.example.com", "shop", "https://shop.example.com/auth/callback", sessions)
///     .client_secret("…")
///     .scope("email")
///     .roles_at("roles")
///     .client(client) // with the feature `client` there is one
///     .build()?;
/// let auth = Auth::builder().scheme(oidc.clone()).login(oidc.login_path())?;
/// let service = oidc.service(); // at each of `oidc.paths()`
/// # let _ = (auth, service);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Oidc(Arc<Inner>);

struct Inner {
    settings: Settings,
    sessions: Sessions,
    pending: Pending,
    fetch: Fetch,
    discovery: Discovery,
    turns: Turns,
}

impl Oidc {
    /// Logins at the provider whose `issuer` is to the letter what it calls itself, where this service is `client_id` and has
    /// registered `redirect_url`. What is known of a browser is kept in `sessions`.
    ///
    /// The path of `redirect_url` says where the others are: with `https://shop.example.com/auth/callback` a login begins at
    /// `/auth/login`, and ends at `/auth/logout`; the provider tells of a logout at `/auth/logout/backchannel`.
    pub fn builder(
        issuer: impl Into<Box<str>>,
        client_id: impl Into<Box<str>>,
        redirect_url: impl Into<Box<str>>,
        sessions: Sessions,
    ) -> Builder {
        Builder::new(issuer.into(), client_id.into(), redirect_url.into(), sessions)
    }

    /// The sessions that logins make.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Where a browser is sent to log in, such as `/auth/login`. With `?next=` and a path of the service it comes back there.
    pub fn login_path(&self) -> &str {
        &self.0.settings.paths.login
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc")
            .field("issuer", &self.0.settings.issuer)
            .field("client_id", &self.0.settings.client_id)
            .finish_non_exhaustive()
    }
}
