//! Tokens, as whoever sends and issues them would have them.

#![allow(clippy::unwrap_used)]

mod claims;
mod confusion;
mod forge;
mod gate;
mod jwks;
mod properties;
mod remembered;
mod rfc8725;
mod signer;
