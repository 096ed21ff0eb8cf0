//! Who is not let in.

use super::{Content, ROUTE, Shown};
use crate::grafana::model::View::Lines;

pub(in crate::grafana) const AUTH: Content = Content {
    name: "auth",
    title: "authentication",
    description: "Who is not let in, and where.",
    rows: &[(
        "Refused",
        &[
            Shown(
                "Unknown",
                "401: it was not said who is calling, or not believed.",
                Lines,
                "reqps",
                &[
                    (
                        "sum by (http_request_method, http_route) (rate(http_server_request_duration_seconds_count{@,http_response_status_code=\"401\"}[$__rate_interval]))",
                        ROUTE,
                    ),
                    (
                        "sum(rate(http_server_request_duration_seconds_count{@,http_response_status_code=\"401\"}[$__rate_interval])) or vector(0)",
                        "all",
                    ),
                ],
            ),
            Shown(
                "Not allowed",
                "403: whoever is calling may not do that.",
                Lines,
                "reqps",
                &[
                    (
                        "sum by (http_request_method, http_route) (rate(http_server_request_duration_seconds_count{@,http_response_status_code=\"403\"}[$__rate_interval]))",
                        ROUTE,
                    ),
                    (
                        "sum(rate(http_server_request_duration_seconds_count{@,http_response_status_code=\"403\"}[$__rate_interval])) or vector(0)",
                        "all",
                    ),
                ],
            ),
            Shown(
                "Share that is not let in",
                "401 and 403, of all requests.",
                Lines,
                "percentunit",
                &[(
                    "(sum(rate(http_server_request_duration_seconds_count{@,http_response_status_code=~\"401|403\"}[$__rate_interval])) or vector(0)) / sum(rate(http_server_request_duration_seconds_count{@}[$__rate_interval]))",
                    "not let in",
                )],
            ),
            Shown(
                "How long a refusal takes",
                "p99 of 401 and 403: it should not tell who is known.",
                Lines,
                "s",
                &[(
                    "histogram_quantile(0.99, sum by (le, http_response_status_code) (rate(http_server_request_duration_seconds_bucket{@,http_response_status_code=~\"401|403\"}[$__rate_interval])))",
                    "{{http_response_status_code}}",
                )],
            ),
        ],
    )],
};
