//! What the servers use.

use super::{Content, Shown};
use crate::grafana::model::View::Lines;

pub(in crate::grafana) const RUNTIME: Content = Content {
    name: "runtime",
    title: "runtime",
    description: "What the servers use: processors, memory, files, connections, the tokio runtime.",
    rows: &[
        (
            "Process",
            &[
                Shown(
                    "Processors",
                    "How many are busy with it.",
                    Lines,
                    "short",
                    &[("rate(process_cpu_seconds_total{@}[$__rate_interval])", "{{instance}}")],
                ),
                Shown(
                    "Memory",
                    "What is in use.",
                    Lines,
                    "bytes",
                    &[("process_resident_memory_bytes{@}", "{{instance}}")],
                ),
                Shown(
                    "Open files",
                    "And how many there may be.",
                    Lines,
                    "short",
                    &[("process_open_fds{@}", "{{instance}}"), ("min(process_max_fds{@})", "limit")],
                ),
                Shown("Threads", "", Lines, "short", &[("process_threads{@}", "{{instance}}")]),
            ],
        ),
        (
            "tokio",
            &[
                Shown(
                    "Busy threads",
                    "The share of time in which a thread of the runtime had something to do.",
                    Lines,
                    "percentunit",
                    &[(
                        "avg by (instance) (rate(tokio_worker_busy_seconds_total{@}[$__rate_interval]))",
                        "{{instance}}",
                    )],
                ),
                Shown(
                    "Tasks",
                    "That have not ended, and that wait for a thread.",
                    Lines,
                    "short",
                    &[
                        ("sum by (instance) (tokio_alive_tasks{@})", "{{instance}}"),
                        ("sum by (instance) (tokio_global_queue_depth{@})", "{{instance}} waiting"),
                    ],
                ),
                Shown("Workers", "", Lines, "short", &[("tokio_workers{@}", "{{instance}}")]),
                Shown(
                    "Nothing to do",
                    "How often a thread had nothing to do.",
                    Lines,
                    "ops",
                    &[(
                        "sum by (instance) (rate(tokio_worker_parks_total{@}[$__rate_interval]))",
                        "{{instance}}",
                    )],
                ),
            ],
        ),
        (
            "Connections",
            &[
                Shown(
                    "Connections",
                    "Open, and with a request in flight.",
                    Lines,
                    "short",
                    &[("sum(server_connections{@})", "open"), ("sum(server_connections_busy{@})", "busy")],
                ),
                Shown(
                    "Accepted and refused",
                    "",
                    Lines,
                    "ops",
                    &[
                        ("sum(rate(server_connections_accepted_total{@}[$__rate_interval]))", "accepted"),
                        (
                            "sum by (reason) (rate(server_connections_refused_total{@}[$__rate_interval]))",
                            "refused: {{reason}}",
                        ),
                    ],
                ),
                Shown(
                    "Spoken",
                    "By the version of HTTP.",
                    Lines,
                    "ops",
                    &[(
                        "sum by (network_protocol_version) (rate(server_connections_spoken_total{@}[$__rate_interval]))",
                        "HTTP/{{network_protocol_version}}",
                    )],
                ),
                Shown(
                    "Traffic",
                    "",
                    Lines,
                    "Bps",
                    &[
                        ("sum(rate(server_received_bytes_total{@}[$__rate_interval]))", "received"),
                        ("sum(rate(server_sent_bytes_total{@}[$__rate_interval]))", "sent"),
                    ],
                ),
                Shown(
                    "TLS",
                    "Handshakes.",
                    Lines,
                    "ops",
                    &[
                        ("sum(rate(server_tls_handshakes_total{@}[$__rate_interval]))", "done"),
                        ("sum(rate(server_tls_handshakes_failed_total{@}[$__rate_interval]))", "failed"),
                    ],
                ),
            ],
        ),
    ],
};
