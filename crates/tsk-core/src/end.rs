//! How a request ended.

use std::time::{Duration, Instant};

use http::StatusCode;

/// How the answer to a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The last byte of the response body was handed to the connection, or the answer may not have a body.
    Complete,
    /// The service, or the response body, gave an error or panicked; or the body ended short of the length that
    /// the head of the response gave.
    Failed,
    /// Nobody waited for the rest: a reset stream, a closed connection, a deadline further out.
    Cancelled,
}

/// What there is to say of a request once it has ended.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Outcome {
    /// The status of the response; `None` where the request ended before there was one.
    pub status: Option<StatusCode>,
    /// Bytes of response body handed to the connection, before transfer coding.
    pub sent: u64,
    /// How it ended.
    pub end: End,
    /// When it ended: the one clock reading that every observer shares.
    pub at: Instant,
    /// How long it took: from the [start](crate::RequestContext::start) until then.
    pub duration: Duration,
}

#[cfg(test)]
pub(crate) mod tests;
