//! What there is to say of latencies.

use serde::{Deserialize, Serialize};

/// How long requests take: percentiles, of all of them and of each route.
///
/// A duration lasts from the head of the request to the end of the answer, and is told in seconds, at most 6.25 % off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Of all requests.
    pub all: Latencies,
    /// Of each route that has had a request, in the order of templates.
    pub routes: Vec<RouteLatencies>,
}

/// What happened to the requests of a route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RouteLatencies {
    /// The method; `_OTHER` for all that HTTP does not know.
    pub method: String,
    /// The template of the route, such as `/users/{id}`; empty for requests that match none.
    pub route: String,
    /// What happened.
    #[serde(flatten)]
    pub latencies: Latencies,
}

/// What happened lately, and before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Latencies {
    /// In the last minute, or up to ten seconds more.
    pub minute: Span,
    /// In the last five minutes, or up to ten seconds more.
    pub five_minutes: Span,
    /// Since the start.
    pub start: Span,
}

/// What happened in a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Span {
    /// How long that time is.
    pub seconds: f64,
    /// Requests that have ended.
    pub requests: u64,
    /// Those of them that were answered with 5xx, or that failed while they were.
    pub errors: u64,
    /// Those of them for whose answer nobody waited to the end.
    pub cancelled: u64,
    /// What half of them stay below; none without a request. In seconds, as the following.
    pub p50: Option<f64>,
    /// What 90 % stay below.
    pub p90: Option<f64>,
    /// What 99 % stay below.
    pub p99: Option<f64>,
    /// What 99.9 % stay below.
    pub p999: Option<f64>,
}

impl From<[Span; 3]> for Latencies {
    fn from([minute, five_minutes, start]: [Span; 3]) -> Self {
        Self { minute, five_minutes, start }
    }
}
