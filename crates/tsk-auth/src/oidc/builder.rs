//! How it is made.

use std::{fmt, sync::Arc, time::Duration};

use openidconnect::{ClientSecret, RedirectUrl, url::Url};
use serde_json::{Map, Value};
use tsk_core::HttpClient;

use super::{
    Inner, Oidc, claims::Mapping, discovery::Discovery, fetch::Fetch, pending::Pending, provider,
    tokens::Turns,
};
use crate::{
    Error, login,
    session::{Login, Sessions},
};

/// How an [`Oidc`] is made.
#[must_use]
pub struct Builder {
    issuer: Box<str>,
    client_id: Box<str>,
    redirect_url: Box<str>,
    sessions: Sessions,
    secret: Option<Box<str>>,
    client: Option<Arc<dyn HttpClient>>,
    scopes: Vec<Box<str>>,
    parameters: Vec<(Box<str>, Box<str>)>,
    max_age: Option<Duration>,
    mapping: Mapping,
    home: Box<str>,
    after_logout: Option<Box<str>>,
}

/// What was checked once.
pub(super) struct Settings {
    pub(super) issuer: Box<str>,
    pub(super) client_id: Box<str>,
    pub(super) secret: Option<ClientSecret>,
    pub(super) redirect_url: RedirectUrl,
    pub(super) paths: Paths,
    pub(super) scopes: Vec<Box<str>>,
    pub(super) parameters: Vec<(Box<str>, Box<str>)>,
    pub(super) max_age: Option<Duration>,
    pub(super) mapping: Mapping,
    pub(super) home: Box<str>,
    pub(super) after_logout: Option<Url>,
}

impl Settings {
    /// Where the provider says what it is (OpenID Connect Discovery 1.0 §4).
    pub(super) fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'))
    }
}

/// Where what is answered.
pub(super) struct Paths {
    pub(super) login: Box<str>,
    pub(super) callback: Box<str>,
    pub(super) logout: Box<str>,
    pub(super) back_channel: Box<str>,
}

impl Builder {
    pub(super) fn new(
        issuer: Box<str>,
        client_id: Box<str>,
        redirect_url: Box<str>,
        sessions: Sessions,
    ) -> Self {
        Self {
            issuer,
            client_id,
            redirect_url,
            sessions,
            secret: None,
            client: None,
            scopes: Vec::new(),
            parameters: Vec::new(),
            max_age: None,
            mapping: Mapping::default(),
            home: "/".into(),
            after_logout: None,
        }
    }

