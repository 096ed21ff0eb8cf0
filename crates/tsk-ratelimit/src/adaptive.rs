//! Staying up when there is more to do than can be done: no more requests are worked on at a time than the service can, and what
//! matters least is refused first.
//!
//! ```
//! use tsk_core::{GateLayer, Policy as _, RouteTable};
//! use tsk_ratelimit::adaptive::{AdaptiveGate, Config};
//!
//! let mut gate = AdaptiveGate::new(&Config::default())?;
//! gate.bind(&RouteTable::default())?;
//! let layer = GateLayer::new(gate);
//! # let _ = layer;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: `priority`, who is refused first; `stretch`, `route`, `weight` and `window`, how much longer than usual
//! requests take; `control` and `moves`, what follows from it; `queue` and `retry`, for those who find no place; `limiter`, the engine of
//! all that; `gate`, `permit` and `wait`, what it is to a request; `counters` and `insight`, what it shows.

mod config;
mod control;
mod counters;
mod gate;
mod insight;
mod limiter;
mod moves;
mod permit;
mod priority;
mod queue;
mod retry;
mod route;
mod stretch;
#[cfg(test)]
mod tests;
mod wait;
mod weight;
mod window;

use self::control::Reason;
pub use self::{
    config::Config,
    gate::AdaptiveGate,
    insight::AdaptiveInsight,
    permit::Permit,
    priority::{DeclarePriority, Priority},
    wait::Wait,
};
