//! Tokens that others are asked about, by servers that may not do well.

#![allow(clippy::unwrap_used)]

mod answers;
mod asked;
mod gate;
mod server;
