//! What the targets have in common: a real server, and readers that are strict.
//!
//! The server listens on a Unix socket and runs on the thread of the fuzzer, so that an input is one connection,
//! and what happens depends on the input alone. A panic ends the fuzzer, even one that the server would survive.

pub mod answers;
pub mod reference;
pub mod server;
