//! Sessions as browsers meet them: behind the gate, with cookies.
#![allow(clippy::unwrap_used)]

#[cfg(feature = "axum")]
mod axum;
mod browser;
mod csrf;
mod fixation;
mod lifetime;
mod properties;
mod stores;
