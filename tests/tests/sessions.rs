//! Logging in and out, as browsers do it.

mod chromium;
mod lifecycle;
mod shop;
