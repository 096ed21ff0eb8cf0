//! TLS for listeners: certificates, client certificates, reloading.
//!
//! It is [rustls](https://docs.rs/rustls) on ring: TLS 1.2 and 1.3, forward secrecy and authenticated encryption
//! throughout, no renegotiation, no compression, no early data. A cargo feature, `tls`, turns it on.
//!
//! ```
//! use tsk_http::{Config, Listen, tls};
//!
//! let tls = tls::Config::new("cert.pem", "key.pem");
//! let listen = Listen { tls: Some(tls), ..Listen::tcp("0.0.0.0", 443) };
//! let config = Config { listen: vec![listen], ..Config::default() };
//! ```
//!
//! The files are looked at from time to time, and read again once they have changed, or when [`Reload`] says so.
//! New files that are wrong, or do not belong together, change nothing; the log says why, and they are tried
//! again. Connections go on with what they began with.

mod acceptor;
mod build;
mod certificate;
mod info;
mod pem;
mod reload;
mod resolver;
mod stamp;

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::config::text;

pub(crate) use acceptor::Acceptor;
pub use info::Info;
pub use reload::Reload;
pub(crate) use reload::watch;

/// The TLS of a listener: `tls` in a table of `[[http.listen]]`.
///
/// Every file is PEM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The certificate of the server, followed by those that lead to a root (RFC 8446 §4.4.2).
    pub certificate: PathBuf,

    /// Its private key: PKCS #8, PKCS #1 or SEC 1, not encrypted; RSA of 2048 bits or more, ECDSA on P-256 or
    /// P-384, or Ed25519.
    pub key: PathBuf,

    /// Further certificates, for the names they are issued to, wildcards included. A client that names none of
    /// them, or no name at all, gets the first certificate. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Certificate>,

    /// The authorities whose certificates a client may show. Default: none, and clients are not asked.
    #[serde(default)]
    pub client_ca: Option<PathBuf>,

    /// Whether a client has to show a certificate, where there is a `client_ca`. Default: required.
    #[serde(default)]
    pub client_auth: Option<ClientAuth>,

    /// The oldest version that is spoken. Default: 1.2.
    #[serde(default)]
    pub min_version: Version,

    /// How long a handshake may take, from the moment the connection was accepted. Default: 10 s. A quarter
    /// more may pass before it is enforced.
    #[serde(default = "Config::default_handshake_timeout", with = "text::Duration")]
    pub handshake_timeout: Duration,

    /// How often to see whether the files have changed; never, if it is zero. Default: 5 s.
    #[serde(default = "Config::default_reload_interval", with = "text::Duration")]
    pub reload_interval: Duration,
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The certificate, followed by those that lead to a root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What a client has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// A certificate of one of the authorities, or the handshake fails.
    Required,
    /// Such a certificate, or none. Whether there is one is for the handler to see.
    Optional,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Version {
    /// TLS 1.2 (RFC 5246), with forward secrecy and authenticated encryption alone.
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    #[serde(rename = "1.3")]
    V1_3,
}

impl Config {
    /// A certificate chain and its key, and the defaults otherwise.
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            certificate: certificate.into(),
            key: key.into(),
            others: Vec::new(),
            client_ca: None,
            client_auth: None,
            min_version: Version::default(),
            handshake_timeout: Self::default_handshake_timeout(),
            reload_interval: Self::default_reload_interval(),
        }
    }

    fn default_handshake_timeout() -> Duration {
        Duration::from_secs(10)
    }

    fn default_reload_interval() -> Duration {
        Duration::from_secs(5)
    }
}
