//! Decompression of requests: content that came by gzip, Brotli or Zstandard is read as it was before
//! (RFC 9110 §8.4).
//!
//! ```
//! use tower_layer::Layer;
//! use tsk_http::layer::decompress::{Config, DecompressLayer};
//! use tsk_http::{Dispatch, Entry, Router, post};
//!
//! let routes = Router::new().route(post("/", |text: String| async { text })).build()?;
//! let dispatch = Dispatch::new(routes.clone(), 1 << 20);
//! let service = DecompressLayer::new(&Config::default())?.layer(dispatch);
//! let service = Entry::new(service, routes, tsk_core::Peer::Local);
//! # Ok::<(), tsk_http::Error>(())
//! ```
//!
//! What is further in sees neither `Content-Encoding` nor `Content-Length`, and its limit on the length of a body holds
//! for what the handler reads. An encoding that is not taken, or more than one, is answered with 415 and the
//! `Accept-Encoding` of what is (RFC 7694); the body is not read. The errors of the body are [`Problem`]s, as they are to
//! be answered with: 400 for what is malformed, ends early or goes on after its end, 413 for a bomb.
//!
//! # Bounds
//!
//! Content is decoded 32 KiB at a time, when it is asked for. From [`Config::ratio_from`] on it may be no more than
//! [`Config::max_ratio`] times as long as what was sent. What was sent may be no more than 64 KiB longer than eight
//! times the content, so that a stream of nothing ends too. The window of zstd is at most 8 MiB (RFC 9659), that of
//! Brotli 16 MiB, and of either only so much is ever touched as there was content.

use std::sync::Arc;

use bytesize::ByteSize;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use tower_layer::Layer;
use tsk_core::{Declare, Endpoint, Operation, Policy, Problem, RequestContext, problem::Kind};

use crate::{Error, accept::Coding, config::text};

mod body;
mod decoder;
mod service;

pub use self::{
    body::DecompressedBody,
    service::{Decompress, DecompressFuture},
};

/// A request has content in an encoding that is not taken.
pub const UNSUPPORTED: Kind = Kind {
    uri: "urn:tsk:problems/unsupported-content-encoding",
    title: "Unsupported content encoding",
    status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
};

/// The content of a request is not what its encoding demands.
pub const INVALID: Kind = Kind {
    uri: "urn:tsk:problems/invalid-content-encoding",
    title: "Invalid content encoding",
    status: StatusCode::BAD_REQUEST,
};

/// The content of a request is so much longer than what was sent that it must be meant to do harm.
pub const BOMB: Kind = Kind {
    uri: "urn:tsk:problems/compression-ratio",
    title: "Request body compressed too much",
    status: StatusCode::PAYLOAD_TOO_LARGE,
};

/// Settings of [`DecompressLayer`]: section `[http.decompression]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether requests are decompressed. If not, handlers get them as they came. Default: true.
    pub enabled: bool,

    /// The encodings that are taken. Default: gzip, br, zstd.
    pub codings: Vec<Coding>,

    /// How many times as long as what was sent the content may be. Default: 100; text comes to 10, or 30 if it repeats
    /// itself.
    pub max_ratio: u64,

    /// The length of content below which the ratio does not matter. Default: 1 MiB.
    #[serde(with = "text::Size")]
    pub ratio_from: ByteSize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            codings: vec![Coding::Gzip, Coding::Brotli, Coding::Zstd],
            max_ratio: 100,
            ratio_from: ByteSize::mib(1),
        }
    }
}

/// Decompresses the requests to a service. A clone shares the settings.
///
/// See the [module](self) for what it does.
#[derive(Debug, Clone)]
pub struct DecompressLayer(Arc<Settings>);

#[derive(Debug)]
struct Settings {
    enabled: bool,
    codings: Box<[Coding]>,
    /// `codings`, as a header has them.
    accept: HeaderValue,
    ratio: Ratio,
}

#[derive(Debug, Clone, Copy)]
struct Ratio {
    most: u64,
    from: u64,
}

impl Policy for DecompressLayer {
    fn describe(&self, _: &Endpoint, operation: &mut Operation) {
        if self.0.enabled && operation.request.is_some() {
            operation.problem(415, "The body has an encoding that is not taken.");
        }
    }
}

impl DecompressLayer {
    /// A layer by these settings.
    ///
    /// # Errors
    ///
    /// A ratio of nothing.
    pub fn new(config: &Config) -> Result<Self, Error> {
        if config.max_ratio == 0 {
            return Err(Error::config(
                "`http.decompression.max_ratio`: nothing is that short; write 100, say",
            ));
        }
        let names: Vec<_> = config.codings.iter().map(|coding| coding.name()).collect();
        let accept = if names.is_empty() { "identity".to_owned() } else { names.join(", ") };
        Ok(Self(Arc::new(Settings {
            enabled: config.enabled,
            codings: config.codings.as_slice().into(),
            accept: HeaderValue::try_from(accept).expect("the names of codings are valid in a header"),
            ratio: Ratio { most: config.max_ratio, from: config.ratio_from.as_u64() },
        })))
    }
}

impl<S> Layer<S> for DecompressLayer {
    type Service = Decompress<S>;

    fn layer(&self, inner: S) -> Decompress<S> {
        Decompress::new(inner, Arc::clone(&self.0))
    }
}

impl Settings {
    /// The coding that the content is to be freed from, and the head from mentioning.
    #[cold]
    fn take_coding(&self, headers: &mut HeaderMap) -> Result<Option<Coding>, Problem> {
        let values = headers.get_all(header::CONTENT_ENCODING).into_iter();
        let members = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        let mut members = members
            .map(<[u8]>::trim_ascii)
            .filter(|member| !member.is_empty() && !member.eq_ignore_ascii_case(b"identity"));
        let coding = match members.next() {
            None => None,
            Some(name) => {
                match Coding::named(name).filter(|coding| self.codings.contains(coding)) {
                    Some(coding) if members.next().is_none() => Some(coding),
                    _ => {
                        return Err(Problem::of(UNSUPPORTED)
                        .detail("The header `accept-encoding` of this answer lists what is taken, one at a time.")
                        .header(header::ACCEPT_ENCODING, self.accept.clone()));
                    }
                }
            }
        };
        headers.remove(header::CONTENT_ENCODING);
        if coding.is_some() {
            headers.remove(header::CONTENT_LENGTH);
        }
        Ok(coding)
    }
}

/// What a route declares.
#[derive(Debug, PartialEq, Eq)]
struct Decompression(bool);

fn is_exempt(context: &RequestContext) -> bool {
    context.endpoint().meta().get() == Some(&Decompression(false))
}

/// Whether the requests to a route, or to all routes of a group, are decompressed.
pub trait DeclareDecompression: Declare + Sized {
    /// Default: true. Where it is false the handler gets the content as it came, and `Content-Encoding` with it: to keep
    /// it as it is, say.
    #[must_use]
    fn decompression(mut self, is_on: bool) -> Self {
        self.meta_mut().insert(Decompression(is_on));
        self
    }
}

impl<T: Declare> DeclareDecompression for T {}

#[cfg(test)]
mod tests;
