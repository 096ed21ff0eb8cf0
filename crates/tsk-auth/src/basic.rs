//! Names and passwords with each request (RFC 7617), from a file.
//!
//! For tools and small teams: a browser asks for them in a window of its own and sends them from then on, and nobody logs out.
//! The file has a line for each account, `name:hash:roles`:
//!
//! ```text
//! # comments and empty lines are passed over
//! ada:$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$…:admin,editor
//! ci:$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$…
//! ```

mod accounts;
mod credentials;
mod scheme;

pub use accounts::Accounts;
pub use scheme::Basic;
