//! JSON Web Tokens (RFC 7519), in the form of signed text (RFC 7515), as RFC 8725 would have them used.
//!
//! Signatures are biscuit's and ring's; what a token, a key and a set of keys look like is read here, because a stranger
//! wrote it.
//!
//! # In reading order
//!
//! - [`Algorithm`], [`Key`], [`Keys`], [`Jwks`]: what verifies.
//! - [`Issuer`]: whose tokens are taken, and which of them.
//! - [`Verifier`], [`Verified`], [`Claims`], [`Refusal`]: verifying, and what comes out of it.
//! - [`Bearer`]: the gate.
//! - [`Signer`], [`SigningKey`], [`Grant`], [`refresh`]: tokens of our own.

mod algorithm;
pub(crate) mod cache;
pub(crate) mod caller;
pub(crate) mod claims;
mod compact;
mod der;
mod gate;
mod header;
mod issuer;
pub(crate) mod json;
pub mod jwks;
mod key;
mod keys;
pub mod refresh;
mod refusal;
mod sign;
mod verifier;

pub use self::{
    algorithm::Algorithm,
    claims::Claims,
    gate::Bearer,
    issuer::Issuer,
    jwks::Jwks,
    key::Key,
    keys::Keys,
    refusal::Refusal,
    sign::{Grant, Signer, SigningKey},
    verifier::{Builder, Verified, Verifier},
};
