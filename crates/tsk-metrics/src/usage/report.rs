//! What is told of usage.

use serde::{Deserialize, Serialize};

/// What was counted since the start. Times are in seconds.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// For how long it was counted.
    pub seconds: f64,
    /// Of all requests.
    pub all: Figures,
    /// Requests of whom nobody knows who has sent them.
    pub anonymous: u64,
    /// About how many consumers there are.
    pub unique: u64,
    /// Those who ask most, whoever asks most first.
    pub consumers: Vec<Consumer>,
    /// Each version of the API.
    pub versions: Vec<OfVersion>,
    /// Each route that was asked, the busiest first. The one without a template is of requests that match none, and of routes that
    /// there was no room for.
    pub routes: Vec<OfRoute>,
    /// How many that are.
    pub routes_with_requests: usize,
}

/// How many requests, how they ended, how long they took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Figures {
    /// Requests.
    pub requests: u64,
    /// Those of them that ended in a status from 400 on, or broke off.
    pub errors: u64,
    /// Requests a second, in the last five minutes.
    pub per_second: f64,
    /// Half of them took no longer.
    pub p50: Option<f64>,
    /// Nine in ten took no longer.
    pub p90: Option<f64>,
    /// 99 of a hundred took no longer.
    pub p99: Option<f64>,
}

/// Somebody who asks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Consumer {
    /// The identifier of the principal.
    pub id: String,
    /// Requests: never fewer than there were.
    pub requests: u64,
    /// By how many that may be too high.
    pub excess: u64,
    /// How long ago there was the last.
    pub seconds_ago: f64,
    /// What is known of its requests since it is among those who ask most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

/// A version of an API.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct OfVersion {
    /// Its name.
    pub version: String,
    /// Of its requests.
    #[serde(flatten)]
    pub figures: Figures,
    /// Requests of whom nobody knows who has sent them.
    pub anonymous: u64,
    /// About how many consumers it has.
    pub consumers: u64,
    /// Who they are mostly.
    pub top: Vec<Consumer>,
}

/// A route.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct OfRoute {
    /// The method; `*` for any.
    pub method: String,
    /// The template, such as `/users/{id}`.
    pub route: String,
    /// The version of the API that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Of its requests.
    #[serde(flatten)]
    pub figures: Figures,
    /// Requests of whom nobody knows who has sent them.
    pub anonymous: u64,
    /// About how many consumers it has.
    pub consumers: u64,
    /// Who they are mostly.
    pub top: Vec<Consumer>,
}
