//! Staying up when there is more to do than can be done.

mod config;
mod control;
mod counters;
mod gate;
mod insight;
mod limiter;
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

pub use self::{
    config::Config,
    control::Reason,
    gate::AdaptiveGate,
    insight::AdaptiveInsight,
    permit::Permit,
    priority::{DeclarePriority, Priority},
    wait::Wait,
};
