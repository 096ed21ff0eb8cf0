//! Operations over a socket, by the protocol
//! [graphql-transport-ws](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).

mod caller;
mod message;
mod protocol;
mod session;

use std::sync::Arc;

use http::{HeaderMap, Method, Response, header, request::Parts};
use tsk_core::{Body, Upgrade};

use crate::engine::Engine;

/// What the protocol is called in a handshake.
const NAME: &str = "graphql-transport-ws";

/// Whether a request asks for a socket: whoever opens it sees whether it may have one.
pub(crate) fn asks(parts: &Parts) -> bool {
    // Over HTTP/2 it is an extended CONNECT (RFC 8441 §4).
    parts.method == Method::CONNECT || parts.method == Method::GET && upgrades(&parts.headers)
}

fn upgrades(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::UPGRADE).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case("websocket"))
}

/// The answer to a request that asks for a socket.
pub(crate) fn respond(engine: &Arc<Engine>, upgrade: &dyn Upgrade, parts: &mut Parts) -> Response<Body> {
    let engine = Arc::clone(engine);
    let head = parts.clone();
    upgrade.upgrade(parts, &[NAME], Box::new(move |opened| Box::pin(session::run(engine, head, opened))))
}
