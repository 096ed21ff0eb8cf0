//! What authorization servers are asked (RFC 6749), and as whom.
//!
//! - [`Credentials`]: as which client a service asks.
//! - [`Server`]: one address that is asked, how long, and how much is read of an answer.

mod credentials;
mod server;

pub(crate) use self::server::Failure;
pub use self::{credentials::Credentials, server::Server};
