//! What is asked by GraphQL.

use super::{Content, Shown, percentiles};
use crate::grafana::model::View::{Areas, Lines};

pub(in crate::grafana) const GRAPHQL: Content = Content {
    name: "graphql",
    title: "GraphQL",
    description: "What is asked by GraphQL, what it costs, and what is refused.",
    rows: &[
        (
            "Operations",
            &[
                Shown(
                    "Operations",
                    "By name and type.",
                    Areas,
                    "reqps",
                    &[
                        (
                            "sum by (operation, type) (rate(graphql_operations_total{@}[$__rate_interval]))",
                            "{{type}} {{operation}}",
                        ),
                        ("sum(rate(graphql_operations_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
                Shown(
                    "With errors",
                    "Operations whose answer had any.",
                    Lines,
                    "reqps",
                    &[
                        (
                            "sum by (operation, type) (rate(graphql_operations_failed_total{@}[$__rate_interval]))",
                            "{{type}} {{operation}}",
                        ),
                        (
                            "sum(rate(graphql_operations_failed_total{@}[$__rate_interval])) or vector(0)",
                            "all",
                        ),
                    ],
                ),
                Shown(
                    "How long they take",
                    "Without waiting for their body.",
                    Lines,
                    "s",
                    percentiles!("graphql_operation_duration_seconds", "@"),
                ),
                Shown(
                    "Refused",
                    "By the code that the client is told.",
                    Lines,
                    "reqps",
                    &[
                        ("sum by (code) (rate(graphql_refused_total{@}[$__rate_interval]))", "{{code}}"),
                        ("sum(rate(graphql_refused_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
            ],
        ),
        (
            "Cost",
            &[
                Shown(
                    "Estimated",
                    "Before an operation runs: what limits and budgets go by.",
                    Lines,
                    "short",
                    &[
                        (
                            "sum by (operation) (rate(graphql_cost_estimated_total{@}[$__rate_interval]))",
                            "{{operation}}",
                        ),
                        ("sum(rate(graphql_cost_estimated_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
                Shown(
                    "Actual",
                    "By what was found.",
                    Lines,
                    "short",
                    &[
                        (
                            "sum by (operation) (rate(graphql_cost_actual_total{@}[$__rate_interval]))",
                            "{{operation}}",
                        ),
                        ("sum(rate(graphql_cost_actual_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
                Shown(
                    "Keys a batch",
                    "How much loaders load at once: 1 is no batch at all.",
                    Lines,
                    "short",
                    &[
                        (
                            "sum by (loader) (rate(graphql_loader_keys_total{@}[$__rate_interval])) / sum by (loader) (rate(graphql_loader_batches_total{@}[$__rate_interval]) > 0)",
                            "{{loader}}",
                        ),
                        (
                            "sum(rate(graphql_loader_keys_total{@}[$__rate_interval])) / (sum(rate(graphql_loader_batches_total{@}[$__rate_interval])) > 0) or vector(0)",
                            "all",
                        ),
                    ],
                ),
                Shown(
                    "One after the other",
                    "Requests in which a loader could not make a batch.",
                    Lines,
                    "reqps",
                    &[
                        (
                            "sum by (loader) (rate(graphql_loader_one_by_one_total{@}[$__rate_interval]))",
                            "{{loader}}",
                        ),
                        (
                            "sum(rate(graphql_loader_one_by_one_total{@}[$__rate_interval])) or vector(0)",
                            "all",
                        ),
                    ],
                ),
            ],
        ),
    ],
};
