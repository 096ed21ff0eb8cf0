//! Compression of answers: gzip, Brotli and Zstandard, as the client takes them (RFC 9110 §12.5.3).
//!
//! ```
//! use tower_layer::Layer;
//! use tsk_http::layer::compress::{CompressLayer, Config, DeclareCompression};
//! use tsk_http::{Dispatch, Entry, Router, get};
//!
//! let mut compress = CompressLayer::new(&Config { gzip_level: 4, ..Config::default() })?;
//! let mut routes = Router::new()
//!     .route(get("/report", || async { "0123456789\n".repeat(1_000) }))
//!     .route(get("/secret", || async { "as it is" }).compression(false))
//!     .build()?;
//! routes.bind(&mut compress)?;
//! let dispatch = Dispatch::new(routes.clone(), 1 << 20);
//! let service = Entry::new(compress.layer(dispatch), routes, tsk_core::Peer::Local);
//! # Ok::<(), tsk_http::Error>(())
//! ```
//!
//! A service without our router, such as one of axum's, has nothing to bind, and takes the layer as it is.
//!
//! # What is compressed
//!
//! An answer whose content has at least [`Config::min_size`] bytes, or an unknown number of them, and is of one of
//! [`Config::types`]; unless it is encoded already (`Content-Encoding`), may not be transformed (`Cache-Control:
//! no-transform`, RFC 9111 §5.2.2.6), is a part (206, `Content-Range`), has a digest of its content (RFC 9530), or has
//! no content by its status. Every such answer says `Vary: Accept-Encoding`, whether this client takes a coding or not.
//!
//! The compressed answer has no `Accept-Ranges`, and its `ETag` is weak (RFC 9110 §8.8.3.3): `If-None-Match` goes on
//! to match it, `If-Match` does not. The answer to HEAD has the same fields, but for `Content-Length`; nothing is
//! compressed for it.
//!
//! # When, and in how much memory
//!
//! Content that is in memory and has at most 64 KiB is compressed whole, and its `Content-Length` is known; if it does
//! not get smaller, it is sent as it is. Everything else is compressed as it is sent, at most 64 KiB before other tasks
//! get their turn, and whatever has gone in comes out when the source has nothing more for now: each event of a
//! `text/event-stream` reaches the client at once. A stream holds some 0.35 MiB for gzip, 1.8 MiB for zstd and 4 MiB for
//! Brotli, for as long as it lasts; more at higher levels.

use std::sync::Arc;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};
use tower_layer::Layer;
use tsk_core::{BindError, Declare, Endpoint, Policy, RouteTable};

use self::{encoder::Levels, pool::Pool, types::Types};
use crate::{Connection, Error, accept::Coding, config::text};

mod body;
mod encoder;
mod negotiable;
mod pool;
mod types;
mod wish;

use self::wish::Memo;
pub use self::wish::Wish;
use super::filter::{FilterLayer, Filtered};

/// Settings of [`CompressLayer`]: section `[http.compression]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether answers are compressed. Default: true.
    pub enabled: bool,

    /// The codings on offer; of those that a client likes equally, the first. Default: zstd, br, gzip.
    pub codings: Vec<Coding>,

    /// The least length of content that is worth it, in bytes. Default: 1 KiB: below, an answer fits a packet anyway.
    #[serde(with = "text::Size")]
    pub min_size: ByteSize,

    /// 1 to 9. Default: 6.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 9)))]
    pub gzip_level: u32,

    /// 0 to 9. Default: 4. The levels above, at less than 1 MB a second, are for files that are compressed once.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 9)))]
    pub brotli_level: u32,

    /// 1 to 9. Default: 3.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 9)))]
    pub zstd_level: u32,

    /// The media types that are compressed: `type/subtype`, `type/*`, or `+suffix`. Default: text, and the types of
    /// `application`, `font` and `image` that are not compressed by themselves.
    pub types: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            codings: vec![Coding::Zstd, Coding::Brotli, Coding::Gzip],
            min_size: ByteSize::kib(1),
            gzip_level: 6,
            brotli_level: 4,
            zstd_level: 3,
            types: types::DEFAULT.map(Into::into).into(),
        }
    }
}

/// Compresses the answers of a service. A clone shares the settings and the encoders.
///
/// See the [module](self) for what it does. Layers that change the content belong further in;
/// [`ConditionalLayer`](crate::layer::conditional), which judges it by its `ETag`, further out.
#[derive(Debug, Clone)]
pub struct CompressLayer {
    settings: Arc<Settings>,
    /// By the index of the route, whether it declared that its answers stay as they are; empty where none did.
    exempt: Arc<[bool]>,
    memo: Memo,
}

#[derive(Debug)]
struct Settings {
    /// Empty where compression is off.
    codings: Box<[Coding]>,
    min_size: u64,
    types: Types,
    pool: Pool,
}

impl CompressLayer {
    /// A layer by these settings.
    ///
    /// # Errors
    ///
    /// A level or a media type that there is not, and a coding that is listed twice.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let levels = [
            ("gzip_level", config.gzip_level, 1..=9),
            ("brotli_level", config.brotli_level, 0..=9),
            ("zstd_level", config.zstd_level, 1..=9),
        ];
        for (name, level, levels) in levels {
            if !levels.contains(&level) {
                let (least, most) = levels.into_inner();
                return Err(Error::config(format!(
                    "`http.compression.{name}`: there is no level {level}; write {least} to {most}"
                )));
            }
        }
        if config.codings.iter().enumerate().any(|(at, coding)| config.codings[..at].contains(coding)) {
            return Err(Error::config("`http.compression.codings`: one is listed twice; list each once"));
        }
        let settings = Settings {
            codings: if config.enabled { config.codings.as_slice().into() } else { Box::default() },
            min_size: config.min_size.as_u64(),
            types: Types::new(&config.types)?,
            pool: Pool::new(Levels {
                gzip: config.gzip_level,
                brotli: config.brotli_level,
                zstd: config.zstd_level,
            }),
        };
        Ok(Self { settings: Arc::new(settings), exempt: Arc::default(), memo: Memo::default() })
    }

    /// Serves this connection alone, and right where its server calls the service: what the fields of a request came to
    /// is not asked again of the next with the same fields. Not for a place where a request has waited before, or where
    /// its fields have been changed.
    #[must_use]
    pub fn on(self, connection: &Connection) -> Self {
        Self { memo: Memo::on(connection), ..self }
    }
}

impl Policy for CompressLayer {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        let is_exempt = |endpoint: &Endpoint| endpoint.meta().get() == Some(&Compression(false));
        let exempt: Arc<[bool]> = routes.iter().map(is_exempt).collect();
        self.exempt = if exempt.contains(&true) { exempt } else { Arc::default() };
        Ok(())
    }
}

impl<S> Layer<S> for CompressLayer {
    type Service = Filtered<S, Self>;

    fn layer(&self, inner: S) -> Self::Service {
        FilterLayer::new(self.clone()).layer(inner)
    }
}

/// What a route declares.
#[derive(Debug, PartialEq, Eq)]
struct Compression(bool);

/// Whether the answers of a route, or of all routes of a group, may be compressed.
pub trait DeclareCompression: Declare + Sized {
    /// Default: true. Answers that show a secret beside what the request said should not be compressed, or their length
    /// tells the secret, byte by byte, to whoever can have the request made (BREACH).
    #[must_use]
    fn compression(mut self, is_on: bool) -> Self {
        self.meta_mut().insert(Compression(is_on));
        self
    }
}

impl<T: Declare> DeclareCompression for T {}

#[cfg(test)]
mod tests;
