//! What can be told in `tsk.toml`.

#[cfg(feature = "schema")]
mod schema;
pub(crate) mod text;

use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The section `[ws]` of `tsk.toml`: whose pages may open sockets, and what a socket may cost.
///
/// ```
/// use tsk_ws::{Config, Sockets};
///
/// let mut config = Config::default();
/// config.origins = vec!["https://app.example.com".into()];
/// let sockets = Sockets::new(&config)?;
/// # Ok::<(), tsk_ws::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The origins whose pages may open a socket besides those of the service itself, as browsers write them:
    /// `https://app.example.com`. `*` stands for all of them. Default: none.
    pub origins: Vec<String>,

    /// The largest message that is taken, inflated. What is larger closes the socket with 1009. Default: 1 MiB.
    #[serde(with = "text::Size")]
    pub max_message: ByteSize,

    /// The largest frame that is taken, as it is sent. What is larger closes the socket with 1009. Default: 1 MiB.
    #[serde(with = "text::Size")]
    pub max_frame: ByteSize,

    /// In how many frames a message may come. More close the socket with 1008. Default: 1,024.
    pub max_fragments: u32,

    /// How much may be queued for a client that does not take it. Default: 1 MiB.
    #[serde(with = "text::Size")]
    pub max_queue: ByteSize,

    /// After what time without a word a client is asked whether it is there. Zero: never. Default: 30 s.
    #[serde(with = "text::Duration")]
    pub heartbeat: Duration,

    /// How long it has to answer that before the connection is given up. Default: 20 s.
    #[serde(with = "text::Duration")]
    pub heartbeat_timeout: Duration,

    /// After what time without a message in either direction a socket is closed with 1001. Zero: never. Default: never, as
    /// who answers heartbeats is there, and costs little.
    #[serde(with = "text::Duration")]
    pub idle_timeout: Duration,

    /// How long a client may take nothing of what is queued for it before the connection is given up. Default: 30 s.
    #[serde(with = "text::Duration")]
    pub send_timeout: Duration,

    /// How long a client has to agree to close. Default: 5 s.
    #[serde(with = "text::Duration")]
    pub close_timeout: Duration,

    /// How messages are compressed.
    pub compression: CompressionConfig,
}

/// The section `[ws.compression]`: messages are compressed where the client offers it (RFC 7692).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CompressionConfig {
    /// Whether they are. Default: yes.
    pub enabled: bool,

    /// The level, from 2, the fastest, to 9. Default: 2.
    #[cfg_attr(feature = "schema", schemars(range(min = 2, max = 9)))]
    pub level: u32,

    /// A shorter message is sent as it is. Default: 1 KiB.
    #[serde(with = "text::Size")]
    pub min_size: ByteSize,

    /// Whether what is sent may refer to earlier messages. That makes it shorter, and costs some 300 KiB a socket.
    /// Default: no.
    pub server_takeover: bool,

    /// Whether what clients send may; some 50 KiB a socket. Default: no.
    pub client_takeover: bool,

    /// How many times longer a message may become when it is inflated. More closes the socket with 1008. Default: 100.
    pub max_ratio: u64,

    /// The length below which the ratio does not matter. Default: 1 MiB.
    #[serde(with = "text::Size")]
    pub ratio_from: ByteSize,
}

impl Default for CompressionConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            level: 2,
            min_size: ByteSize::kib(1),
            server_takeover: false,
            client_takeover: false,
            max_ratio: 100,
            ratio_from: ByteSize::mib(1),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            max_message: ByteSize::mib(1),
            max_frame: ByteSize::mib(1),
            max_fragments: 1024,
            max_queue: ByteSize::mib(1),
            heartbeat: Duration::from_secs(30),
            heartbeat_timeout: Duration::from_secs(20),
            idle_timeout: Duration::ZERO,
            send_timeout: Duration::from_secs(30),
            close_timeout: Duration::from_secs(5),
            compression: CompressionConfig::default(),
        }
    }
}

/// The bounds of one socket, checked.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) message: usize,
    pub(crate) frame: u64,
    pub(crate) fragments: u32,
    pub(crate) queue: usize,
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) heartbeat_timeout: Duration,
    pub(crate) idle: Option<Duration>,
    pub(crate) send_timeout: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) deflate: Option<Deflate>,
}

/// How messages are compressed, checked.
#[derive(Debug, Clone)]
pub(crate) struct Deflate {
    pub(crate) level: u32,
    pub(crate) min_size: usize,
    pub(crate) server_takeover: bool,
    pub(crate) client_takeover: bool,
    pub(crate) max_ratio: u64,
    pub(crate) ratio_from: u64,
}

impl Limits {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let Config { max_message, max_frame, max_fragments, max_queue, .. } = config;
        for (key, size) in
            [("ws.max_message", max_message), ("ws.max_frame", max_frame), ("ws.max_queue", max_queue)]
        {
            if size.as_u64() == 0 {
                return Err(Error::setting(
                    key,
                    "no message fits into nothing: name a size, such as \"1MiB\"",
                ));
            }
        }
        if *max_fragments == 0 {
            return Err(Error::setting("ws.max_fragments", "a message has at least one frame"));
        }
        let Config { heartbeat_timeout, send_timeout, close_timeout, .. } = *config;
        let timeouts = [
            ("ws.heartbeat_timeout", heartbeat_timeout),
            ("ws.send_timeout", send_timeout),
            ("ws.close_timeout", close_timeout),
        ];
        for (key, timeout) in timeouts {
            if timeout.is_zero() {
                return Err(Error::setting(key, "nobody is that fast: name a time, such as \"5s\""));
            }
        }
        let some = |time: Duration| (!time.is_zero()).then_some(time);
        Ok(Self {
            message: size(max_message),
            frame: max_frame.as_u64(),
            fragments: *max_fragments,
            queue: size(max_queue),
            heartbeat: some(config.heartbeat),
            heartbeat_timeout,
            idle: some(config.idle_timeout),
            send_timeout,
            close_timeout,
            deflate: Deflate::new(&config.compression)?,
        })
    }
}

impl Deflate {
    fn new(config: &CompressionConfig) -> Result<Option<Self>, Error> {
        let CompressionConfig { enabled, level, server_takeover, client_takeover, max_ratio, .. } = *config;
        // zlib-rs 0.6 panics at level 1, where what it compresses becomes longer than there is room for.
        if !(2..=9).contains(&level) {
            return Err(Error::setting("ws.compression.level", format!("{level} is none: there are 2 to 9")));
        }
        if max_ratio == 0 {
            return Err(Error::setting(
                "compression.max_ratio",
                "nothing inflates to nothing: name a factor, such as 100",
            ));
        }
        let min_size = size(&config.min_size);
        let ratio_from = config.ratio_from.as_u64();
        let deflate = Self { level, min_size, server_takeover, client_takeover, max_ratio, ratio_from };
        Ok(enabled.then_some(deflate))
    }
}

fn size(size: &ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX)
}
