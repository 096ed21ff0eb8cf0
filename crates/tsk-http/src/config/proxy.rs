//! Proxies, as a configuration names them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, Serializer};
use tsk_core::{Network, Proxies, network::NetworkError};

use super::Config;

/// A proxy through which clients come, or many: `"10.0.0.0/8"`, `"192.0.2.1"`, or `"unix"` for whoever connects to a Unix
/// socket.
///
/// ```
/// use tsk_http::config::Proxy;
///
/// assert_eq!("unix".parse(), Ok(Proxy::Unix));
/// assert!(matches!("10.0.0.0/8".parse(), Ok(Proxy::Network(_))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Proxy {
    /// Those with an address in this range.
    Network(Network),
    /// Whoever connects to a Unix socket.
    Unix,
}

impl Proxy {
    pub(crate) fn network(self) -> Option<Network> {
        match self {
            Self::Network(network) => Some(network),
            Self::Unix => None,
        }
    }
}

impl Config {
    /// The proxies that are trusted to say for whom they speak.
    pub fn proxies(&self) -> Proxies {
        let networks = self.trusted_proxies.iter().filter_map(|proxy| proxy.network()).collect();
        Proxies { networks, local: self.trusted_proxies.contains(&Proxy::Unix), header: self.forwarding }
    }
}

impl FromStr for Proxy {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        if text == "unix" { Ok(Self::Unix) } else { text.parse().map(Self::Network) }
    }
}

impl TryFrom<String> for Proxy {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

impl Serialize for Proxy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
