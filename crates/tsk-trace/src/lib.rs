//! Distributed tracing for any tower or hyper service.

#![allow(dead_code, reason = "the crate is being put together")]

mod environment;
mod plan;
mod queue;
mod record;
mod texts;
