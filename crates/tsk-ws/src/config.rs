//! What can be told in `tsk.toml`.

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
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The origins whose pages may open a socket besides those of the service itself, as browsers write them:
    /// `https://app.example.com`. `*` stands for all of them. Default: none.
    pub origins: Vec<String>,

    /// The largest message that is taken, inflated. What is larger closes the socket with 1009. Default: 1 MiB.
    pub max_message: ByteSize,

    /// The largest frame that is taken, as it is sent. What is larger closes the socket with 1009. Default: 1 MiB.
    pub max_frame: ByteSize,

    /// In how many frames a message may come. More close the socket with 1008. Default: 1,024.
    pub max_fragments: u32,

    /// How much may be queued for a client that does not take it. Default: 1 MiB.
    pub max_queue: ByteSize,

    /// After what time without a word a client is asked whether it is there. Zero: never. Default: 30 s.
    #[serde(with = "humantime_serde")]
    pub heartbeat: Duration,

    /// How long it has to answer that before the connection is given up. Default: 20 s.
    #[serde(with = "humantime_serde")]
    pub heartbeat_timeout: Duration,

    /// After what time without a message in either direction a socket is closed with 1001. Zero: never. Default: never, as
    /// who answers heartbeats is there, and costs little.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,

    /// How long a client may take nothing of what is queued for it before the connection is given up. Default: 30 s.
    #[serde(with = "humantime_serde")]
    pub send_timeout: Duration,

    /// How long a client has to agree to close. Default: 5 s.
    #[serde(with = "humantime_serde")]
    pub close_timeout: Duration,
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
}

impl Limits {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let Config { max_message, max_frame, max_fragments, max_queue, .. } = config;
        for (key, size) in [("max_message", max_message), ("max_frame", max_frame), ("max_queue", max_queue)]
        {
            if size.as_u64() == 0 {
                return Err(Error::setting(
                    key,
                    "no message fits into nothing: name a size, such as \"1MiB\"",
                ));
            }
        }
        if *max_fragments == 0 {
            return Err(Error::setting("max_fragments", "a message has at least one frame"));
        }
        let Config { heartbeat_timeout, send_timeout, close_timeout, .. } = *config;
        let timeouts = [
            ("heartbeat_timeout", heartbeat_timeout),
            ("send_timeout", send_timeout),
            ("close_timeout", close_timeout),
        ];
        for (key, timeout) in timeouts {
            if timeout.is_zero() {
                return Err(Error::setting(key, "nobody is that fast: name a time, such as \"5s\""));
            }
        }
        let size = |size: &ByteSize| usize::try_from(size.as_u64()).unwrap_or(usize::MAX);
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
        })
    }
}
