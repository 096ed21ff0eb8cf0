//! An HTTP server, a router and typed handlers, directly on hyper.
//!
//! A route is one declaration; the router checks all of them together when it is [built](Router::build). What
//! it builds is a [`tower_service::Service`], to be served by [`Server`], or mounted wherever a tower service
//! can be. Within a [`Router`] a tower service, such as an axum router, can be mounted in turn.
//!
//! ```
//! use tsk_http::{Json, Path, Router, get};
//!
//! #[derive(serde::Serialize)]
//! struct User { id: u64, name: &'static str }
//!
//! async fn get_user(Path(id): Path<u64>) -> Json<User> {
//!     Json(User { id, name: "Ada" })
//! }
//!
//! let routes = Router::new()
//!     .route(get("/users/{id}", get_user).summary("Fetch one user"))
//!     .build()?;
//! assert_eq!(routes.table().iter().map(ToString::to_string).collect::<Vec<_>>(), ["GET /users/{id}"]);
//! # Ok::<(), tsk_http::Error>(())
//! ```
//!
//! # Modules, in reading order
//!
//! - [`server`]: listeners, connections, shutdown.
//! - [`connection`]: what is known of a connection.
//! - [`entry`], [`dispatch`], [`exit`]: the first, the innermost and the last thing that happens to a request.
//! - [`router`]: routes, groups, and what they are built into.
//! - [`handler`], [`extract`], [`answer`]: functions as handlers; what they take and give.
//! - `cookies`, with the feature of that name.
//! - [`conditional`]: entity tags and preconditions.
//! - [`accept`]: which content coding a client takes.
//! - [`version`]: versions of an API.
//! - [`middleware`]: what the application wraps its handlers in.
//! - [`validate`]: what is wrong with a value, and where.
//! - [`files`]: directories that are served.
//! - [`access_log`]: a line for each request.
//! - [`layer`]: built-in middleware, each alone a tower layer.
//! - `testing`, with the feature of that name: a client in process.
//! - [`config`], [`error`]: what the server can be told, and why it does not start.

pub mod accept;
pub mod access_log;
pub mod answer;
#[cfg(feature = "api")]
pub mod api;
pub mod conditional;
pub mod config;
pub mod connection;
#[cfg(feature = "cookies")]
pub mod cookies;
pub mod dispatch;
pub mod entry;
pub mod error;
pub mod exit;
pub mod extract;
pub mod files;
pub mod handler;
pub mod layer;
pub mod middleware;
mod repeated;
pub mod router;
pub mod server;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(feature = "tls")]
pub mod tls;
pub mod validate;
pub mod version;

#[cfg(feature = "cookies")]
pub use crate::cookies::Cookies;
#[cfg(feature = "typed-header")]
pub use crate::extract::TypedHeader;
pub use crate::{
    access_log::AccessLog,
    answer::{Event, Html, LastEventId, Redirect, Sse},
    conditional::{ETag, Preconditions},
    config::{Config, Listen},
    connection::Connection,
    dispatch::Dispatch,
    entry::Entry,
    error::Error,
    exit::{Exit, ExitLayer},
    extract::{Extension, Form, FromRequest, Json, Multipart, Path, Query, State, Valid},
    files::Files,
    handler::Handler,
    middleware::Next,
    router::{Route, Router, Routes, any, delete, get, head, mount, on, options, patch, post, put},
    server::Server,
    validate::{Faults, Validate},
    version::{Versioned, Versions},
};
/// The crate whose types a [`TypedHeader`] reads.
#[cfg(feature = "typed-header")]
pub use headers;
pub use tsk_core::{Body, FromParts, IntoResponse, Problem};
