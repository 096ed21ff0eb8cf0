//! A client of HTTP, for what components fetch and send: keys, spans, notices.

use std::{fmt, future::Future, pin::Pin};

use bytes::Bytes;
use http::{Request, Response};

use crate::BoxError;

#[cfg(feature = "client")]
mod hyper;

#[cfg(feature = "client")]
pub use self::hyper::{Client, Settings};

/// What [`HttpClient::send`] gives.
pub type Sending = Pin<Box<dyn Future<Output = Result<Response<Bytes>, ClientError>> + Send>>;

/// Sends requests of moderate size and gives the answers whole.
///
/// A component takes it as an `Arc<dyn HttpClient>`, so that an application can put its own in the place of `Client` (feature
/// `client`). Whoever implements it follows no redirects, and bounds the time and the size of an answer.
pub trait HttpClient: fmt::Debug + Send + Sync + 'static {
    /// Sends a request, whose URI is absolute.
    ///
    /// Any status is an answer.
    fn send(&self, request: Request<Bytes>) -> Sending;
}

/// Why there is no answer.
#[derive(Debug)]
pub struct ClientError {
    kind: Kind,
    source: Option<BoxError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Connect,
    Exchange,
    Timeout,
    TooLarge,
    Settings,
}

impl ClientError {
    fn new(kind: Kind, source: impl Into<BoxError>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// There is no connection, so that the request was not sent.
    pub fn connect(source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Connect, source)
    }

    /// The connection ended, or did not speak HTTP, before there was an answer.
    pub fn exchange(source: impl Into<BoxError>) -> Self {
        Self::new(Kind::Exchange, source)
    }

    /// There was no answer in time.
    pub fn timeout() -> Self {
        Self { kind: Kind::Timeout, source: None }
    }

    /// The answer is larger than what is read of one.
    pub fn too_large() -> Self {
        Self { kind: Kind::TooLarge, source: None }
    }

    /// Whether there was no connection, so that the request cannot have been acted on.
    pub fn is_connect(&self) -> bool {
        self.kind == Kind::Connect
    }

    /// Whether time ran out.
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Timeout
    }

    /// Whether the answer was too large.
    pub fn is_too_large(&self) -> bool {
        self.kind == Kind::TooLarge
    }

    /// Whether the settings of the client cannot be used.
    pub fn is_settings(&self) -> bool {
        self.kind == Kind::Settings
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Connect => "there is no connection",
            Kind::Exchange => "the connection ended before there was an answer",
            Kind::Timeout => "there was no answer in time",
            Kind::TooLarge => "the answer is too large",
            Kind::Settings => "the client cannot be set up",
        })?;
        // Sources of hyper name only a part of the matter each: the innermost has the reason.
        let mut source: Option<&(dyn std::error::Error + 'static)> =
            self.source.as_deref().map(|source| source as _);
        while let Some(inner) = source.and_then(|error| error.source()) {
            source = Some(inner);
        }
        source.map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
