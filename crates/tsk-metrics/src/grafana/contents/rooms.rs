//! Rooms on WebSockets.

use super::{Content, Shown};
use crate::grafana::model::View::{Areas, Lines};

pub(in crate::grafana) const ROOMS: Content = Content {
    name: "rooms",
    title: "rooms",
    description: "Who is connected, what is said, and who cannot keep up.",
    rows: &[
        (
            "Clients",
            &[
                Shown(
                    "Connected",
                    "By how they are.",
                    Areas,
                    "short",
                    &[
                        ("sum by (transport) (ws_connections{@})", "{{transport}}"),
                        ("sum(ws_connections{@}) or vector(0)", "all"),
                    ],
                ),
                Shown(
                    "Rooms",
                    "That somebody is in, or that remember something.",
                    Lines,
                    "short",
                    &[("sum(ws_rooms{@}) or vector(0)", "rooms")],
                ),
                Shown(
                    "Not let in",
                    "As there were as many as may be.",
                    Lines,
                    "reqps",
                    &[
                        ("sum by (reason) (rate(ws_refused_total{@}[$__rate_interval]))", "{{reason}}"),
                        ("sum(rate(ws_refused_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
                Shown(
                    "Disconnected",
                    "By the service, and why.",
                    Lines,
                    "reqps",
                    &[
                        ("sum by (reason) (rate(ws_disconnects_total{@}[$__rate_interval]))", "{{reason}}"),
                        ("sum(rate(ws_disconnects_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
            ],
        ),
        (
            "Messages",
            &[
                Shown(
                    "Joins",
                    "",
                    Lines,
                    "reqps",
                    &[
                        ("sum by (result) (rate(ws_joins_total{@}[$__rate_interval]))", "{{result}}"),
                        ("sum(rate(ws_joins_total{@}[$__rate_interval])) or vector(0)", "all"),
                    ],
                ),
                Shown(
                    "Received",
                    "From clients.",
                    Lines,
                    "reqps",
                    &[("sum(rate(ws_messages_received_total{@}[$__rate_interval])) or vector(0)", "all")],
                ),
                Shown(
                    "Not allowed",
                    "Messages that their sender may not say.",
                    Lines,
                    "reqps",
                    &[("sum(rate(ws_pushes_refused_total{@}[$__rate_interval])) or vector(0)", "all")],
                ),
                Shown(
                    "Missed",
                    "Messages that slow clients were told to have missed.",
                    Lines,
                    "reqps",
                    &[("sum(rate(ws_messages_dropped_total{@}[$__rate_interval])) or vector(0)", "all")],
                ),
            ],
        ),
    ],
};
