//! The order of everything that happens to a request.
//!
//! The route is matched first and its handler called last, so that whatever is in between knows the route. The
//! order is a matter of safety, and this is the only place that has it:
//!
//! ```text
//! Entry: route, context
//!  └ Observe: traces, metrics, usage, access log
//!     └ the application's outer layers
//!        └ security headers
//!           └ CORS
//!              └ Exit: panics become answers, server errors get the request's identifier
//!                 └ limits that know nobody: of addresses, before anybody guesses at a secret
//!                    └ authentication
//!                       └ limits that know who is calling
//!                          └ the limit of what is worked on at a time: last, so that who is refused takes no place
//!                             └ the application's layers
//!                                └ conditional requests: outside compression, whose answers have another tag
//!                                   └ compression
//!                                      └ timeout
//!                                         └ Dispatch: decompression, body limit, handler; layers of groups and routes
//! ```
//!
//! What only looks at heads is a [`Filter`](tsk_http::layer::filter::Filter): neighbours are pairs of pairs, which cost
//! one call. Where the application has no layers of its own, everything from the security headers on is neighbours, and
//! authentication a gate between them. A limit that a request may have to wait for is a layer around those of the application,
//! and so is then all that comes after it.

use std::sync::Arc;

use tsk_auth::Auth;
use tsk_core::{Drain, Observe as _, Peer, RouteTable};
use tsk_http::{
    AccessLog, Connection, Dispatch, ExitLayer, Routes,
    access_log::ConnectionLog,
    dispatch::{FilteredDispatch, ObservedDispatch},
    entry::Arrival,
    layer::{
        compress::CompressLayer, conditional::ConditionalLayer, cors::CorsLayer, decompress::DecompressLayer,
        gate::GateFilter, security_headers::SecurityHeadersLayer, timeout::TimeoutLayer,
    },
    middleware::Chain,
};
use tsk_metrics::{
    HttpMetrics, Metrics,
    usage::{Usage, UsageObserver},
};
use tsk_ratelimit::{Limits, adaptive::AdaptiveGate, gate::ImmediateGate};
use tsk_trace::{TraceObserver, Tracing};

use crate::{
    Error,
    gates::{Gates, Unbound},
    watch::Watch,
};

/// What serves one connection. What is not there lets everything pass: where the application has outer layers, all of it is
/// within those.
pub(crate) type Stack =
    ObservedDispatch<Watching<ConnectionLog>, Option<Outer<Limited>>, Arc<Auth>, (Limited, Option<Within>)>;

/// The same where nobody watches, nothing is limited and the application has no layers: what is not there costs nothing.
pub(crate) type Bare = FilteredDispatch<(Arrival, Outer<Within>)>;

/// What watches requests, with a log of whatever kind.
type Watching<L> =
    (Option<Arc<TraceObserver>>, Option<Arc<HttpMetrics>>, Option<Arc<UsageObserver>>, Option<L>);

/// Limits before authentication, or those after it, where no request ever has to wait for them.
type Limited = Option<GateFilter<ImmediateGate>>;

/// What is around the application's layers; where it has none, what would be within them too.
type Outer<W> = (SecurityHeadersLayer, (Arc<(CorsLayer, ExitLayer)>, W));

/// What is within the application's layers.
type Within = (ConditionalLayer, (CompressLayer, Arc<TimeoutLayer>));

/// What the stacks of all connections are made from.
#[derive(Debug)]
pub(crate) struct Layers {
    watching: Watching<Arc<AccessLog>>,
    outer_layers: Chain,
    security_headers: SecurityHeadersLayer,
    cors_and_exit: Arc<(CorsLayer, ExitLayer)>,
    before: Option<ImmediateGate>,
    entrance: Option<Arc<Auth>>,
    after: Option<ImmediateGate>,
    overload: Option<AdaptiveGate>,
    /// Who is asked what callers may do.
    auth: Option<Arc<Auth>>,
    layers: Chain,
    within: Within,
    dispatch: Dispatch,
    /// What is limited, if anything is.
    limits: Option<Arc<Limits>>,
    /// What is known of each request, but for its connection.
    arrival: Arrival,
}

