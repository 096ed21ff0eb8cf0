//! Tokens of this service's own, for what it asks of others (RFC 6749 §4.4).
//!
//! [`ClientCredentials`] has one token at a time, which all calls share. It is renewed before it ends, in the background if
//! [`run`](ClientCredentials::run) is awaited, and by one caller for all others if it is not.

mod answer;
mod held;
mod source;
mod token;

pub use self::{
    source::{ClientCredentials, TokenError},
    token::Token,
};
