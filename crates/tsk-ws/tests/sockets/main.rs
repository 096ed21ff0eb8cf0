//! Sockets on connections in memory, with time that is told.

#![allow(clippy::unwrap_used)]

#[cfg(feature = "client")]
mod client;
mod closing;
mod deadlines;
mod hostile;
mod opening;
mod pair;
mod sending;
mod server;
