//! A web stack in which one declaration per route is enough.
//!
//! This crate only composes: [`App`] puts the components into the one order that is safe, and [`Config`]
//! nests their settings. Each component is a crate of its own, and can be used without this one.
//!
//! ```no_run
//! use tsk::prelude::*;
//!
//! #[derive(serde::Serialize)]
//! struct User {
//!     id: u64,
//!     name: String,
//! }
//!
//! async fn get_user(Path(id): Path<u64>) -> Result<Json<User>, Problem> {
//!     Ok(Json(User { id, name: "Ada".into() }))
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), tsk::Error> {
//!     let routes = Router::new().route(get("/users/{id}", get_user).summary("Fetch one user"));
//!     App::new(Config::load()?).routes(routes).serve().await
//! }
//! ```
//!
//! # Modules, in reading order
//!
//! - [`app`]: from routes and configuration to a service that can be served.
//! - [`bound`]: a service that listens, and serves one application after another.
//! - [`admin`]: the listener for operators and scrapers.
//! - `stack`: the order of everything that happens to a request.
//! - `generation`: an application whose routes and settings were checked.
//! - `gates`: what may refuse a request.
//! - [`audit`]: the audit log.
//! - `oidc`: logins at a provider, as routes.
//! - `rooms`: rooms, as routes.
//! - `graph_ql`: GraphQL, as routes.
//! - `accounts`: where the accounts of limits are.
//! - `checked`: an application that is looked at, and not served.
//! - `watch`: what watches the service for as long as it runs.
//! - [`config`]: flags, environment, file, defaults.
//! - [`auth`], [`console`], [`core`], `graphql`, [`http`], [`health`], [`metrics`], [`ratelimit`], [`trace`], [`ws`]: crates that this
//!   one composes.

mod accounts;
pub mod admin;
pub mod app;
pub mod audit;
pub mod bound;
mod checked;
pub mod config;
mod current;
#[cfg(feature = "docs")]
mod documents;
mod error;
mod gates;
mod generation;
#[cfg(feature = "graphql")]
mod graph_ql;
#[cfg(feature = "oidc")]
mod oidc;
#[cfg(doctest)]
mod pages;
mod rooms;
mod stack;
#[cfg(target_os = "linux")]
mod ticks;
mod watch;

pub use tsk_auth as auth;
pub use tsk_console as console;
pub use tsk_core as core;
#[cfg(feature = "docs")]
pub use tsk_docs as docs;
#[cfg(feature = "graphql")]
pub use tsk_graphql as graphql;
pub use tsk_health as health;
pub use tsk_http as http;
pub use tsk_metrics as metrics;
pub use tsk_ratelimit as ratelimit;
pub use tsk_trace as trace;
pub use tsk_ws as ws;

pub use crate::{
    app::App,
    bound::{Bound, Handle},
    config::Config,
    error::Error,
};

/// What a service that is declared route by route needs: `use tsk::prelude::*`.
pub mod prelude {
    pub use tsk_auth::{
        Authenticated, Permits,
        access::{Access, DeclareAccess, Permission},
        session::Session,
    };
    pub use tsk_core::{
        Body, Budget, FromParts, IntoResponse, OptionalFromParts, Peer, Problem, RequestContext,
    };
    pub use tsk_http::{
        Cookies, Event, Files, FromRequest, Html, Json, LastEventId, Path, Query, Redirect, Route, Router,
        Sse, State, any, delete, get, head, mount, on, options, patch, post, put,
    };

    pub use tsk_http::layer::{
        compress::DeclareCompression, decompress::DeclareDecompression, timeout::DeclareTimeout,
    };
    pub use tsk_metrics::slo::{DeclareSlo, Slo};
    pub use tsk_ratelimit::{DeclareLimit, adaptive::DeclarePriority, adaptive::Priority};
    pub use tsk_trace::DeclareTrace;
    pub use tsk_ws::{Handshake, Message, Socket};
    // The derive names the crate by this name, so that an application need not depend on it.
    pub use tsk_http::api::{DeclareAnswers, Status, schemars, schemars::JsonSchema};
    pub use tsk_http::version::{DeclareVersions, Evolve, Oldest, Versioned, Versions};
    pub use tsk_http::{Connection, Extension, Faults, Form, Multipart, TypedHeader, Valid, Validate};

    pub use crate::{App, Config};
}
