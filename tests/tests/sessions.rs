//! Logging in and out, as browsers do it, and what several instances know of it.

mod audit;
mod chromium;
mod client;
mod keys;
mod lifecycle;
mod redis;
mod same;
mod shop;
