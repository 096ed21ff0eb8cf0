//! The servers, by the names that commands and reports have for them.

use super::{Peer, Protocols, Source};

/// The product, set up so that its answers are the same as raw hyper's.
pub(crate) const TSK: &str = "tsk";
/// The product as it comes.
pub(crate) const TSK_DEFAULTS: &str = "tsk-defaults";
/// The product with an access log, but for that as [`TSK`].
pub(crate) const TSK_ACCESS_LOG: &str = "tsk-access-log";
/// The product with metrics, and with tracing that samples nothing, but for that as [`TSK`].
pub(crate) const TSK_METRICS: &str = "tsk-metrics";
/// The same with a span of every request sent to a collector.
pub(crate) const TSK_TRACED: &str = "tsk-traced";
/// The product with a limit of each address, told with every answer, but for that as [`TSK`].
pub(crate) const TSK_LIMITED: &str = "tsk-limited";
/// The product with a limit of each address that no answer tells of, but for that as [`TSK_METRICS`]: of the same stack, so that
/// what it costs more is the limit alone.
pub(crate) const TSK_LIMITED_UNTOLD: &str = "tsk-limited-untold";
pub(crate) const AXUM: &str = "axum";
pub(crate) const FASTIFY: &str = "fastify";
pub(crate) const EXPRESS: &str = "express";
pub(crate) const EXPRESS_PRODUCTION: &str = "express-production";
pub(crate) const RAW_HYPER: &str = "raw-hyper";
pub(crate) const RAW_HYPER_FLUSH: &str = "raw-hyper-flush";
pub(crate) const RAW_HYPER_H2: &str = "raw-hyper-h2";

/// Every server, in the order that reports list them.
pub(crate) static PEERS: &[Peer] = &[
    Peer {
        name: RAW_HYPER,
        about: "hyper, HTTP/1, a handler written by hand",
        source: Source::Rust("raw-hyper"),
        environment: &[],
        protocols: Protocols::Http1,
    },
    Peer {
        name: RAW_HYPER_FLUSH,
        about: "the same with `pipeline_flush`",
        source: Source::Rust("raw-hyper"),
        environment: &[("PROTOCOL", "h1-flush")],
        protocols: Protocols::Http1,
    },
    Peer {
        name: RAW_HYPER_H2,
        about: "the same over HTTP/2",
        source: Source::Rust("raw-hyper"),
        environment: &[("PROTOCOL", "h2")],
        protocols: Protocols::Http2,
    },
    Peer {
        name: TSK,
        about: "the product, answering as raw hyper does",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_DEFAULTS,
        about: "the product as it comes",
        source: Source::Rust("tsk-peer"),
        environment: &[],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_ACCESS_LOG,
        about: "the product with an access log, to /dev/null",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain"), ("ACCESS_LOG", "/dev/null")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_METRICS,
        about: "the product with metrics, and identifiers of traces of which none is sampled",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain"), ("WATCH", "metrics")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_TRACED,
        about: "the same with a span of every request, sent to a collector",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain"), ("WATCH", "traces")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_LIMITED,
        about: "the product with a limit of each address, told with every answer",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain"), ("LIMIT", "1000000000")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_LIMITED_UNTOLD,
        about: "the product with metrics, and with a limit of each address that no answer tells of",
        source: Source::Rust("tsk-peer"),
        environment: &[
            ("ANSWERS", "plain"),
            ("WATCH", "metrics"),
            ("LIMIT", "1000000000"),
            ("TOLD", "never"),
        ],
        protocols: Protocols::Both,
    },
    Peer {
        name: AXUM,
        about: "axum, routes alone",
        source: Source::Rust("axum-bare"),
        environment: &[],
        protocols: Protocols::Both,
    },
    Peer {
        name: "axum-production",
        about: "axum with the layers its examples put in production",
        source: Source::Rust("axum-production"),
        environment: &[],
        protocols: Protocols::Both,
    },
    Peer {
        name: "actix",
        about: "actix-web, routes alone",
        source: Source::Rust("actix"),
        environment: &[],
        protocols: Protocols::Both,
    },
    Peer {
        name: FASTIFY,
        about: "Fastify, routes and schemas",
        source: Source::Node("fastify.js"),
        environment: &[],
        protocols: Protocols::Http1,
    },
    Peer {
        name: EXPRESS,
        about: "Express, routes alone",
        source: Source::Node("express.js"),
        environment: &[],
        protocols: Protocols::Http1,
    },
    Peer {
        name: EXPRESS_PRODUCTION,
        about: "Express with the middleware its guides recommend",
        source: Source::Node("express-production.js"),
        environment: &[],
        protocols: Protocols::Http1,
    },
];

/// The product with five hundred documented routes, and its documents. Only its start is measured.
pub(crate) static DOCUMENTED: Peer = Peer {
    name: "tsk-documented",
    about: "the product with 500 documented routes",
    source: Source::Rust("tsk-documented"),
    environment: &[("ROUTES", "500")],
    protocols: Protocols::Both,
};

/// The product with everything on, a hundredth of all requests traced.
pub(crate) const TSK_EVERYTHING: &str = "tsk-everything";
/// The same with every request traced.
pub(crate) const TSK_EVERYTHING_TRACED: &str = "tsk-everything-traced";
pub(crate) const AXUM_EVERYTHING: &str = "axum-everything";
pub(crate) const AXUM_EVERYTHING_TRACED: &str = "axum-everything-traced";

/// Those that answer nobody without a token, so that they are measured by themselves.
pub(crate) static EVERYTHING: [Peer; 4] = [
    Peer {
        name: TSK_EVERYTHING,
        about: "the product with everything on, a hundredth of all requests traced",
        source: Source::Rust("tsk-everything"),
        environment: &[("SAMPLED", "0.01")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_EVERYTHING_TRACED,
        about: "the same with every request traced",
        source: Source::Rust("tsk-everything"),
        environment: &[("SAMPLED", "1")],
        protocols: Protocols::Both,
    },
    Peer {
        name: AXUM_EVERYTHING,
        about: "axum with the usual layers for as much, a hundredth of all requests traced",
        source: Source::Rust("axum-everything"),
        environment: &[("SAMPLED", "0.01")],
        protocols: Protocols::Both,
    },
    Peer {
        name: AXUM_EVERYTHING_TRACED,
        about: "the same with every request traced",
        source: Source::Rust("axum-everything"),
        environment: &[("SAMPLED", "1")],
        protocols: Protocols::Both,
    },
];
