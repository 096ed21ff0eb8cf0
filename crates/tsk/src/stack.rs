//! The order of everything that happens to a request.
//!
//! The route is matched first and its handler called last, so that whatever is in between knows the route. The
//! order is a matter of safety, and this is the only place that has it:
//!
//! ```text
//! Entry: route, context
//!  └ Observe: traces, metrics, access log
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
//! one call. Where the application has no layers of its own, everything from the security headers on is neighbours. A gate
//! that a request may have to wait for is a layer around those of the application, and so is authentication.

use std::sync::Arc;

use tower_layer::Layer;
use tsk_auth::Auth;
use tsk_core::{Drain, Observe as _, ObserveLayer, Proxies, RouteTable, observe::Observed};
use tsk_http::{
    AccessLog, Connection, Dispatch, Entry, ExitLayer, Routes,
    dispatch::FilteredDispatch,
    entry::Arrival,
    layer::{
        compress::CompressLayer, conditional::ConditionalLayer, cors::CorsLayer, decompress::DecompressLayer,
        security_headers::SecurityHeadersLayer, timeout::TimeoutLayer,
    },
    middleware::{Chain, Layered},
};
use tsk_metrics::{HttpMetrics, Metrics};
use tsk_ratelimit::{Limits, adaptive::AdaptiveGate};
use tsk_trace::{TraceObserver, Tracing};

use crate::{
    Error,
    gates::{Gates, Limited, Unbound},
    watch::Watch,
};

/// What serves one connection.
pub(crate) type Stack = Entry<Observed<Layered<FilteredDispatch<Outer<Option<Within>>>>, Observers>>;

/// The same where nobody watches and the application has no layers: what is not there costs nothing.
pub(crate) type Bare = FilteredDispatch<(Arrival, Outer<Within>)>;

/// What watches every request.
type Observers = Option<Arc<(Option<TraceObserver>, Option<HttpMetrics>, Option<AccessLog>)>>;

/// What is around the application's layers; where it has none, what would be within them too.
type Outer<W> = (SecurityHeadersLayer, (CorsLayer, (ExitLayer, (Limited, W))));

/// What is within the application's layers.
type Within = (ConditionalLayer, (CompressLayer, TimeoutLayer));

/// What the stacks of all connections are made from.
#[derive(Debug)]
pub(crate) struct Layers {
    routes: Routes,
    observers: Observers,
    outer_layers: Chain,
    security_headers: SecurityHeadersLayer,
    cors: CorsLayer,
    exit: ExitLayer,
    limited: Limited,
    overload: Option<AdaptiveGate>,
    /// Who is asked what callers may do.
    auth: Option<Arc<Auth>>,
    layers: Chain,
    within: Within,
    dispatch: Dispatch,
    /// Whom to believe, where anybody is.
    proxies: Option<Arc<Proxies>>,
    /// What is limited, if anything is. They say what a request may still cost.
    limits: Option<Arc<Limits>>,
    drain: Drain,
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
        let access_log = config.access_log.as_ref().map(AccessLog::new).transpose()?;
        let mut observers = (traces, metrics, access_log);
        routes.bind(&mut observers)?;
        let mut compress = CompressLayer::new(&config.compression)?;
        routes.bind(&mut compress)?;
        let mut timeout = TimeoutLayer::new(config.handler_timeout);
        routes.bind(&mut timeout)?;
        let mut decompress = DecompressLayer::new(&config.decompression)?;
        routes.bind(&mut decompress)?;
        let mut exit = ExitLayer::new(config.id_header()?);
        routes.bind(&mut exit)?;
        let Gates { limited, layers, overload, auth, limits } = Gates::new(gates, &mut routes, layers)?;
        let is_proxied = !config.trusted_proxies.is_empty();
        Ok(Self {
            observers: observers.is_active().then(|| Arc::new(observers)),
            outer_layers,
            security_headers: SecurityHeadersLayer::new(&config.security_headers)?,
            cors: CorsLayer::new(&config.cors)?.routes(routes.clone()),
            exit,
            limited,
            overload,
            auth,
            layers,
            within: (ConditionalLayer::new(), (compress, timeout)),
            dispatch: Dispatch::new(routes.clone(), config.body_limit.as_u64()).decompressing(decompress),
            proxies: is_proxied.then(|| Arc::new(config.proxies())),
            limits,
            drain,
            routes,
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
        Arc::clone(self.routes.shared_table())
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
        self.observers.is_none() && self.outer_layers.is_empty() && self.layers.is_empty()
    }

    /// The bare stack of a connection.
    pub(crate) fn bare(&self, connection: Connection) -> Bare {
        let outer = self.outer(&connection, self.within(&connection));
        self.dispatch.clone().filtered((self.arrival(connection), outer))
    }

    /// The stack of a connection. What its requests count is its own, and not every core's.
    pub(crate) fn stack(&self, connection: Connection) -> Stack {
        let dispatch = self.dispatch.clone();
        let filtered = if self.layers.is_empty() {
            dispatch.filtered(self.outer(&connection, Some(self.within(&connection))))
        } else {
            let within = dispatch.filtered(self.within.clone());
            self.layers.next(within).filtered(self.outer(&connection, None))
        };
        let outer = self.outer_layers.around(filtered);
        let observed = ObserveLayer::new(self.observers.clone()).layer(outer);
        Entry::arriving(observed, self.arrival(connection))
    }

    /// What is known of each request of a connection.
    fn arrival(&self, connection: Connection) -> Arrival {
        let arrival = Arrival::new(self.routes.clone(), connection).with_drain(self.drain.clone());
        let arrival = self.proxies.iter().fold(arrival, Arrival::with_proxies);
        let arrival =
            self.limits.iter().cloned().fold(arrival, |arrival, limits| arrival.with_budgets(limits));
        self.auth.iter().cloned().fold(arrival, |arrival, auth| arrival.with_authority(auth))
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
        (security_headers, (self.cors.clone(), (self.exit.clone(), (self.limited.clone(), within))))
    }
}
