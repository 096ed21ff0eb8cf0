//! What is asked, how often, and for how long.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;

/// A load test, as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) pace: Pace,
    /// Each has one request at a time, so that no more than this are under way.
    pub(crate) connections: usize,
    /// How long requests are counted.
    pub(crate) duration: Duration,
    /// How long they are made before, and not counted.
    pub(crate) warmup: Duration,
    /// How long an answer may take, from when the request was sent.
    pub(crate) timeout: Duration,
    /// They are made in turn; at least one.
    pub(crate) requests: Vec<Request<Full<Bytes>>>,
}

/// What decides when the next request is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pace {
    /// The clock: so many a second, though earlier ones may not have been answered.
    Open { rate: f64 },
    /// The server: each connection makes its next request once the last was answered.
    Closed,
}

impl Plan {
    /// From the first request to the last.
    pub(crate) fn total(&self) -> Duration {
        self.warmup + self.duration
    }
}
