//! Staying up when there is more to do than can be done.

mod config;
mod control;
mod limiter;
mod priority;
mod queue;
mod retry;
mod route;
mod stretch;
#[cfg(test)]
mod tests;
mod window;

pub use self::{
    config::Config,
    control::Reason,
    priority::{DeclarePriority, Priority},
};
