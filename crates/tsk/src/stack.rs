//! The order of everything that happens to a request.
//!
//! The route is matched first and its handler called last, so that whatever is in between knows the route. The
//! order is a matter of safety, and this is the only place that has it:
//!
//! ```text
//! Entry: route, context
//!  └ Observe: access log
//!     └ the application's outer layers
//!        └ security headers
//!           └ CORS
//!              └ Exit: panics become answers, server errors get the request's identifier
//!                 └ the application's layers
//!                    └ conditional requests: outside compression, whose answers have another tag
//!                       └ compression
//!                          └ timeout
//!                             └ decompression of the request
//!                                └ Dispatch: body limit, handler; layers of groups and routes
//! ```

use std::sync::Arc;

use ::http::HeaderName;
use tower_layer::Layer;
use tsk_core::{Drain, ObserveLayer, observe::Observed};
use tsk_http::{
    AccessLog, Connection, Dispatch, Entry, Exit, Routes,
    layer::{
        compress::{Compress, CompressLayer},
        conditional::{Conditional, ConditionalLayer},
        cors::{Cors, CorsLayer},
        decompress::{Decompress, DecompressLayer},
        security_headers::{SecurityHeaders, SecurityHeadersLayer},
        timeout::{Timeout, TimeoutLayer},
    },
    middleware::{Chain, Layered},
};

use crate::Error;

/// What serves one connection.
pub(crate) type Stack = Entry<Observed<Layered<SecurityHeaders<Cors<Exit<Inner>>>>, Observers>>;

/// What the application's layers wrap, and they.
type Inner = Layered<Conditional<Compress<Timeout<Decompress<Dispatch>>>>>;

/// What watches every request.
type Observers = Option<Arc<AccessLog>>;

/// What the stacks of all connections are made from.
#[derive(Debug)]
pub(crate) struct Layers {
    routes: Routes,
    observers: Observers,
    outer: Chain,
    security_headers: SecurityHeadersLayer,
    cors: CorsLayer,
    id_header: Option<HeaderName>,
    inner: Chain,
    compress: CompressLayer,
    timeout: TimeoutLayer,
    decompress: DecompressLayer,
    dispatch: Dispatch,
    drain: Drain,
}

impl Layers {
    /// Checks what the application wraps its service in, and the settings.
    pub(crate) fn new(
        config: &tsk_http::Config,
        mut routes: Routes,
        inner: Chain,
        outer: Chain,
        drain: Drain,
    ) -> Result<Self, Error> {
        inner.check(&routes)?;
        outer.check(&routes)?;
        let mut access_log = config.access_log.as_ref().map(AccessLog::new).transpose()?;
        routes.bind(&mut access_log)?;
        let mut compress = CompressLayer::new(&config.compression)?;
        routes.bind(&mut compress)?;
        let mut timeout = TimeoutLayer::new(config.handler_timeout);
        routes.bind(&mut timeout)?;
        let dispatch = Dispatch::new(routes.clone(), config.body_limit.as_u64());
        Ok(Self {
            observers: access_log.map(Arc::new),
            outer,
            security_headers: SecurityHeadersLayer::new(&config.security_headers)?,
            cors: CorsLayer::new(&config.cors)?.routes(routes.clone()),
            id_header: config.id_header()?,
            inner,
            compress,
            timeout,
            decompress: DecompressLayer::new(&config.decompression)?,
            dispatch,
            drain,
            routes,
        })
    }

    /// The stack of a connection.
    pub(crate) fn stack(&self, connection: Connection) -> Stack {
        // Made anew for each connection, so that what its requests count is not every core's.
        let timed = self.timeout.layer(self.decompress.layer(self.dispatch.clone()));
        let conditional = ConditionalLayer::new().layer(self.compress.layer(timed));
        let inner = self.inner.around(conditional);
        let exit = Exit::new(inner, self.id_header.clone());
        let security_headers = self.security_headers.clone().secure(connection.tls().is_some());
        let outer = self.outer.around(security_headers.layer(self.cors.layer(exit)));
        let observed = ObserveLayer::new(self.observers.clone()).layer(outer);
        Entry::new(observed, self.routes.clone(), connection).with_drain(self.drain.clone())
    }
}
