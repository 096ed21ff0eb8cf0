//! Places to listen at, each with what is different there.

use std::{fmt, str::FromStr, time::Duration};

use bytesize::ByteSize;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, value::MapAccessDeserializer},
};

use super::{Config, Socket, SocketError, text};

/// A place to listen at, and what is different there from the rest of the server.
///
/// It is written as an address alone, or as a table:
///
/// ```toml
/// [[http.listen]]
/// address = "127.0.0.1:9000"
/// max_connections = 100
/// ```
///
/// ```
/// use tsk_http::Listen;
///
/// let everybody: Listen = "0.0.0.0:80".parse()?;
/// let few = Listen { max_connections: Some(100), ..Listen::tcp("127.0.0.1", 9000) };
/// # Ok::<(), tsk_http::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = super::schema::or_address))]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Listen {
    /// The address.
    pub address: Socket,

    /// TLS, and with it `https://`. Default: none.
    #[cfg(feature = "tls")]
    #[serde(default)]
    pub tls: Option<crate::tls::Config>,

    /// What is spoken there. Default: both.
    #[serde(default = "Protocol::all")]
    pub protocols: Vec<Protocol>,

    /// Connections at a time to this address, within those of the server. Default: as many as the server has.
    #[serde(default)]
    pub max_connections: Option<usize>,

    /// In place of the server's [`first_byte_timeout`](super::Config::first_byte_timeout).
    #[serde(default, with = "text::Duration")]
    pub first_byte_timeout: Option<Duration>,

    /// In place of the server's [`head_timeout`](super::Config::head_timeout).
    #[serde(default, with = "text::Duration")]
    pub head_timeout: Option<Duration>,

    /// In place of the server's [`idle_timeout`](super::Config::idle_timeout).
    #[serde(default, with = "text::Duration")]
    pub idle_timeout: Option<Duration>,

    /// In place of the server's [`body_min_rate`](super::Config::body_min_rate).
    #[serde(default, with = "text::Size")]
    pub body_min_rate: Option<ByteSize>,

    /// In place of the server's [`body_grace`](super::Config::body_grace).
    #[serde(default, with = "text::Duration")]
    pub body_grace: Option<Duration>,

    /// In place of the server's [`write_min_rate`](super::Config::write_min_rate).
    #[serde(default, with = "text::Size")]
    pub write_min_rate: Option<ByteSize>,

    /// In place of the server's [`write_grace`](super::Config::write_grace).
    #[serde(default, with = "text::Duration")]
    pub write_grace: Option<Duration>,

    /// In place of the server's [`body_limit`](super::Config::body_limit).
    #[serde(default, with = "text::Size")]
    pub body_limit: Option<ByteSize>,
}

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP/1.1 and 1.0: `"h1"`.
    H1,
    /// HTTP/2: `"h2"`. Without TLS the client has to know that it is spoken (RFC 9113 §3.3).
    H2,
}

impl Listen {
    /// A TCP port at an address, or at a name that resolves to one.
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Socket::Tcp { host: host.into(), port }.into()
    }

    /// How long the handshake of TLS may take, if there is one.
    pub(crate) fn handshake_timeout(&self) -> Option<Duration> {
        #[cfg(feature = "tls")]
        return self.tls.as_ref().map(|tls| tls.handshake_timeout);
        #[cfg(not(feature = "tls"))]
        None
    }
}

impl Config {
    /// What holds at one of the listeners.
    pub(crate) fn at(&self, listen: &Listen) -> Self {
        Self {
            max_connections: listen.max_connections.unwrap_or(self.max_connections),
            first_byte_timeout: listen.first_byte_timeout.unwrap_or(self.first_byte_timeout),
            head_timeout: listen.head_timeout.unwrap_or(self.head_timeout),
            idle_timeout: listen.idle_timeout.unwrap_or(self.idle_timeout),
            body_min_rate: listen.body_min_rate.unwrap_or(self.body_min_rate),
            body_grace: listen.body_grace.unwrap_or(self.body_grace),
            write_min_rate: listen.write_min_rate.unwrap_or(self.write_min_rate),
            write_grace: listen.write_grace.unwrap_or(self.write_grace),
            listen: Vec::new(),
            ..self.clone()
        }
    }
}

impl Protocol {
    fn all() -> Vec<Self> {
        vec![Self::H1, Self::H2]
    }
}

/// Nothing is different there.
impl From<Socket> for Listen {
    fn from(address: Socket) -> Self {
        Self {
            address,
            #[cfg(feature = "tls")]
            tls: None,
            protocols: Protocol::all(),
            max_connections: None,
            first_byte_timeout: None,
            head_timeout: None,
            idle_timeout: None,
            body_min_rate: None,
            body_grace: None,
            write_min_rate: None,
            write_grace: None,
            body_limit: None,
        }
    }
}

impl FromStr for Listen {
    type Err = SocketError;

    fn from_str(text: &str) -> Result<Self, SocketError> {
        text.parse().map(Socket::into)
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *self == Self::from(self.address.clone()) {
            self.address.serialize(serializer)
        } else {
            Self::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Listen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address, or a table with one")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Listen, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Listen, A::Error> {
        Listen::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_not_different_is_not_written() {
        let listen: Listen = "127.0.0.1:8080".parse().unwrap();
        assert_eq!(serde_json::to_value(&listen).unwrap(), "127.0.0.1:8080");
        let listen = Listen { head_timeout: Some(Duration::from_secs(5)), ..listen };
        let written = serde_json::to_value(&listen).unwrap();
        assert_eq!(written["head_timeout"], "5s");
        assert_eq!(serde_json::from_value::<Listen>(written).unwrap(), listen);
    }
}
