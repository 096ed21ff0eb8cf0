//! The server on real sockets, with clients that behave and clients that do not.
//!
//! Nothing here measures time. A test that waits, waits for something the other end does; the deadlines of a
//! server are either out of reach or so short that the server's own closing of a connection ends the wait.

#![allow(clippy::unwrap_used)]

mod client;
mod flow;
mod running;