    /// Sets the secret by which the provider knows this service. Default: none, as of a public client.
    pub fn client_secret(mut self, secret: impl Into<Box<str>>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Sets what asks the provider. Default: the client of `tsk-core`, with the feature `client`.
    pub fn client(mut self, client: Arc<dyn HttpClient>) -> Self {
        self.client = Some(client);
        self
    }

    /// Asks for a scope beside `openid`, such as `email`, or `offline_access` for tokens that can be refreshed. May be called
    /// several times.
    pub fn scope(mut self, scope: impl Into<Box<str>>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Adds a parameter to the URL to which browsers are sent, such as `prompt` or what only this provider knows.
    pub fn parameter(mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Has users prove who they are again if they did so longer ago, and refuses a login that does not say that they have.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sets the claim that says who it is. Default: `sub`, which alone never becomes somebody else's. Of `email` the provider has
    /// to say `email_verified`.
    pub fn subject_at(mut self, claim: impl Into<Box<str>>) -> Self {
        self.mapping.subject = claim.into();
        self
    }

    /// Sets the claim that says which roles somebody has, a text or a list: `roles`, say, or `realm_access.roles`. Default: none.
    pub fn roles_at(mut self, claim: impl Into<Box<str>>) -> Self {
        self.mapping.roles = Some(claim.into());
        self
    }

    /// Sets the claim that says which permissions somebody has, a text with blanks between them or a list. Default: none.
    pub fn permissions_at(mut self, claim: impl Into<Box<str>>) -> Self {
        self.mapping.permissions = Some(claim.into());
        self
    }

    /// Asks the provider for what it knows of a user beside the ID token, at its UserInfo endpoint, with each login. What the ID
    /// token says goes before. Default: it does not.
    pub fn userinfo(mut self) -> Self {
        self.mapping.asks_userinfo = true;
        self
    }

    /// Says who has logged in by all claims that were believed; `None` lets nobody in. It stands in the place of the claims for
    /// subject, roles and permissions.
    pub fn identify(
        mut self,
        identify: impl Fn(&Map<String, Value>) -> Option<Login> + Send + Sync + 'static,
    ) -> Self {
        self.mapping.own = Some(Box::new(identify));
        self
    }

    /// Sets the path to which a browser comes after a login that began nowhere, and after a logout where the provider has no page
    /// for that. Default: `/`.
    pub fn home(mut self, path: impl Into<Box<str>>) -> Self {
        self.home = path.into();
        self
    }

    /// Sets the URL to which the provider sends a browser after a logout, as it is registered there. Default: none, and it stays
    /// at the provider.
    pub fn after_logout(mut self, url: impl Into<Box<str>>) -> Self {
        self.after_logout = Some(url.into());
        self
    }

    /// What was told, checked.
    ///
    /// # Errors
    ///
    /// URLs that cannot be, or are not `https` and not of this machine; a path that is none; no client to ask with.
    pub fn build(self) -> Result<Oidc, Error> {
        let issuer = url("issuer", &self.issuer)?;
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(Error::new(format!(
                "`issuer`: {issuer} has a query: write what the provider calls itself"
            )));
        }
        if self.client_id.is_empty() || self.secret.as_deref().is_some_and(str::is_empty) {
            return Err(Error::new(
                "`client_id` and `client_secret` are what the provider has given: one is empty",
            ));
        }
        let redirect = url("redirect_url", &self.redirect_url)?;
        if redirect.query().is_some()
            || redirect.fragment().is_some()
            || redirect.as_str() != &*self.redirect_url
        {
            return Err(Error::new(format!(
                "`redirect_url`: write it as {}, without a query: providers compare it to the letter",
                redirect.as_str().split(['?', '#']).next().unwrap_or_default()
            )));
        }
        let paths = Paths::beside(redirect.path())?;
        if !login::is_path(&self.home) {
            return Err(Error::new(format!(
                "`home`: {:?} is no path of this service: write one such as \"/\"",
                self.home
            )));
        }
        let after_logout = self.after_logout.as_deref().map(|text| url("after_logout", text)).transpose()?;
        let client = match self.client {
            Some(client) => client,
            None => own_client()?,
        };
        let settings = Settings {
            issuer: self.issuer,
            client_id: self.client_id,
            secret: self.secret.map(|secret| ClientSecret::new(secret.into())),
            redirect_url: RedirectUrl::from_url(redirect),
            paths,
            scopes: self.scopes,
            parameters: self.parameters,
            max_age: self.max_age,
            mapping: self.mapping,
            home: self.home,
            after_logout,
        };
        Ok(Oidc(Arc::new(Inner {
            pending: Pending::new(&self.sessions, &settings)?,
            settings,
            sessions: self.sessions,
            fetch: Fetch::new(client),
            discovery: Discovery::default(),
            turns: Turns::default(),
        })))
    }
}

impl Paths {
    /// Those beside the path of the callback.
    fn beside(callback: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::new(format!(
                "`redirect_url`: {callback:?} is no path for it: write one such as \"/auth/callback\", with nothing to encode"
            ))
        };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
        if !callback.bytes().all(is_plain) || callback.ends_with('/') || !login::is_path(callback) {
            return Err(wrong());
        }
        let (folder, _) = callback.rsplit_once('/').ok_or_else(wrong)?;
        let path = |name: &str| Box::from(format!("{folder}/{name}"));
        let paths = Self {
            login: path("login"),
            callback: callback.into(),
            logout: path("logout"),
            back_channel: path("logout/backchannel"),
        };
        if [&paths.login, &paths.logout].contains(&&paths.callback) {
            return Err(wrong());
        }
        Ok(paths)
    }
}

fn url(name: &str, text: &str) -> Result<Url, Error> {
    let url =
        Url::parse(text).map_err(|error| Error::new(format!("`{name}`: {text:?} is no URL: {error}")))?;
    if !provider::is_safe(&url, true) {
        return Err(Error::new(format!("`{name}`: {text}: write a URL that begins with https://")));
    }
    Ok(url)
}

#[cfg(feature = "client")]
fn own_client() -> Result<Arc<dyn HttpClient>, Error> {
    let settings = tsk_core::client::Settings { max_body: super::fetch::MAX_BODY, ..Default::default() };
    let client = tsk_core::client::Client::new(&settings).map_err(|error| Error::new(error.to_string()))?;
    Ok(Arc::new(client))
}

#[cfg(not(feature = "client"))]
fn own_client() -> Result<Arc<dyn HttpClient>, Error> {
    Err(Error::new("there is no client to ask the provider with: give one, or turn the feature `client` on"))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("redirect_url", &self.redirect_url)
            .finish_non_exhaustive()
    }
}
