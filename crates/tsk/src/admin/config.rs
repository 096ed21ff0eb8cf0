//! What the admin listener can be told.

use serde::{Deserialize, Serialize};
use tsk_http::config::Socket;

use super::Secret;

/// The admin listener: section `[admin]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there is one. Default: true.
    pub enabled: bool,

    /// Where it listens. Default: `127.0.0.1:9464`, and nowhere if another program has that.
    pub listen: Option<Socket>,

    /// Names by which it may be called, beside `localhost` and addresses; and so may `metrics.listen`, where that has no token.
    /// Default: none.
    pub hosts: Vec<String>,

    /// What whoever calls must show, as `Authorization: Bearer …` (RFC 6750). Where others than this machine can
    /// connect, there must be one. Default: none.
    pub token: Option<Secret>,
}

impl Default for Config {
    fn default() -> Self {
        Self { enabled: true, listen: None, hosts: Vec::new(), token: None }
    }
}

impl Config {
    /// Where it listens, or would.
    pub fn address(&self) -> Socket {
        let default = || Socket::Tcp { host: "127.0.0.1".into(), port: 9464 };
        self.listen.clone().unwrap_or_else(default)
    }
}
