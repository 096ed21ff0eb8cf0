//! Who is calling: JSON Web Tokens, verified once and remembered.
//!
//! [`jwt::Verifier`] is the engine: it takes a token and a time, and gives what the token says or why it is not believed.
//! [`jwt::Bearer`] puts it in front of a service, and [`Authenticated`] gives handlers what it found. Whatever goes wrong lets
//! nobody in.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use tower_layer::Layer;
//! use tsk_auth::jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier};
//! use tsk_core::GateLayer;
//!
//! // Here the service issues its tokens itself; `jwt::Jwks` has the keys of another issuer.
//! let key = SigningKey::generate(Algorithm::EdDsa)?;
//! let signer = Signer::new("https://shop.example.com", key, Duration::from_secs(600))?;
//! let issuer = Issuer::new("https://shop.example.com", Keys::from(&signer)).audience("shop");
//! let verifier: Verifier = Verifier::new(issuer)?;
//!
//! let token = signer.issue(&Grant::new("ada", "shop"), &(), SystemTime::now())?;
//! let verified = verifier.check(&token, SystemTime::now()).unwrap();
//! assert_eq!(verified.principal().id(), "ada");
//!
//! let layer = GateLayer::new(Bearer::new(verifier).realm("shop")?);
//! # let _ = layer;
//! # Ok::<(), tsk_auth::Error>(())
//! ```
//!
//! # Features
//!
//! - `axum`: [`Authenticated`], [`Permits`], [`Session`](session::Session) and their like as extractors of axum.
//! - `oidc`: logins at a provider of OpenID Connect.
//! - `client`: keys of others by URL with the client of `tsk-core`; without it an application brings its own.
//! - `redis`: sessions and API keys in a Redis, which the instances of a service share.
//!
//! # Modules, in reading order
//!
//! - [`scheme`], [`identity`]: how callers prove who they are, and what is known of them then.
//! - [`access`]: permissions, roles, and what routes demand.
//! - [`audit`]: what is told to auditors of all that.
//! - [`gate`]: all of it in front of a service.
//! - [`explain`]: whether somebody may use a route, or why not.
//! - [`config`]: all of it in `tsk.toml`.
//! - [`jwt`]: tokens: verifying those of others, issuing our own.
//! - [`introspection`], [`oauth`]: tokens that others are asked about, and those that are asked.
//! - [`client_credentials`]: tokens of this service's own, for what it asks of others.
//! - [`api_key`]: keys that programs show.
//! - [`session`], [`csrf`]: callers who have logged in, by a cookie, and pages of others that would use it.
//! - [`password`], [`login`]: hashes of passwords, those who guess, and a form to log in by.
//! - `oidc`: logins at a provider of OpenID Connect.
//! - [`basic`]: names and passwords with each request, from a file.
//! - [`extract`], [`permits`]: who is calling and what it may do, as arguments of a handler.
//! - `redis`: what instances share, with the feature of that name.
//! - [`problem`]: the answers that refuse.

pub mod access;
pub mod api_key;
pub mod audit;
mod authority;
pub mod basic;
mod bearer;
mod challenge;
pub mod client_credentials;
pub mod config;
pub mod csrf;
mod error;
pub mod explain;
pub mod extract;
pub mod gate;
pub mod identity;
pub mod introspection;
pub mod jwt;
pub mod login;
pub mod oauth;
#[cfg(feature = "oidc")]
pub mod oidc;
mod page;
pub mod password;
pub mod permits;
pub mod problem;
mod random;
#[cfg(feature = "redis")]
pub mod redis;
pub mod scheme;
pub mod session;
mod stamp;
mod stored;
mod time;
mod url;

pub use crate::{
    config::Config,
    error::Error,
    extract::Authenticated,
    gate::Auth,
    identity::Identity,
    permits::Permits,
    scheme::{Attempt, Scheme},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/jwt.md")]
struct Guide;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/introspection.md")]
struct IntrospectionGuide;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/calling-others.md")]
struct CallingOthersGuide;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/sessions.md")]
struct SessionsGuide;

#[cfg(all(doctest, feature = "oidc"))]
#[doc = include_str!("../../../docs/guide/oidc.md")]
struct OidcGuide;
