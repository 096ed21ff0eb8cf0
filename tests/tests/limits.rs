//! Limits that servers share in a real Redis, which goes away in every way there is.

mod redis;
mod same;
mod servers;
