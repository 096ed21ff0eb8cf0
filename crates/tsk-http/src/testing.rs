//! Requests without a server, for tests: no port, no socket, and time that can be paused.
//!
//! A [`Client`] calls a service where it is, with all that the service is wrapped in. What a server adds is
//! not there: framing, deadlines, `date` and `content-length`.
//!
//! ```
//! use tsk_http::{Json, Router, post, testing::Client};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let mirror = |Json(value): Json<Vec<u8>>| async move { Json(value) };
//! let routes = Router::new().route(post("/mirror", mirror)).build()?;
//!
//! let client = Client::of(&routes);
//! let response = client.post("/mirror").json(&[1, 2]).await;
//! assert_eq!(response.status(), 200);
//! assert_eq!(response.json::<Vec<u8>>().await, [1, 2]);
//! # Ok::<(), tsk_http::Error>(()) }).unwrap();
//! ```

#[cfg(test)]
mod ask;
mod client;
mod response;
mod round_trip;

#[cfg(test)]
pub(crate) use self::ask::{Answer, ask, send};
pub use self::{
    client::{Client, Request},
    response::Response,
    round_trip::round_trip,
};
