//! How the service does as a whole.

use super::{Content, ROUTE, Shown, failed, percentiles};
use crate::grafana::model::View::{Areas, Bars, Lines, Number};

pub(in crate::grafana) const OVERVIEW: Content = Content {
    name: "overview",
    title: "overview",
    description: "How much goes on, what goes wrong, how long it takes.",
    rows: &[
        (
            "Now",
            &[
                Shown(
                    "Requests",
                    "Requests that ended, a second.",
                    Number,
                    "reqps",
                    &[("sum(rate(http_server_request_duration_seconds_count{@}[$__rate_interval]))", "")],
                ),
                Shown(
                    "Errors",
                    "The share of requests that ended in a status from 500 on, or broke off.",
                    Number,
                    "percentunit",
                    &[(
                        concat!(
                            "(sum(rate(http_server_request_duration_seconds_count{@,",
                            failed!(),
                            "}[$__rate_interval])) or vector(0)) / sum(rate(http_server_request_duration_seconds_count{@}[$__rate_interval]))"
                        ),
                        "",
                    )],
                ),
                Shown(
                    "p99",
                    "All but one in a hundred requests take no longer.",
                    Number,
                    "s",
                    &[(percentiles!(@ "0.99", "http_server_request_duration_seconds", "@"), "")],
                ),
                Shown(
                    "In flight",
                    "Requests that have begun and not ended.",
                    Number,
                    "short",
                    &[("sum(http_server_active_requests{@})", "")],
                ),
                Shown(
                    "Servers",
                    "Servers that are scraped.",
                    Number,
                    "short",
                    &[("count(process_start_time_seconds{@})", "")],
                ),
                Shown(
                    "Ready",
                    "The share of servers that say they are ready.",
                    Number,
                    "percentunit",
                    &[("avg(health_ready{@})", "")],
                ),
            ],
        ),
        (
            "Requests",
            &[
                Shown(
                    "Requests by route",
                    "",
                    Areas,
                    "reqps",
                    &[(
                        "sum by (http_request_method, http_route) (rate(http_server_request_duration_seconds_count{@}[$__rate_interval]))",
                        ROUTE,
                    )],
                ),
                Shown(
                    "Requests by status",
                    "Without a status there was no answer.",
                    Areas,
                    "reqps",
                    &[(
                        "sum by (http_response_status_code) (rate(http_server_request_duration_seconds_count{@}[$__rate_interval]))",
                        "{{http_response_status_code}}",
                    )],
                ),
                Shown(
                    "Errors by route",
                    "By how they ended: the status, or `failed` where the answer broke off.",
                    Lines,
                    "reqps",
                    &[
                        (
                            concat!(
                                "sum by (http_request_method, http_route, error_type) (rate(http_server_request_duration_seconds_count{@,",
                                failed!(),
                                "}[$__rate_interval]))"
                            ),
                            "{{http_request_method}} {{http_route}} {{error_type}}",
                        ),
                        (
                            concat!(
                                "sum(rate(http_server_request_duration_seconds_count{@,",
                                failed!(),
                                "}[$__rate_interval])) or vector(0)"
                            ),
                            "all",
                        ),
                    ],
                ),
                Shown(
                    "How long requests take",
                    "From their head to the end of the answer.",
                    Lines,
                    "s",
                    percentiles!("http_server_request_duration_seconds", "@"),
                ),
                Shown(
                    "p99 by route",
                    "",
                    Lines,
                    "s",
                    &[(
                        "histogram_quantile(0.99, sum by (le, http_request_method, http_route) (rate(http_server_request_duration_seconds_bucket{@}[$__rate_interval])))",
                        ROUTE,
                    )],
                ),
                Shown(
                    "Given up by clients",
                    "Nobody waited for the end of the answer.",
                    Lines,
                    "reqps",
                    &[(
                        "sum(rate(http_server_request_duration_seconds_count{@,error_type=\"cancelled\"}[$__rate_interval])) or vector(0)",
                        "given up",
                    )],
                ),
            ],
        ),
        (
            "What runs",
            &[
                Shown(
                    "Builds",
                    "Which version runs how often.",
                    Bars,
                    "short",
                    &[(
                        "count by (service_name, service_version, revision) (build_info{@})",
                        "{{service_name}} {{service_version}} {{revision}}",
                    )],
                ),
                Shown(
                    "Versions of HTTP",
                    "",
                    Areas,
                    "reqps",
                    &[(
                        "sum by (network_protocol_version) (rate(http_server_protocol_requests_total{@}[$__rate_interval]))",
                        "HTTP/{{network_protocol_version}}",
                    )],
                ),
            ],
        ),
    ],
};
