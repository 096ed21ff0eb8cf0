//! Liveness, readiness and startup of a service: checks in the background, probes that never wait for them, and notices when
//! something changes.
//!
//! [`Health`] has the checks. The application awaits [`Health::run`], which makes them, and says [`Health::started`] once it
//! serves. Probes read a state that was made beforehand, so that a check that hangs holds up none. Everybody may ask
//! [`Probes`], which say yes or no; [`Detail`] is for those who operate the service.
//!
//! ```
//! use http::Method;
//! use tsk_core::{Drain, check::Finding};
//! use tsk_health::{Health, Kind};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let health = Health::builder().check("stock", Kind::Readiness, || async { Finding::pass() }).build()?;
//! health.started();
//!
//! let drain = Drain::new();
//! let mut looked = health.subscribe();
//! let checks = tokio::spawn({
//!     let (health, drain) = (health.clone(), drain.clone());
//!     async move { health.run(drain).await }
//! });
//! looked.wait_for(|_| health.is_ready()).await.unwrap();
//! assert_eq!(health.probe(&Method::GET, "/readyz").unwrap().status(), 200);
//!
//! drain.start();
//! checks.await.unwrap();
//! assert_eq!(health.probe(&Method::GET, "/readyz").unwrap().status(), 503);
//! # Ok::<(), tsk_health::Error>(()) }).unwrap();
//! ```
//!
//! # Features
//!
//! - `client`: checks of HTTP, and notices over it, with the client of `tsk-core`; without it an application brings its own.
//! - `postgres`, `redis`: checks of these.
//! - `tls`: checks of certificates.
//! - `schema`: JSON Schema of the settings.
//!
//! # Modules, in reading order
//!
//! - [`health`]: the health of a service, and how it is built.
//! - [`pulse`]: heartbeats, of which liveness is made.
//! - [`settings`]: when a check is made, and what it decides.
//! - [`check`]: checks of what services need.
//! - [`notice`]: who is told when something changes.
//! - [`config`]: all of it in `tsk.toml`.
//! - [`service`]: what answers probes.

pub mod check;
pub mod config;
mod detail;
mod engine;
mod error;
pub mod health;
mod leases;
pub mod notice;
mod probe;
pub mod pulse;
pub mod service;
pub mod settings;
mod threshold;
#[cfg(feature = "tls")]
mod tls;
mod url;

#[cfg(feature = "tls")]
pub use crate::tls::Tls;
pub use crate::{
    config::Config,
    error::Error,
    health::{Builder, Health},
    notice::{Notice, Notify},
    pulse::Pulse,
    service::{Detail, Probes},
    settings::{Kind, Settings},
    url::{Secret, Url},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/health.md")]
struct Guide;
