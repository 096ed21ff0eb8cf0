//! One page that shows what a service does at this moment.
//!
//! It shows what components [show of themselves](tsk_core::Insight): traffic and latency, routes, traces that failed or were slow,
//! errors, who calls whom, health, limits, connections, the log. [`Console`] is a tower service with the page and the stream of
//! events that it lives on: on the admin listener of tsk, or in any service on axum, tower or hyper. The page is plain HTML, CSS and
//! modules of JavaScript out of this crate, and asks no other host for anything.
//!
//! ```
//! use std::sync::Arc;
//! use serde_json::{Value, json};
//! use tsk_console::{Config, Console};
//! use tsk_core::Insight;
//!
//! struct Cache;
//!
//! impl Insight for Cache {
//!     fn name(&self) -> &str {
//!         "cache"
//!     }
//!
//!     fn snapshot(&self) -> Value {
//!         json!({ "entries": 12 })
//!     }
//! }
//!
//! let console = Console::new(&Config::default(), [Arc::new(Cache) as Arc<dyn Insight>])?;
//! let mut app = axum::Router::<()>::new();
//! for path in console.paths() {
//!     app = app.route_service(path, console.clone());
//! }
//! # Ok::<(), tsk_console::Error>(())
//! ```
//!
//! # Features
//!
//! - `schema`: JSON Schema of the settings.
//!
//! # Modules, in reading order
//!
//! - [`config`]: what can be said of it.
//! - `frame`, `fit`: what there was to see at one moment, in a bounded number of bytes.
//! - `feed`, `stream`: who looks, what all of them see, and how it gets there.
//! - `page`: the files of the page.
//! - [`console`]: the service.

pub mod config;
pub mod console;
mod error;
mod feed;
mod fit;
mod frame;
mod page;
mod stream;

pub use crate::{config::Config, console::Console, error::Error};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/console.md")]
struct Guide;
