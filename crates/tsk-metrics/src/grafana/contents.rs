//! What the dashboards show, whatever the service.
//!
//! In an expression, `@` stands for the conditions by which this service is told from others; `check` holds every name in them
//! against the catalogue.

use super::model::View;

mod auth;
mod graphql;
mod health;
mod limits;
mod overview;
mod rooms;
mod route;
mod runtime;

pub(super) use self::{
    auth::AUTH, graphql::GRAPHQL, health::HEALTH, limits::LIMITS, overview::OVERVIEW, rooms::ROOMS,
    route::ROUTE_DETAIL, runtime::RUNTIME,
};

/// A dashboard: how its identifier ends, its title, what it shows.
pub(super) struct Content {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) rows: &'static [(&'static str, &'static [Shown])],
}

/// A panel: title, how it is to be read, view, unit, and expressions with the names of their series.
pub(super) struct Shown(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) View,
    pub(super) &'static str,
    pub(super) &'static [(&'static str, &'static str)],
);

/// What an error of the service is.
macro_rules! failed {
    () => {
        "error_type=~\"failed|[5-9]..\""
    };
}

/// The percentiles of a histogram, of what is selected.
macro_rules! percentiles {
    ($metric:literal, $of:literal) => {
        &[
            (percentiles!(@ "0.5", $metric, $of), "p50"),
            (percentiles!(@ "0.9", $metric, $of), "p90"),
            (percentiles!(@ "0.99", $metric, $of), "p99"),
        ]
    };
    (@ $share:literal, $metric:literal, $of:literal) => {
        concat!("histogram_quantile(", $share, ", sum by (le) (rate(", $metric, "_bucket{", $of, "}[$__rate_interval])))")
    };
}

const ROUTE: &str = "{{http_request_method}} {{http_route}}";

use {failed, percentiles};
