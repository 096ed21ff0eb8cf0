//! Who is refused as there is too much.

use super::{Content, ROUTE, Shown};
use crate::grafana::model::View::{Areas, Lines};

pub(in crate::grafana) const LIMITS: Content = Content {
    name: "limits",
    title: "limits and overload",
    description: "Who is refused as too much was asked for, or as there was too much to do.",
    rows: &[
        (
            "Limits",
            &[
                Shown(
                    "Decisions",
                    "What the policies have decided of requests.",
                    Areas,
                    "reqps",
                    &[(
                        "sum by (policy, decision) (rate(ratelimit_decisions_total{@}[$__rate_interval]))",
                        "{{policy}} {{decision}}",
                    )],
                ),
                Shown(
                    "Refused",
                    "The share that each policy refuses, or would.",
                    Lines,
                    "percentunit",
                    &[(
                        "sum by (policy) (rate(ratelimit_decisions_total{@,decision=~\"refused|would_refuse\"}[$__rate_interval])) / sum by (policy) (rate(ratelimit_decisions_total{@}[$__rate_interval]))",
                        "{{policy}}",
                    )],
                ),
                Shown(
                    "429 by route",
                    "",
                    Lines,
                    "reqps",
                    &[(
                        "sum by (http_request_method, http_route) (rate(http_server_request_duration_seconds_count{@,http_response_status_code=\"429\"}[$__rate_interval]))",
                        ROUTE,
                    )],
                ),
                Shown(
                    "Keys that were tightened",
                    "By what was unusual of them; none where no rule adapts.",
                    Lines,
                    "short",
                    &[
                        (
                            "sum by (policy, signal) (increase(ratelimit_tightened_total{@}[$__rate_interval]))",
                            "{{policy}} {{signal}}",
                        ),
                        ("sum(increase(ratelimit_tightened_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
            ],
        ),
        (
            "Overload",
            &[
                Shown(
                    "Worked on at a time",
                    "The limit, where the service stays up under overload, and what is in flight.",
                    Lines,
                    "short",
                    &[
                        ("sum(overload_limit{@})", "limit"),
                        ("sum(http_server_active_requests{@})", "in flight"),
                    ],
                ),
                Shown(
                    "Why the limit moved",
                    "",
                    Lines,
                    "short",
                    &[
                        (
                            "sum by (reason) (increase(overload_moves_total{@}[$__rate_interval]))",
                            "{{reason}}",
                        ),
                        ("sum(increase(overload_moves_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
                Shown(
                    "Waited for a place",
                    "",
                    Lines,
                    "reqps",
                    &[
                        (
                            "sum by (priority) (rate(overload_waited_total{@}[$__rate_interval]))",
                            "{{priority}}",
                        ),
                        ("sum(rate(overload_waited_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
                Shown(
                    "Refused",
                    "As there was no room to wait, or as it took too long.",
                    Lines,
                    "reqps",
                    &[
                        (
                            "sum by (priority, reason) (rate(overload_refused_total{@}[$__rate_interval]))",
                            "{{priority}} {{reason}}",
                        ),
                        ("sum(rate(overload_refused_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
            ],
        ),
    ],
};
