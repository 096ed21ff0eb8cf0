//! Whether the service works.

use super::{Content, Shown};
use crate::grafana::model::View::Lines;

pub(in crate::grafana) const HEALTH: Content = Content {
    name: "health",
    title: "health",
    description: "Whether the service works, and what it is watched by does.",
    rows: &[
        (
            "Health",
            &[
                Shown(
                    "Ready",
                    "1 where a server says that it is.",
                    Lines,
                    "short",
                    &[("health_ready{@}", "{{instance}}")],
                ),
                Shown(
                    "Checks",
                    "1 where a check passes, 0 where it fails.",
                    Lines,
                    "short",
                    &[
                        ("min by (check) (health_check_passes{@})", "{{check}}"),
                        ("min(health_ready{@})", "all"),
                    ],
                ),
                Shown(
                    "Up for",
                    "Since a server was started.",
                    Lines,
                    "s",
                    &[("time() - process_start_time_seconds{@}", "{{instance}}")],
                ),
                Shown(
                    "Configurations read again",
                    "",
                    Lines,
                    "short",
                    &[(
                        "sum by (result) (increase(server_reloads_total{@}[$__rate_interval]))",
                        "{{result}}",
                    )],
                ),
            ],
        ),
        (
            "What watches it",
            &[
                Shown(
                    "Spans",
                    "What became of them.",
                    Lines,
                    "ops",
                    &[("sum by (result) (rate(tracing_spans_total{@}[$__rate_interval]))", "{{result}}")],
                ),
                Shown(
                    "Requests to the collector",
                    "",
                    Lines,
                    "ops",
                    &[("sum by (result) (rate(tracing_exports_total{@}[$__rate_interval]))", "{{result}}")],
                ),
                Shown(
                    "Series",
                    "That are kept, and asked for in vain.",
                    Lines,
                    "short",
                    &[
                        ("max(tsk_metrics_series{@})", "kept"),
                        (
                            "sum by (metric) (increase(tsk_metrics_dropped_total{@}[$__rate_interval]))",
                            "dropped: {{metric}}",
                        ),
                    ],
                ),
                Shown(
                    "Scrapes",
                    "How long it takes to write the metrics out.",
                    Lines,
                    "s",
                    &[(
                        "sum by (format) (rate(tsk_metrics_scrape_duration_seconds_total{@}[$__rate_interval])) / sum by (format) (rate(tsk_metrics_scrapes_total{@}[$__rate_interval]) > 0)",
                        "{{format}}",
                    )],
                ),
            ],
        ),
    ],
};
