//! Every metric that this crate gives out, with its type, unit, labels and meaning.
//!
//! It is the one table: what is written to scrapers follows from it, the reference is held equal to it by a test, and
//! dashboards and alert rules are made of it. Names and labels are those of OpenTelemetry's stable semantic conventions
//! for HTTP as Prometheus writes them, and those that the client libraries of Prometheus have for processes.

mod reference;

pub use reference::reference;

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// It only rises, from zero at the start.
    Counter,
    /// It rises and falls.
    Gauge,
    /// How many measurements there were up to each of some bounds, and their sum.
    Histogram,
    /// Always 1: what it says is in its labels.
    Info,
}

impl Kind {
    /// The word for it in both text formats. The older one has none for what only informs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }
}

/// What a metric is about, and what a configuration can leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Family {
    /// Requests and their answers.
    Http,
    /// Connections, and TLS.
    Server,
    /// Whether it is ready, and what its checks find.
    Health,
    /// Rate limits. A component counts them by the macros of the crate `metrics`, for whichever recorder there is.
    Limits,
    /// GraphQL: a component counts it by the macros of the crate `metrics` as well.
    GraphQl,
    /// Rooms on WebSockets: a component counts them by the macros of the crate `metrics` as well.
    Rooms,
    /// What the process uses.
    Process,
    /// What the allocator holds.
    Allocator,
    /// What the tokio runtime does.
    Runtime,
    /// What became of the spans of requests.
    Tracing,
    /// What was built.
    Build,
    /// The metrics themselves.
    Metrics,
}

impl Family {
    /// Whether its metrics come by the macros of the crate `metrics`, as those of the program do, which may not have the names
    /// of others.
    pub(crate) fn comes_by_macros(self) -> bool {
        matches!(self, Self::Limits | Self::GraphQl | Self::Rooms)
    }
}

/// A metric.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// What it is called. Of a histogram, samples have the suffixes `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it is counted in, where its name says that: `seconds`, `bytes`.
    pub unit: Option<&'static str>,
    /// The names of its labels, in their order.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
    /// What it is about.
    pub family: Family,
}

macro_rules! catalogue {
    ($($constant:ident = $family:ident $kind:ident $name:literal [$($label:literal),*] $($unit:literal)?: $help:literal;)+) => {
        $(
            #[doc = concat!("`", $name, "`: ", $help)]
            pub const $constant: Metric = Metric {
                name: $name,
                kind: Kind::$kind,
                unit: catalogue!(@unit $($unit)?),
                labels: &[$($label),*],
                help: $help,
                family: Family::$family,
            };
        )+

        /// All of them, by family.
        pub const ALL: &[Metric] = &[$($constant),+];
    };
    (@unit) => { None };
    (@unit $unit:literal) => { Some($unit) };
}

