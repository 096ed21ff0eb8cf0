//! What a server must do with a request, as tables: the section that says so, the bytes that are sent, the
//! outcome.
//!
//! Behind every request of a table another follows on the same connection. So a row also says whether the
//! connection is kept: where it is, the second is answered, and where it is not, it never is, nor is any
//! request that hides in what was sent. Each request is sent at once, its head first, and byte by byte.

#![allow(clippy::unwrap_used)]

mod answers;
#[allow(dead_code)]
#[path = "../server/client.rs"]
mod client;
mod continues;
#[allow(dead_code)]
#[path = "../server/frames.rs"]
mod frames;
mod rfc9110;
mod rfc9112_body;
mod rfc9112_head;
mod rfc9113;
#[allow(dead_code)]
#[path = "../server/running.rs"]
mod running;
mod table;
mod upgrades;
