//! Headers that tell browsers what an answer may not be used for.
//!
//! ```
//! use tsk_http::layer::security_headers::{Config, SecurityHeadersLayer};
//!
//! let config = Config {
//!     content_security_policy: "default-src 'self'; base-uri 'self'; frame-ancestors 'none'".into(),
//!     ..Config::default()
//! };
//! let layer = SecurityHeadersLayer::new(&config)?;
//! # let app = tsk_http::Router::new().build()?.service(tsk_core::Peer::Local);
//! # let _ = tower_layer::Layer::layer(&layer, app);
//! # Ok::<(), tsk_http::Error>(())
//! ```

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Request, Response, header};
use tower_layer::Layer;
use tsk_core::Body;

mod config;
mod headers;

pub use config::Config;
use headers::Headers;

use super::filter::{Filter, FilterLayer, Filtered, Refusal};
use crate::Error;

/// Adds to answers the headers of a [`Config`].
///
/// What an answer already has is left as it is: a handler knows better. It belongs outside
/// [`Exit`](crate::Exit), so that errors get the headers too.
#[derive(Debug, Clone)]
pub struct SecurityHeadersLayer {
    // `None` where every header is switched off.
    headers: Option<Arc<Headers>>,
    is_secure: bool,
}

impl SecurityHeadersLayer {
    /// A layer that adds the configured headers.
    ///
    /// # Errors
    ///
    /// A value that its header cannot have.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let headers = Headers::new(config)?;
        Ok(Self { headers: (!headers.is_empty()).then(|| Arc::new(headers)), is_secure: false })
    }

    /// Says whether the connection is encrypted. Only then is `strict-transport-security` sent (RFC 6797
    /// §7.2). Default: `false`.
    #[must_use]
    pub fn secure(mut self, is_secure: bool) -> Self {
        self.is_secure = is_secure;
        self
    }
}

impl<S> Layer<S> for SecurityHeadersLayer {
    type Service = Filtered<S, Self>;

    fn layer(&self, inner: S) -> Self::Service {
        FilterLayer::new(self.clone()).layer(inner)
    }
}

impl Filter for SecurityHeadersLayer {
    type State = ();

    #[inline]
    fn begin<B>(&self, _: &mut Request<B>, (): &mut ()) -> Result<(), Refusal> {
        Ok(())
    }

    #[inline]
    fn end(&self, (): &mut (), response: &mut Response<Body>) {
        if let Some(headers) = &self.headers {
            headers.add(response.headers_mut(), self.is_secure);
        }
    }
}

impl Headers {
    #[inline]
    fn add(&self, answer: &mut HeaderMap, is_secure: bool) {
        let Self { nosniff, always, documents, secure } = self;
        if *nosniff {
            // There is no other value that a handler could have meant.
            answer.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        }
        for (name, value) in always {
            answer.entry(name).or_insert_with(|| value.clone());
        }
        if is_document(answer) {
            for (name, value) in documents {
                answer.entry(name).or_insert_with(|| value.clone());
            }
        }
        if let Some(value) = secure
            && is_secure
        {
            answer.entry(header::STRICT_TRANSPORT_SECURITY).or_insert_with(|| value.clone());
        }
    }
}

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Whether a browser may run what is in the answer: HTML, and XML of any kind, such as SVG.
///
/// Nothing else can be a document with scripts as long as browsers are told not to guess.
#[inline]
fn is_document(headers: &HeaderMap) -> bool {
    // Answers of ours begin with it, which spares the look-up.
    let first = headers.iter().next().filter(|(name, _)| *name == header::CONTENT_TYPE);
    let media_type = first.map(|(_, value)| value).or_else(|| headers.get(header::CONTENT_TYPE));
    let Some(media_type) = media_type.map(HeaderValue::as_bytes) else { return false };
    // What most answers are is told at a glance.
    if media_type.starts_with(b"application/json") || media_type.starts_with(b"text/plain") {
        return false;
    }
    let end = media_type.iter().position(|&byte| byte == b';' || byte == b' ').unwrap_or(media_type.len());
    let is = |tail: &[u8]| {
        let start = end.checked_sub(tail.len());
        start.is_some_and(|start| media_type[start..end].eq_ignore_ascii_case(tail))
    };
    is(b"html") || is(b"xml")
}

#[cfg(test)]
mod tests;
