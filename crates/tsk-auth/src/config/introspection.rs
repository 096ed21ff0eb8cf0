//! A server that is asked about tokens, as `tsk.toml` tells it.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Secret, text};

/// A server that is asked about tokens which say nothing themselves, `[auth.introspection]` (RFC 7662).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IntrospectionConfig {
    /// Where it is asked: a URL that begins with `https://`.
    pub url: String,

    /// As which client this service asks.
    pub client_id: String,

    /// The secret of the client.
    pub client_secret: Secret,

    /// How the client says who it is: `basic` for `Authorization: Basic`, `post` for the form. Default: `basic`.
    #[serde(default)]
    pub client_auth: ClientAuth,

    /// What `iss` has to be. It has to be said where there are issuers, `[[auth.jwt]]`, as well. Default: it is not looked at.
    #[serde(default)]
    pub issuer: Option<String>,

    /// For whom tokens are, as in `aud`: for one of these. One has to be said, or `any_audience`.
    #[serde(default)]
    pub audience: Vec<String>,

    /// Whether every token is taken that the server calls good, be it for other services. Default: false.
    #[serde(default)]
    pub any_audience: bool,

    /// How long it is believed that a token is good: one that is revoked is good for so long. At most 10 min. Default: 60 s.
    #[serde(default = "keep", with = "text::Duration")]
    pub keep: Duration,

    /// How long an answer may take. Default: 5 s.
    #[serde(default = "timeout", with = "text::Duration")]
    pub timeout: Duration,

    /// The PEM file of the authorities that may have issued the certificate of the server. Default: those that browsers trust.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
}

/// How a client says who it is (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// In `Authorization: Basic`.
    #[default]
    Basic,
    /// In the form.
    Post,
}

impl IntrospectionConfig {
    /// That at a URL, asked as a client, with defaults for everything else.
    pub fn new(
        url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Self {
        Self {
            url: url.into(),
            client_id: client_id.into(),
            client_secret: Secret::from(client_secret.into()),
            client_auth: ClientAuth::default(),
            issuer: None,
            audience: Vec::new(),
            any_audience: false,
            keep: keep(),
            timeout: timeout(),
            authorities: None,
        }
    }
}

fn keep() -> Duration {
    Duration::from_secs(60)
}

fn timeout() -> Duration {
    Duration::from_secs(5)
}