catalogue! {
    HTTP_REQUEST_DURATION = Http Histogram "http_server_request_duration_seconds"
        ["http_request_method", "http_route", "http_response_status_code", "error_type"] "seconds":
        "How long requests took, from their head to the end of the answer.";
    HTTP_ACTIVE_REQUESTS = Http Gauge "http_server_active_requests" ["http_request_method"]:
        "Requests that have begun and whose answer has not ended.";
    HTTP_REQUEST_BODY_SIZE = Http Histogram "http_server_request_body_size_bytes" ["http_request_method", "http_route"] "bytes":
        "How large the bodies of requests were that gave their length, GET and HEAD left out.";
    HTTP_RESPONSE_BODY_SIZE = Http Histogram "http_server_response_body_size_bytes" ["http_request_method", "http_route"] "bytes":
        "How much was sent of the bodies of answers.";
    HTTP_PROTOCOL_REQUESTS = Http Counter "http_server_protocol_requests_total" ["network_protocol_version"]:
        "Requests that have begun, by the version of HTTP.";

    SERVER_CONNECTIONS = Server Gauge "server_connections" []:
        "Connections that are open.";
    SERVER_CONNECTIONS_BUSY = Server Gauge "server_connections_busy" []:
        "Connections that have a request in flight.";
    SERVER_CONNECTIONS_ACCEPTED = Server Counter "server_connections_accepted_total" []:
        "Connections that were accepted.";
    SERVER_CONNECTIONS_SPOKEN = Server Counter "server_connections_spoken_total" ["network_protocol_version"]:
        "Connections that spoke HTTP, by its version.";
    SERVER_CONNECTIONS_REFUSED = Server Counter "server_connections_refused_total" ["reason"]:
        "Connections on which no request is served any more: one was malformed, came too late, or its address had too many.";
    SERVER_RECEIVED = Server Counter "server_received_bytes_total" [] "bytes":
        "What was received over all connections; of TLS, what was in it.";
    SERVER_SENT = Server Counter "server_sent_bytes_total" [] "bytes":
        "What was sent over all connections; of TLS, what was in it.";
    SERVER_TLS_HANDSHAKES = Server Counter "server_tls_handshakes_total" []:
        "Handshakes of TLS that succeeded.";
    SERVER_TLS_HANDSHAKES_FAILED = Server Counter "server_tls_handshakes_failed_total" []:
        "Handshakes of TLS that failed.";
    SERVER_RELOADS = Server Counter "server_reloads_total" ["result"]:
        "How often the configuration was read again.";

    HEALTH_READY = Health Gauge "health_ready" []:
        "1 where the service says that it is ready, else 0.";
    HEALTH_CHECK = Health Gauge "health_check_passes" ["check"]:
        "1 where a check passes or warns, 0 where it fails.";

    RATELIMIT_DECISIONS = Limits Counter "ratelimit_decisions_total" ["policy", "decision"]:
        "What policies have decided of requests.";
    RATELIMIT_TIGHTENED = Limits Counter "ratelimit_tightened_total" ["policy", "signal"]:
        "How often a key was tightened, by what was unusual of it.";
    OVERLOAD_LIMIT = Limits Gauge "overload_limit" []:
        "How many requests may be worked on at a time.";
    OVERLOAD_MOVES = Limits Counter "overload_moves_total" ["reason"]:
        "How often that limit has moved, and why.";
    OVERLOAD_WAITED = Limits Counter "overload_waited_total" ["priority"]:
        "Requests that had to wait for a place.";
    OVERLOAD_REFUSED = Limits Counter "overload_refused_total" ["priority", "reason"]:
        "Requests that were refused, as there was too much to do.";

    GRAPHQL_OPERATIONS = GraphQl Counter "graphql_operations_total" ["operation", "type"]:
        "Operations that were run, by name and type.";
    GRAPHQL_OPERATIONS_FAILED = GraphQl Counter "graphql_operations_failed_total" ["operation", "type"]:
        "Operations whose answer had errors.";
    GRAPHQL_OPERATION_DURATION = GraphQl Histogram "graphql_operation_duration_seconds" ["operation", "type"] "seconds":
        "How long operations took, without waiting for their body.";
    GRAPHQL_COST_ESTIMATED = GraphQl Counter "graphql_cost_estimated_total" ["operation"]:
        "What operations were estimated to cost.";
    GRAPHQL_COST_ACTUAL = GraphQl Counter "graphql_cost_actual_total" ["operation"]:
        "What operations have cost, by what was found.";
    GRAPHQL_REFUSED = GraphQl Counter "graphql_refused_total" ["code"]:
        "Requests that were not run, by the code that their clients are told.";
    GRAPHQL_LOADER_BATCHES = GraphQl Counter "graphql_loader_batches_total" ["loader"]:
        "Batches that loaders have loaded.";
    GRAPHQL_LOADER_KEYS = GraphQl Counter "graphql_loader_keys_total" ["loader"]:
        "Keys that were in those batches.";
    GRAPHQL_LOADER_ONE_BY_ONE = GraphQl Counter "graphql_loader_one_by_one_total" ["loader"]:
        "Requests in which a loader was asked for one thing after the other.";

    WS_CONNECTIONS = Rooms Gauge "ws_connections" ["transport"]:
        "Clients that are connected, by how.";
    WS_REFUSED = Rooms Counter "ws_refused_total" ["reason"]:
        "Clients that were not let in, as there were as many as may be.";
    WS_DISCONNECTS = Rooms Counter "ws_disconnects_total" ["reason"]:
        "Clients that were disconnected by the service.";
    WS_ROOMS = Rooms Gauge "ws_rooms" []:
        "Rooms that somebody is in, or that remember something.";
    WS_JOINS = Rooms Counter "ws_joins_total" ["result"]:
        "Clients that wanted to be in a room.";
    WS_MESSAGES_RECEIVED = Rooms Counter "ws_messages_received_total" []:
        "Messages that came from clients.";
    WS_PUSHES_REFUSED = Rooms Counter "ws_pushes_refused_total" []:
        "Messages that their sender was not allowed to say.";
    WS_MESSAGES_DROPPED = Rooms Counter "ws_messages_dropped_total" []:
        "Messages that a slow client was told to have missed.";

    PROCESS_CPU = Process Counter "process_cpu_seconds_total" [] "seconds":
        "Time of processors that was used, in user and system mode.";
    PROCESS_OPEN_FDS = Process Gauge "process_open_fds" []:
        "File descriptors that are open.";
    PROCESS_MAX_FDS = Process Gauge "process_max_fds" []:
        "File descriptors that may be open.";
    PROCESS_VIRTUAL_MEMORY = Process Gauge "process_virtual_memory_bytes" [] "bytes":
        "Address space that is in use.";
    PROCESS_VIRTUAL_MEMORY_MAX = Process Gauge "process_virtual_memory_max_bytes" [] "bytes":
        "Address space that may be in use.";
    PROCESS_RESIDENT_MEMORY = Process Gauge "process_resident_memory_bytes" [] "bytes":
        "Memory that is in use.";
    PROCESS_START_TIME = Process Gauge "process_start_time_seconds" [] "seconds":
        "When the process was started, in seconds since 1970.";
    PROCESS_THREADS = Process Gauge "process_threads" []:
        "Threads.";

    ALLOCATOR_ALLOCATED = Allocator Gauge "allocator_allocated_bytes" [] "bytes":
        "Memory that the program holds, as its allocator counts it.";
    ALLOCATOR_RESIDENT = Allocator Gauge "allocator_resident_bytes" [] "bytes":
        "Memory that the allocator has of the system, what is free in it included.";

    RUNTIME_WORKERS = Runtime Gauge "tokio_workers" []:
        "Threads of the runtime that run tasks.";
    RUNTIME_TASKS = Runtime Gauge "tokio_alive_tasks" []:
        "Tasks that have not ended.";
    RUNTIME_QUEUE = Runtime Gauge "tokio_global_queue_depth" []:
        "Tasks that wait for any of the threads to run them.";
    RUNTIME_BUSY = Runtime Counter "tokio_worker_busy_seconds_total" ["worker"] "seconds":
        "Time that a thread of the runtime was busy.";
    RUNTIME_PARKS = Runtime Counter "tokio_worker_parks_total" ["worker"]:
        "How often a thread of the runtime had nothing to do.";

    TRACING_SPANS = Tracing Counter "tracing_spans_total" ["result"]:
        "Spans that were sent to the collector, or lost, by what became of them.";
    TRACING_EXPORTS = Tracing Counter "tracing_exports_total" ["result"]:
        "Requests to the collector, those that are tried again included.";

    BUILD_INFO = Build Info "build_info" ["service_name", "service_version", "revision"]:
        "What runs here.";

    METRICS_SERIES = Metrics Gauge "tsk_metrics_series" []:
        "Series that are kept.";
    METRICS_DROPPED = Metrics Counter "tsk_metrics_dropped_total" ["metric"]:
        "How often a series was asked for that is not there, as there are too many.";
    METRICS_SCRAPES = Metrics Counter "tsk_metrics_scrapes_total" ["format"]:
        "How often the metrics were written out.";
    METRICS_SCRAPE_DURATION = Metrics Counter "tsk_metrics_scrape_duration_seconds_total" ["format"] "seconds":
        "How long it took to write the metrics out.";
}

/// The metric that a sample is of, by its name: of a histogram, with a suffix.
#[cfg(feature = "grafana")]
pub(crate) fn of_sample(name: &str) -> Option<&'static Metric> {
    let of = |name: &str| ALL.iter().find(|metric| metric.name == name);
    let suffixed = ["_bucket", "_sum", "_count"].into_iter().filter_map(|suffix| name.strip_suffix(suffix));
    let is_histogram = |metric: &&Metric| metric.kind == Kind::Histogram;
    of(name).filter(|metric| !is_histogram(metric)).or_else(|| suffixed.filter_map(of).find(is_histogram))
}

#[cfg(test)]
mod tests;
