//! The order of everything that happens to a request.
//!
//! The route is matched first and its handler called last, so that whatever is in between knows the route. The
//! order is a matter of safety, and this is the only place that has it:
//!
//! ```text
//! Entry: route, context
//!  └ Observe: access log
//!     └ the application's outer layers
//!        └ Exit: panics become answers, server errors get the request's identifier
//!           └ the application's layers
//!              └ Dispatch: body limit, handler; layers of groups and routes
//! ```

use std::sync::Arc;

use ::http::HeaderName;
use tower_layer::Layer;
use tsk_core::{Drain, ObserveLayer, observe::Observed};
use tsk_http::{
    AccessLog, Connection, Dispatch, Entry, Exit, Routes,
    middleware::{Chain, Layered},
};

use crate::Error;

/// What serves one connection.
pub(crate) type Stack = Entry<Observed<Layered<Exit<Layered<Dispatch>>>, Observers>>;

/// What watches every request.
type Observers = Option<Arc<AccessLog>>;

/// What the stacks of all connections are made from.
#[derive(Debug)]
pub(crate) struct Layers {
    routes: Routes,
    observers: Observers,
    inner: Layered<Dispatch>,
    outer: Chain,
    id_header: Option<HeaderName>,
    drain: Drain,
}

impl Layers {
    /// Checks what the application wraps its service in, and the settings.
    pub(crate) fn new(
        config: &tsk_http::Config,
        mut routes: Routes,
        layers: &Chain,
        outer: Chain,
        drain: Drain,
    ) -> Result<Self, Error> {
        layers.check(&routes)?;
        outer.check(&routes)?;
        let mut access_log = config.access_log.as_ref().map(AccessLog::new).transpose()?;
        routes.bind(&mut access_log)?;
        let observers = access_log.map(Arc::new);
        let dispatch = Dispatch::new(routes.clone(), config.body_limit.as_u64());
        let inner = layers.around(dispatch);
        Ok(Self { routes, observers, inner, outer, id_header: config.id_header()?, drain })
    }

    /// The stack of a connection.
    pub(crate) fn stack(&self, connection: Connection) -> Stack {
        let exit = Exit::new(self.inner.clone(), self.id_header.clone());
        let outer = self.outer.around(exit);
        let observed = ObserveLayer::new(self.observers.clone()).layer(outer);
        Entry::new(observed, self.routes.clone(), connection).with_drain(self.drain.clone())
    }
}
