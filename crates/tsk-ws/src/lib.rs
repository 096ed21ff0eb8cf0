//! WebSockets for any service on hyper, on their own.
//!
//! RFC 6455 in full, compressed (RFC 7692), and over HTTP/2 (RFC 8441). Whatever a client can make grow is bounded, every error has its close code, and
//! a socket that is idle holds no buffer.
//!
//! ```
//! use tsk_ws::{Handshake, Socket};
//!
//! /// A handler of a router of ours; in others, [`upgrade`](tsk_ws::upgrade) makes the handshake of the request.
//! async fn echo(handshake: Handshake) -> http::Response<tsk_core::Body> {
//!     handshake.accept(async |mut socket: Socket| {
//!         while let Some(Ok(message)) = socket.recv().await {
//!             if socket.send(message).await.is_err() {
//!                 break;
//!             }
//!         }
//!     })
//! }
//! ```
//!
//! # Features
//!
//! - `client`: sockets to other servers, in the module `client`, and a client of rooms, in `rooms::client`.
//! - `schema`: JSON Schema of the settings.
//!
//! # Modules, in reading order
//!
//! - `config`, `sockets`: the settings.
//! - `handshake`, `origin`, `meta`, [`problem`]: how a request becomes a socket.
//! - `message`, `prepared`, `socket`, `sender`: sockets, as they are used.
//! - `decoder`, `partial`, `utf8`, `deflate`, `mask`, `frame`, `outbox`, `protocol`: the protocol, as plain methods that take `now`.
//! - `io`, `connection`, `bell`, `link`, `session`: the protocol on a connection, in a task.
//! - [`rooms`]: rooms, by Phoenix Channels.
//! - `client`: sockets to other servers.
//! - `seam`: sockets for components that do not know that they are WebSockets.

mod bell;
#[cfg(feature = "client")]
pub mod client;
mod config;
mod connection;
mod decoder;
mod deflate;
mod error;
mod frame;
mod handshake;
mod io;
mod link;
mod mask;
mod message;
mod meta;
mod origin;
mod outbox;
mod partial;
mod prepared;
pub mod problem;
mod protocol;
pub mod rooms;
mod seam;
mod sender;
mod session;
mod socket;
mod sockets;
mod utf8;

pub use crate::{
    config::{CompressionConfig, Config},
    error::Error,
    handshake::{Handshake, Opening, upgrade},
    message::{CloseCode, CloseFrame, Message, Utf8Bytes},
    meta::Meta,
    prepared::Prepared,
    rooms::Rooms,
    sender::Sender,
    socket::{Reader, Role, Socket, Writer},
    sockets::Sockets,
};

#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../../../docs/guide/clients.md")]
struct Clients;
