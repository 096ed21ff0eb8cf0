//! What pages of other origins may be allowed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::text;

/// Who may ask what: section `[http.cors]` of `tsk.toml`. Off unless it names an origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The origins whose pages may ask: `"https://app.example.com"` as browsers write it; `"https://*.example.com"`
    /// for every name below that one; `"null"` for pages without an origin, such as files; or `"*"` alone for
    /// all. Default: none, and nothing is said to anybody.
    pub origins: Vec<String>,

    /// The methods that may be used. Default: those that the path has; where its routes do not tell, `DELETE`,
    /// `GET`, `HEAD`, `PATCH`, `POST` and `PUT`.
    pub methods: Vec<String>,

    /// The request headers that may be sent, besides those that need no leave; `"*"` for any. Default:
    /// `authorization` and `content-type`.
    pub headers: Vec<String>,

    /// The response headers that a page may read, besides those that need no leave; `"*"` for all. Default:
    /// none.
    pub expose: Vec<String>,

    /// Whether a page may ask with the user's cookies, and read the answer. Not with `"*"` or `"null"` as an
    /// origin: any site could then act as the user. Default: no.
    pub credentials: bool,

    /// How long a browser may remember the answer to a preflight. Default: 2 hours, the most that Chromium
    /// does.
    #[serde(with = "text::Duration")]
    pub max_age: Duration,

    /// Whether pages from the internet may reach this server in a private network, or on the user's own
    /// machine (Private Network Access). Default: no.
    pub private_network: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            methods: Vec::new(),
            headers: vec!["authorization".into(), "content-type".into()],
            expose: Vec::new(),
            credentials: false,
            max_age: Duration::from_secs(2 * 60 * 60),
            private_network: false,
        }
    }
}
