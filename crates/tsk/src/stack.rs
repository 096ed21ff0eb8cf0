//! The order of everything that happens to a request.
//!
//! The route is matched first and its handler called last, so that whatever is in between knows the route. The
//! order is a matter of safety, and this is the only place that has it:
//!
//! ```text
//! Entry: route, context
//!  └ the application's outer layers
//!     └ Exit: panics become answers, server errors get the request's identifier
//!        └ the application's layers
//!           └ Dispatch: body limit, handler; layers of groups and routes
//! ```

use ::http::HeaderName;
use tsk_core::Drain;
use tsk_http::{
    Connection, Dispatch, Entry, Exit, Routes,
    middleware::{Chain, Layered},
};

use crate::Error;

/// What serves one connection.
pub(crate) type Stack = Entry<Layered<Exit<Layered<Dispatch>>>>;

/// What the stacks of all connections are made from.
#[derive(Debug)]
pub(crate) struct Layers {
    routes: Routes,
    inner: Layered<Dispatch>,
    outer: Chain,
    id_header: Option<HeaderName>,
    drain: Drain,
}

impl Layers {
    /// Checks what the application wraps its service in, and the settings.
    pub(crate) fn new(
        config: &tsk_http::Config,
        routes: Routes,
        layers: &Chain,
        outer: Chain,
        drain: Drain,
    ) -> Result<Self, Error> {
        layers.check(&routes)?;
        outer.check(&routes)?;
        let dispatch = Dispatch::new(routes.clone(), config.body_limit.as_u64());
        let inner = layers.around(dispatch);
        Ok(Self { routes, inner, outer, id_header: config.id_header()?, drain })
    }

    /// The stack of a connection.
    pub(crate) fn stack(&self, connection: Connection) -> Stack {
        let exit = Exit::new(self.inner.clone(), self.id_header.clone());
        let outer = self.outer.around(exit);
        Entry::new(outer, self.routes.clone(), connection).with_drain(self.drain.clone())
    }
}
