//! Versions of an API: routes that are live from one version to another, types that changed, and what old clients are
//! told.
//!
//! A router says which [`Versions`] there are, and how a request names one. A route says [since](DeclareVersions::since)
//! when and [until](DeclareVersions::until) when it is there. A handler is written once, for the newest form of what it
//! takes and gives: [`Versioned`] reads and writes the form that a request's version has, by the steps of [`Evolve`].
//!
//! ```
//! use tsk_http::{Router, get, version::{DeclareVersions, Versions}};
//!
//! let versions = Versions::by_path(["v1", "v2", "v3"]).deprecated("v1", "2026-03-01").sunset("v1", "2027-03-01");
//! let routes = Router::new()
//!     .versions(versions)
//!     .route(get("/users", || async { "names" }).until("v2"))
//!     .route(get("/users", || async { "users" }).since("v2"))
//!     .build()?;
//! let listed: Vec<_> = routes.table().iter().map(ToString::to_string).collect();
//! assert_eq!(listed, ["GET /v1/users", "GET /v2/users", "GET /v3/users"]);
//! # Ok::<(), tsk_http::Error>(())
//! ```
//!
//! # Modules, in reading order
//!
//! - `set`: which versions there are, in the making; `checked`: the same, ready to serve.
//! - `scheme`, `media`, `date`: how a request names one.
//! - `live`: from when to when a route is there.
//! - `stamp`, `problem`: what is said in answers.
//! - `evolve`, `position`, `versioned`: types that changed.

mod checked;
mod date;
#[cfg(feature = "api")]
mod describe;
mod evolve;
pub(crate) mod live;
mod media;
mod position;
mod problem;
mod scheme;
mod set;
mod shape;
mod stamp;
#[cfg(test)]
mod tests;
mod versioned;

#[cfg(feature = "api")]
pub use describe::DescribeShape;
pub use evolve::{Evolve, Oldest};
pub use live::DeclareVersions;
pub use problem::{UNKNOWN_VERSION, VERSION_ENDED};
pub use set::{Unnamed, Versions};
pub use shape::{Read, Shape, Write};
pub use versioned::Versioned;

pub(crate) use checked::Checked;
pub(crate) use position::{Position, Positioned};
pub(crate) use scheme::{Refused, Scheme};
pub(crate) use stamp::{Stamp, Stamped, vary};
