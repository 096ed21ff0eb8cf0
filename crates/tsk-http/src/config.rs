//! What the server can be told.

use std::time::Duration;

use bytesize::ByteSize;
use http::HeaderName;
use serde::{Deserialize, Serialize};
use tsk_core::proxies::Forwarding;

use crate::{Error, access_log};

mod http2;
mod listen;
mod proxy;
#[cfg(feature = "schema")]
mod schema;
mod socket;
pub mod text;

pub use http2::Http2;
pub use listen::{Listen, Protocol};
pub use proxy::Proxy;
pub use socket::{Socket, SocketError};

/// The configuration of a [`Server`](crate::Server): section `[http]` of `tsk.toml`.
///
/// Durations are written `"30s"`, sizes `"2MiB"`. Every default is one that may face the open internet.
///
/// ```
/// let config = tsk_http::Config { listen: vec!["0.0.0.0:80".parse()?], ..Default::default() };
/// # Ok::<(), tsk_http::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen: addresses, as `"127.0.0.1:8080"`, `"[::1]:8080"`, `"localhost:0"`,
    /// `"unix:/run/app.sock"`, or tables that say what is different there. Default: `127.0.0.1:8080`.
    pub listen: Vec<Listen>,

    /// Connections the kernel holds ready before they are accepted. Default: 1024.
    pub backlog: u32,

    /// Connections at a time, over all listeners; further clients wait in the backlog. Default: 10,000.
    pub max_connections: usize,

    /// Connections at a time of one address, or of one /64 of IPv6; further ones are closed at once. Addresses
    /// of this machine and `trusted_proxies` have no limit. 0 for none at all. Default: 256.
    pub max_connections_per_address: usize,

    /// Proxies through which clients come, as `"10.0.0.0/8"`, single addresses, or `"unix"` for whoever connects to a Unix
    /// socket. They have no limit of connections, and are believed when they say for whom they speak. Default: none.
    pub trusted_proxies: Vec<Proxy>,

    /// The header in which they say for whom they speak: `"x-forwarded-for"`, `"forwarded"` (RFC 7239), or `"none"` where they
    /// pass on connections. One that they do not write is not to be named here: their clients could. Default:
    /// `x-forwarded-for`.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Header"))]
    pub forwarding: Forwarding,

    /// How long a fresh connection may take to send its first byte. Default: 15 s. This and the following
    /// deadlines may be overrun by a quarter.
    #[serde(with = "text::Duration")]
    pub first_byte_timeout: Duration,

    /// How long a client may take to send the head of a request, from its first byte. Default: 15 s.
    #[serde(with = "text::Duration")]
    pub head_timeout: Duration,

    /// How long a connection is kept without a request. Default: 75 s.
    #[serde(with = "text::Duration")]
    pub idle_timeout: Duration,

    /// How fast the body of a request has to come, in bytes a second, while a handler waits for it; one that
    /// falls behind for longer than `body_grace` is answered with 408. 0 for any speed, which a service needs
    /// whose clients keep a request open to say something now and then. Default: 240.
    ///
    /// Being ahead counts for later, up to 64 KiB.
    #[serde(with = "text::Size")]
    pub body_min_rate: ByteSize,

    /// How long a body may fall behind `body_min_rate`. Default: 5 s.
    #[serde(with = "text::Duration")]
    pub body_grace: Duration,

    /// How fast a client has to take its answer, in bytes a second, while the server waits for it; whoever
    /// falls behind for longer than `write_grace` is closed. 0 for any speed. Default: 240.
    ///
    /// Being ahead counts for later, up to 64 KiB: so much may be under way in buffers. A client that reads
    /// nothing at all is therefore closed after 278 s, given the defaults.
    #[serde(with = "text::Size")]
    pub write_min_rate: ByteSize,

    /// How long a client may fall behind `write_min_rate`. Default: 5 s.
    #[serde(with = "text::Duration")]
    pub write_grace: Duration,

    /// How long the server goes on as before once it is told to stop, so that whoever sends clients here learns in time
    /// that it is no longer ready. Default: 0 s.
    #[serde(with = "text::Duration")]
    pub drain_delay: Duration,

    /// How long idle connections are still answered once the server is told to stop: a request may be on its
    /// way. Part of `drain_timeout`. Default: 1 s.
    #[serde(with = "text::Duration")]
    pub drain_grace: Duration,

    /// How long requests in flight may take to finish once the server is told to stop, and `drain_delay` is over. Default:
    /// 30 s.
    #[serde(with = "text::Duration")]
    pub drain_timeout: Duration,

    /// How long a handler may take to begin its answer, unless the route [says
    /// otherwise](crate::layer::timeout::DeclareTimeout); zero for as long as it likes. Default: 30 s. A tenth
    /// of a second more may pass.
    #[serde(with = "text::Duration")]
    pub handler_timeout: Duration,

    /// The largest head of a request, in bytes; for HTTP/2 as RFC 9113 §6.5.2 counts it. At most 100 KiB.
    /// Default: 64 KiB.
    #[serde(with = "text::Size")]
    pub head_limit: ByteSize,

    /// The longest path and query of a request, in bytes; RFC 9110 §4.1 asks for 8,000 at least. At most 64 KiB.
    /// Default: 8 KiB.
    #[serde(with = "text::Size")]
    pub target_limit: ByteSize,

    /// The most header fields of a request. Above 100 each request over HTTP/1 costs an allocation. At most 1,000.
    /// Default: 100.
    pub max_headers: u32,

    /// What clients of HTTP/2 may do.
    pub h2: Http2,

    /// The largest request body that is read, unless the route says otherwise. Default: 2 MiB.
    #[serde(with = "text::Size")]
    pub body_limit: ByteSize,

    /// The response header that carries the request's identifier; empty for none. Default: `x-request-id`.
    pub request_id_header: String,

    /// The access log. Default: none.
    pub access_log: Option<access_log::Config>,

    /// What pages of other origins may ask and read. Default: nothing.
    pub cors: crate::layer::cors::Config,

    /// What browsers are told that answers may not be used for.
    pub security_headers: crate::layer::security_headers::Config,

    /// Compression of answers.
    #[cfg(feature = "compression")]
    pub compression: crate::layer::compress::Config,

    /// Decompression of requests.
    #[cfg(feature = "compression")]
    pub decompression: crate::layer::decompress::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![Listen::tcp("127.0.0.1", 8080)],
            backlog: 1024,
            max_connections: 10_000,
            max_connections_per_address: 256,
            trusted_proxies: Vec::new(),
            forwarding: Forwarding::default(),
            first_byte_timeout: Duration::from_secs(15),
            head_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(75),
            body_min_rate: ByteSize::b(240),
            body_grace: Duration::from_secs(5),
            write_min_rate: ByteSize::b(240),
            write_grace: Duration::from_secs(5),
            drain_delay: Duration::ZERO,
            drain_grace: Duration::from_secs(1),
            drain_timeout: Duration::from_secs(30),
            handler_timeout: Duration::from_secs(30),
            head_limit: ByteSize::kib(64),
            target_limit: ByteSize::kib(8),
            max_headers: 100,
            h2: Http2::default(),
            body_limit: ByteSize::mib(2),
            request_id_header: "x-request-id".into(),
            access_log: None,
            cors: Default::default(),
            security_headers: Default::default(),
            #[cfg(feature = "compression")]
            compression: Default::default(),
            #[cfg(feature = "compression")]
            decompression: Default::default(),
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
