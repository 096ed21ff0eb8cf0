//! What the server can be told.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

use bytesize::ByteSize;
use http::HeaderName;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The configuration of a [`Server`](crate::Server): section `[http]` of `tsk.toml`.
///
/// Durations are written `"30s"`, sizes `"2MiB"`. Every default is one that may face the open internet.
///
/// ```
/// let config = tsk_http::Config { listen: vec!["0.0.0.0:80".parse()?], ..Default::default() };
/// # Ok::<(), tsk_http::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen: `"127.0.0.1:8080"`, `"[::1]:8080"`, `"localhost:0"`, `"unix:/run/app.sock"`.
    /// Default: `127.0.0.1:8080`.
    pub listen: Vec<Listen>,

    /// Connections the kernel holds ready before they are accepted. Default: 1024.
    pub backlog: u32,

    /// Connections at a time, over all listeners; further clients wait in the backlog. Default: 10,000.
    pub max_connections: usize,

    /// How long a client may take to send the head of a request, from its first byte or, on a fresh
    /// connection, from the moment it was accepted. Default: 15 s. A quarter more may pass before it is
    /// enforced.
    #[serde(with = "humantime_serde")]
    pub head_timeout: Duration,

    /// How long a connection is kept without a request. Default: 75 s. A quarter more may pass.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,

    /// How long requests in flight may take to finish once the server is told to stop. Default: 30 s.
    #[serde(with = "humantime_serde")]
    pub drain_timeout: Duration,

    /// The largest request body that is read, unless the route says otherwise. Default: 2 MiB.
    pub body_limit: ByteSize,

    /// The response header that carries the request's identifier; empty for none. Default: `x-request-id`.
    pub request_id_header: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![Listen::Tcp { host: "127.0.0.1".into(), port: 8080 }],
            backlog: 1024,
            max_connections: 10_000,
            head_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(75),
            drain_timeout: Duration::from_secs(30),
            body_limit: ByteSize::mib(2),
            request_id_header: "x-request-id".into(),
        }
    }
}

impl Config {
    /// The header that carries the request's identifier, if there is to be one.
    ///
    /// # Errors
    ///
    /// A configured name that is no header name.
    pub fn id_header(&self) -> Result<Option<HeaderName>, Error> {
        let name = self.request_id_header.as_str();
        let parsed = (!name.is_empty()).then(|| name.parse()).transpose();
        parsed.map_err(|_| Error::config(format!("`http.request_id_header`: {name:?} is no header name")))
    }
}

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Listen {
    /// A TCP port. Port 0 has the system choose a free one.
    Tcp {
        /// An address, or a name that resolves to one.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket at this path.
    Unix(PathBuf),
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        let error = |reason| ListenError { text: text.to_owned(), reason };
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() {
                Err(error("the path is missing"))
            } else {
                Ok(Self::Unix(path.into()))
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| error("the port is missing"))?;
        let port = port.parse().map_err(|_| error("the port is not a number from 0 to 65535"))?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(v6) => v6,
            None if host.contains(':') => return Err(error("an IPv6 address needs brackets")),
            None => host,
        };
        let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.parse::<IpAddr>().is_ok() || (!host.is_empty() && host.bytes().all(named)) {
            Ok(Self::Tcp { host: host.to_owned(), port })
        } else {
            Err(error("the host is neither an address nor a name"))
        }
    }
}

impl TryFrom<String> for Listen {
    type Error = ListenError;

    fn try_from(text: String) -> Result<Self, ListenError> {
        text.parse()
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Serialize for Listen {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is no address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenError {
    text: String,
    reason: &'static str,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, reason } = self;
        write!(f, "{text:?} is no address to listen on: {reason}; write host:port or unix:/path")
    }
}

impl std::error::Error for ListenError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_as_it_is_written() {
        for text in ["127.0.0.1:8080", "[::1]:0", "localhost:80", "unix:/run/app.sock"] {
            assert_eq!(text.parse::<Listen>().map(|listen| listen.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn says_what_is_wrong_with_an_address() {
        for (text, reason) in [
            ("8080", "port is missing"),
            ("localhost:http", "not a number"),
            ("localhost:65536", "not a number"),
            ("::1:80", "brackets"),
            (":80", "neither"),
            ("a b:80", "neither"),
            ("unix:", "path is missing"),
        ] {
            let error = text.parse::<Listen>().expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