impl Layers {
    /// Checks what the application wraps its service in, and the settings.
    pub(crate) fn new(
        config: &tsk_http::Config,
        mut routes: Routes,
        layers: Chain,
        outer_layers: Chain,
        gates: Unbound,
        drain: Drain,
        watch: Option<&Watch>,
    ) -> Result<Self, Error> {
        layers.check(&routes)?;
        outer_layers.check(&routes)?;
        // Traces first, so that the others know of them.
        let traces = watch.and_then(|watch| watch.tracing.as_ref()).map(Tracing::observer);
        let metrics = watch.and_then(|watch| watch.metrics.as_ref()).map(Metrics::http);
        let usage = watch.and_then(|watch| watch.usage.as_ref()).map(Usage::observer);
        let access_log = config.access_log.as_ref().map(AccessLog::new).transpose()?;
        let mut observers = (traces, metrics, usage, access_log);
        routes.bind(&mut observers)?;
        let (traces, metrics, usage, access_log) = observers;
        let mut compress = CompressLayer::new(&config.compression)?;
        routes.bind(&mut compress)?;
        let mut timeout = TimeoutLayer::new(config.handler_timeout);
        routes.bind(&mut timeout)?;
        let mut decompress = DecompressLayer::new(&config.decompression)?;
        routes.bind(&mut decompress)?;
        let mut exit = ExitLayer::new(config.id_header()?);
        routes.bind(&mut exit)?;
        let Gates { before, entrance, after, layers, overload, auth, limits } =
            Gates::new(gates, &mut routes, layers)?;
        let cors = CorsLayer::new(&config.cors)?.routes(routes.clone());
        let mut arrival = Arrival::new(routes.clone(), Peer::Local).with_drain(drain);
        if !config.trusted_proxies.is_empty() {
            arrival = arrival.with_proxies(&Arc::new(config.proxies()));
        }
        if let Some(limits) = &limits {
            arrival = arrival.with_budgets(limits.clone());
        }
        if let Some(auth) = &auth {
            arrival = arrival.with_authority(auth.clone());
        }
        Ok(Self {
            watching: (
                traces.map(Arc::new),
                metrics.map(Arc::new),
                usage.map(Arc::new),
                access_log.map(Arc::new),
            ),
            outer_layers,
            security_headers: SecurityHeadersLayer::new(&config.security_headers)?,
            cors_and_exit: Arc::new((cors, exit)),
            before,
            entrance,
            after,
            overload,
            auth,
            layers,
            within: (ConditionalLayer::new(), (compress, Arc::new(timeout))),
            dispatch: Dispatch::new(routes, config.body_limit.as_u64()).decompressing(decompress),
            limits,
            arrival,
        })
    }

    /// Those of a listener for operators, which nobody watches, by the defaults. For a stack of another type all of
    /// hyper's connection would be compiled once more, and what both call inlined into neither.
    pub(crate) fn of_operators(routes: Routes, drain: Drain) -> Result<Self, Error> {
        let (config, none) = (tsk_http::Config::default(), Chain::default);
        Self::new(&config, routes, none(), none(), Unbound::default(), drain, None)
    }

    /// What is known of the routes.
    pub(crate) fn table(&self) -> Arc<RouteTable> {
        Arc::clone(self.arrival.table())
    }

    /// What is limited, if anything is.
    pub(crate) fn limits(&self) -> Option<&Arc<Limits>> {
        self.limits.as_ref()
    }

    /// Who says who is calling, if anybody does.
    pub(crate) fn auth(&self) -> Option<&Arc<Auth>> {
        self.auth.as_ref()
    }

    /// The limit of what is worked on at a time.
    pub(crate) fn overload(&self) -> Option<&AdaptiveGate> {
        self.overload.as_ref()
    }

    /// Whether the bare stack does.
    pub(crate) fn are_few(&self) -> bool {
        let has_layers = !(self.outer_layers.is_empty() && self.layers.is_empty());
        let has_gates = self.before.is_some() || self.entrance.is_some() || self.after.is_some();
        !has_layers && !has_gates && !self.watching.is_active()
    }

    /// The bare stack of a connection.
    pub(crate) fn bare(&self, connection: Connection) -> Bare {
        let outer = self.outer(&connection, self.within(&connection));
        self.dispatch.clone().filtered((self.arrival.on(connection), outer))
    }

    /// The stack of a connection. What its requests count is its own, and not every core's.
    pub(crate) fn stack(&self, connection: Connection) -> Stack {
        let dispatch = self.dispatch.clone();
        let limited = |gate: &Option<ImmediateGate>| {
            gate.as_ref().map(|gate| GateFilter::new(gate.on(connection.peer())))
        };
        let outer = Some(self.outer(&connection, limited(&self.before)));
        let (entrance, after) = (self.entrance.clone(), limited(&self.after));
        let gated = if self.layers.is_empty() {
            dispatch.gated(outer, entrance, (after, Some(self.within(&connection))))
        } else {
            self.layers.next(dispatch.filtered(self.within.clone())).gated(outer, entrance, (after, None))
        };
        let gated = if self.outer_layers.is_empty() {
            gated
        } else {
            self.outer_layers.next(gated).gated(None, None, (None, None))
        };
        gated.observed(self.observers(&connection), self.arrival.on(connection))
    }

    /// What watches the requests of a connection.
    fn observers(&self, connection: &Connection) -> Watching<ConnectionLog> {
        let (traces, metrics, usage, log) = &self.watching;
        let log = log.as_ref().map(|log| log.on(connection));
        (traces.clone(), metrics.clone(), usage.clone(), log)
    }

    /// What is within the application's layers, where it has none.
    fn within(&self, connection: &Connection) -> Within {
        let (conditional, (compress, timeout)) = self.within.clone();
        if self.outer_layers.is_empty() {
            (conditional.on(connection), (compress.on(connection), timeout))
        } else {
            // A request may wait in those, or be changed.
            (conditional, (compress, timeout))
        }
    }

    fn outer<W>(&self, connection: &Connection, within: W) -> Outer<W> {
        let security_headers = self.security_headers.clone().secure(connection.tls().is_some());
        (security_headers, (Arc::clone(&self.cors_and_exit), within))
    }
}
