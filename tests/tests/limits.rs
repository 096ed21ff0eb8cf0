//! Limits that servers share in a real Redis, which goes away in every way there is.

mod explain;
mod redis;
mod same;
mod servers;
