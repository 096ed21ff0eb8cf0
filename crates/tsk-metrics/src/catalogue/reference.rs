//! The catalogue as a page.

use std::fmt::Write as _;

use super::{ALL, Family, Metric};

/// The catalogue in Markdown: what `docs/reference/metrics.md` is.
pub fn reference() -> String {
    let mut page = String::from(INTRODUCTION);
    for family in FAMILIES {
        let (title, text) = about(family);
        // Writing to memory does not fail.
        let _ = write!(
            page,
            "\n## {title}\n\n{text}\n\n| metric | type | labels | what it tells |\n|---|---|---|---|\n"
        );
        for Metric { name, kind, labels, help, .. } in ALL.iter().filter(|metric| metric.family == family) {
            let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
            let _ = writeln!(page, "| `{name}` | {} | {} | {help} |", kind.name(), labels.join(", "));
        }
    }
    page
}

const FAMILIES: [Family; 12] = [
    Family::Http,
    Family::Server,
    Family::Health,
    Family::Limits,
    Family::GraphQl,
    Family::Rooms,
    Family::Process,
    Family::Allocator,
    Family::Runtime,
    Family::Tracing,
    Family::Build,
    Family::Metrics,
];

const INTRODUCTION: &str = "\
# Metrics reference

Every metric that a service gives out beside those that it counts itself. `cargo xtask docs` writes this page from the
catalogue in `tsk-metrics`; the [guide](../guide/metrics.md) says how to scrape them.

Names end in their unit, seconds or bytes. A label without a value is left out. A histogram `x` has the samples `x_bucket`,
`x_sum` and `x_count`. Where a metric has more series than
[may be](configuration.md), what further ones would have is in one with the label `otel_metric_overflow=\"true\"`.
";

fn about(family: Family) -> (&'static str, &'static str) {
    match family {
        Family::Http => (
            "`http`: requests",
            "By the [semantic conventions](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/) of OpenTelemetry.\n\
             `http_route` is the template of the route, and left out where none matched; `http_request_method` is `_OTHER` for\n\
             methods beyond RFC 9110 and PATCH. `http_response_status_code` is left out where there was no answer. `error_type`\n\
             is there only where something went wrong: the status from 500 on, `failed` where the answer broke off, `cancelled`\n\
             where nobody waited for its end. Not there are `url_scheme` and `network_protocol_version`, which would multiply\n\
             the series and are told by connection and in a counter of their own.",
        ),
        Family::Server => (
            "`server`: connections",
            "Those of the public listeners. What the server does not count is left out.",
        ),
        Family::Health => (
            "`health`: probes and checks",
            "What [the probes](../guide/health.md) answer, and what checks have found at last. `check` is the name of a check.",
        ),
        Family::Limits => (
            "`limits`: rate limits",
            "Only where something is [limited](../guide/rate-limits.md). `policy` is the name of a rule. `decision` is `allowed`, `delayed`,\n\
             `refused`, or `would_refuse` for a rule on trial; `signal` is `rate`, `errors` or `paths`, of rules that\n\
             [adapt](../guide/rate-limits-adaptive.md). What begins with `overload_` is there where the service\n\
             [stays up under overload](../guide/overload.md): `priority` is `critical`, `normal` or `sheddable`; a request is refused as\n\
             there was no room to wait, `full`, or as it had waited for as long as it may, `late`. The limit moves by reason of `room`,\n\
             `slower`, `trial`, `better` or `no_better`.",
        ),
        Family::GraphQl => (
            "`graphql`: GraphQL",
            "Only where it is served. `operation` is what the document calls the operation: the first 200 names that came have series\n\
             of their own, all others, and those without a name, are `_other`. `type` is `query`, `mutation` or `subscription`.",
        ),
        Family::Rooms => (
            "`rooms`: rooms on WebSockets",
            "Only where there are [rooms](../guide/rooms.md). `transport` is `websocket`, `longpoll` or `sse`; `result` is `joined` or\n\
             `refused`.",
        ),
        Family::Process => (
            "`process`: the process",
            "As the client libraries of Prometheus [have them](https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).",
        ),
        Family::Allocator => (
            "`allocator`: the heap",
            "Only where the program [says](../guide/metrics.md#numbers-that-others-have) what its allocator holds.",
        ),
        Family::Runtime => {
            ("`runtime`: tokio", "Only where the runtime was named. `worker` is the number of a thread.")
        }
        Family::Tracing => (
            "`tracing`: spans",
            "Only where requests are traced. `result` of a span is `sent`, `queue_full` where too many waited, `collector_down` where it was\n\
             so for too long, and `refused` where the collector would not have it; that of a request is `done` or `failed`.",
        ),
        Family::Build => ("`build`: what runs here", "Only where it was said."),
        Family::Metrics => {
            ("`metrics`: the metrics themselves", "To see that they stay within bounds, and what they cost.")
        }
    }
}
