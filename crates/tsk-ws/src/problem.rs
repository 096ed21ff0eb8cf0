//! Why there is no socket, as clients see it.

use http::{HeaderName, HeaderValue, StatusCode, header};
use tsk_core::{Problem, problem::Kind};

/// The request asks for no socket.
pub const WEBSOCKET_REQUIRED: Kind = Kind {
    uri: "urn:tsk:problems/websocket-required",
    title: "WebSocket required",
    status: StatusCode::UPGRADE_REQUIRED,
};

/// It asks for a version that there is not.
pub const WEBSOCKET_VERSION: Kind = Kind {
    uri: "urn:tsk:problems/websocket-version",
    title: "Unsupported WebSocket version",
    status: StatusCode::UPGRADE_REQUIRED,
};

/// It asks in a wrong form.
pub const INVALID_HANDSHAKE: Kind = Kind {
    uri: "urn:tsk:problems/invalid-handshake",
    title: "Invalid WebSocket handshake",
    status: StatusCode::BAD_REQUEST,
};

/// A page asks that may not.
pub const FOREIGN_ORIGIN: Kind =
    Kind { uri: "urn:tsk:problems/foreign-origin", title: "Foreign origin", status: StatusCode::FORBIDDEN };

/// RFC 9110 §15.5.22 wants it said what to upgrade to.
fn upgrade(kind: Kind) -> Problem {
    Problem::of(kind).header(header::UPGRADE, HeaderValue::from_static("websocket"))
}

pub(crate) fn required() -> Problem {
    upgrade(WEBSOCKET_REQUIRED).detail("Only WebSockets are served here: open one with `ws://` or `wss://`.")
}

pub(crate) fn version() -> Problem {
    const VERSION: HeaderName = header::SEC_WEBSOCKET_VERSION;
    upgrade(WEBSOCKET_VERSION)
        .detail("Only version 13 of the protocol is served.")
        .header(VERSION, HeaderValue::from_static("13"))
}

pub(crate) fn invalid(detail: &'static str) -> Problem {
    Problem::of(INVALID_HANDSHAKE).detail(detail)
}

pub(crate) fn foreign() -> Problem {
    Problem::of(FOREIGN_ORIGIN).detail("Pages of this origin may not open a socket here.")
}
