//! Logins at a provider that lies, in each way that RFC 9700 and OpenID Connect Core name, and at one that does not.

#![allow(clippy::unwrap_used)]

mod back_channel;
mod browser;
mod honest;
mod lies;
mod provider;
mod replies;
mod roundabout;
mod tokens;
