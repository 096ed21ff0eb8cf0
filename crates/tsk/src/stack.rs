//! The order of everything that happens to a request.
//!
//! The route is matched first and its handler called last, so that whatever is in between knows the route. The
//! order is a matter of safety, and this is the only place that has it:
//!
//! ```text
//! Entry: route, context
//!  └ Exit: panics become answers, server errors get the request's identifier
//!     └ Dispatch: body limit, handler
//! ```

use ::http::HeaderName;
use tsk_core::{Drain, Peer};
use tsk_http::{Dispatch, Entry, Exit, Routes};

/// What serves one connection.
pub(crate) type Stack = Entry<Exit<Dispatch>>;

/// What the stacks of all connections are made from.
#[derive(Debug)]
pub(crate) struct Layers {
    pub(crate) routes: Routes,
    pub(crate) id_header: Option<HeaderName>,
    pub(crate) body_limit: u64,
    pub(crate) drain: Drain,
}

impl Layers {
    pub(crate) fn stack(&self, peer: Peer) -> Stack {
        let dispatch = Dispatch::new(self.routes.clone(), self.body_limit);
        let exit = Exit::new(dispatch, self.id_header.clone());
        Entry::new(exit, self.routes.clone(), peer).with_drain(self.drain.clone())
    }
}
