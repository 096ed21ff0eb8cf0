//! Logins at a provider, as `tsk.toml` tells of them.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Secret, text};

/// Logins at a provider of OpenID Connect, `[auth.oidc]`. There are none where there is no such section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// What the provider calls itself: a URL, to the letter.
    pub issuer: String,

    /// What the provider calls this service.
    pub client_id: String,

    /// The URL of this service to which the provider sends browsers back, as it is registered there. Its path says where the
    /// others are: with `…/auth/callback` a login begins at `/auth/login`.
    pub redirect_url: String,

    /// The secret by which the provider knows this service. Default: none.
    #[serde(default)]
    pub client_secret: Option<Secret>,

    /// A file with the secret, in its place. Default: none.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,

    /// What is asked for beside `openid`, such as `email`. Default: nothing.
    #[serde(default)]
    pub scopes: Vec<String>,

    /// The claim that says who it is. Default: `sub`.
    #[serde(default = "subject")]
    pub subject_at: String,

    /// The claim that says which roles somebody has: `roles`, say, or `realm_access.roles`. Default: none.
    #[serde(default)]
    pub roles_at: Option<String>,

    /// The claim that says which permissions somebody has. Default: none.
    #[serde(default)]
    pub permissions_at: Option<String>,

    /// Asks the provider for what it knows of a user beside the ID token. Default: false.
    #[serde(default)]
    pub userinfo: bool,

    /// Has users prove who they are again who did so longer ago, in whole seconds. Default: it is up to the provider.
    #[serde(default, with = "text::OptionalDuration")]
    pub max_age: Option<Duration>,

    /// The path to which a browser comes after a login that began nowhere. Default: `/`.
    #[serde(default = "home")]
    pub home: String,

    /// The URL to which the provider sends a browser after a logout, as it is registered there. Default: none.
    #[serde(default)]
    pub after_logout: Option<String>,

    /// The PEM file of the authorities that may have issued the certificate of the provider. Default: those that browsers trust.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
}

impl OidcConfig {
    /// Logins at that provider, where this service is that client, with defaults for everything else.
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        redirect_url: impl Into<String>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            redirect_url: redirect_url.into(),
            client_secret: None,
            client_secret_file: None,
            scopes: Vec::new(),
            subject_at: subject(),
            roles_at: None,
            permissions_at: None,
            userinfo: false,
            max_age: None,
            home: home(),
            after_logout: None,
            authorities: None,
        }
    }
}

fn subject() -> String {
    "sub".into()
}

fn home() -> String {
    "/".into()
}
