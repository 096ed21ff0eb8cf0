//! The server on real sockets, with clients that behave and clients that do not.
//!
//! Nothing here measures time. A test that waits, waits for something the other end does; the deadlines of a
//! server are either out of reach or so short that the server's own closing of a connection ends the wait.

#![allow(clippy::unwrap_used)]

mod bodies;
mod client;
mod context;
mod deadlines;
mod delay;
mod drain;
mod floods;
mod flow;
mod frames;
mod http1;
mod http2;
mod leaks;
mod limits;
mod listeners;
mod listening;
mod panics;
mod probes;
mod reconfigure;
mod running;
mod services;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod unix;
