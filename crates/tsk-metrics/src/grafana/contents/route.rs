//! One route in detail.

use super::{Content, Shown, failed, percentiles};
use crate::grafana::model::View::{Areas, Heatmap, Lines};

pub(in crate::grafana) const ROUTE_DETAIL: Content = Content {
    name: "route",
    title: "a route",
    description: "One route: how often it is asked, how it ends, how long it takes, how large it is.",
    rows: &[(
        "$route",
        &[
            Shown(
                "Requests by status",
                "",
                Areas,
                "reqps",
                &[(
                    "sum by (http_request_method, http_response_status_code) (rate(http_server_request_duration_seconds_count{@,http_route=\"$route\"}[$__rate_interval]))",
                    "{{http_request_method}} {{http_response_status_code}}",
                )],
            ),
            Shown(
                "Errors",
                "The share of requests that ended in a status from 500 on, or broke off.",
                Lines,
                "percentunit",
                &[(
                    concat!(
                        "(sum(rate(http_server_request_duration_seconds_count{@,http_route=\"$route\",",
                        failed!(),
                        "}[$__rate_interval])) or vector(0)) / sum(rate(http_server_request_duration_seconds_count{@,http_route=\"$route\"}[$__rate_interval]))"
                    ),
                    "errors",
                )],
            ),
            Shown(
                "How long requests take",
                "From their head to the end of the answer.",
                Lines,
                "s",
                percentiles!("http_server_request_duration_seconds", "@,http_route=\"$route\""),
            ),
            Shown(
                "How many take how long",
                "",
                Heatmap,
                "s",
                &[(
                    "sum by (le) (increase(http_server_request_duration_seconds_bucket{@,http_route=\"$route\"}[$__rate_interval]))",
                    "{{le}}",
                )],
            ),
            Shown(
                "Bodies of answers",
                "What was sent of them.",
                Lines,
                "bytes",
                percentiles!("http_server_response_body_size_bytes", "@,http_route=\"$route\""),
            ),
            Shown(
                "Bodies of requests",
                "Of those that gave their length.",
                Lines,
                "Bps",
                &[(
                    "sum by (http_request_method) (rate(http_server_request_body_size_bytes_sum{@,http_route=\"$route\"}[$__rate_interval])) or vector(0)",
                    "{{http_request_method}}",
                )],
            ),
        ],
    )],
};
