//! Tokens that say nothing to us: whoever has issued them is asked (RFC 7662).
//!
//! What an authorization server says of a token is kept for a minute at most, under a hash of the token. However many requests
//! bring the same one, it is asked once; and it is asked less and less where tokens are made up, or where it does not answer. What
//! cannot be found out lets nobody in.
//!
//! # In reading order
//!
//! - [`Introspection`], [`Builder`]: the scheme.
//! - [`Refusal`]: why a token is not taken.

mod answer;
mod builder;
mod flights;
mod guesses;
mod inquiry;
mod memory;
mod pace;
mod refusal;
mod scheme;

pub use self::{builder::Builder, inquiry::Introspection, refusal::Refusal};
