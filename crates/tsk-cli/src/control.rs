//! How commands speak to the server that another has started: HTTP over a Unix socket in the state directory.
//!
//! The socket is for the user alone, by its mode. `curl --unix-socket .tsk/control.sock http://localhost/status` works
//! as well.
//!
//! - [`status`]: what a server says of itself.
//! - [`service`]: the routes that answer, and [`Socket`] that serves them, in the server.
//! - [`rooms`]: what there is of rooms.
//! - [`client`]: who asks, in the commands.

pub(crate) mod client;
pub(crate) mod rooms;
pub(crate) mod service;
mod socket;
pub(crate) mod status;

pub(crate) use client::Client;
pub(crate) use socket::Socket;
pub(crate) use status::Status;
