//! A client of HTTP/1.1: one connection at a time, measured and bounded.
//!
//! - [`target`]: what is asked, as `http://127.0.0.1:8080` or `unix:/run/app.sock`.
//! - [`trust`]: whose certificates are believed.
//! - [`connector`], [`connection`]: from an address to answers.
//! - [`failure`]: why there is no answer.

mod connection;
mod connector;
mod failure;
mod target;
mod trust;

pub(crate) use connection::{Answer, Connection, Read};
pub(crate) use connector::{Connector, dial, unresolved};
pub(crate) use failure::{Failure, Reason};
pub(crate) use target::{Place, Target, is_loopback};
pub(crate) use trust::Trust;
