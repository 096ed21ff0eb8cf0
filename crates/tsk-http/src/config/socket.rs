//! Addresses to listen on.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

/// An address to listen on: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`, `unix:/run/app.sock`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Socket {
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

impl FromStr for Socket {
    type Err = SocketError;

    fn from_str(text: &str) -> Result<Self, SocketError> {
        let error = |reason| SocketError { text: text.to_owned(), reason };
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

impl TryFrom<String> for Socket {
    type Error = SocketError;

    fn try_from(text: String) -> Result<Self, SocketError> {
        text.parse()
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Serialize for Socket {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is no address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketError {
    text: String,
    reason: &'static str,
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, reason } = self;
        write!(f, "{text:?} is no address to listen on: {reason}; write host:port or unix:/path")
    }
}

impl std::error::Error for SocketError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_as_it_is_written() {
        for text in ["127.0.0.1:8080", "[::1]:0", "localhost:80", "unix:/run/app.sock"] {
            assert_eq!(text.parse::<Socket>().map(|socket| socket.to_string()).as_deref(), Ok(text));
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
            let error = text.parse::<Socket>().expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
