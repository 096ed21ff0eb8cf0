//! Sockets to other servers: the other end of [`upgrade`](crate::upgrade). Feature `client`.
//!
//! ```no_run
//! use tsk_ws::client::{Connector, Request};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connector = Connector::default();
//! let mut socket = connector.connect(&Request::new("wss://echo.example.com/")?).await?;
//! socket.send("hello").await?;
//! while let Some(message) = socket.recv().await {
//!     println!("{:?}", message?);
//! }
//! # Ok(()) }
//! ```
//!
//! What is given is the [`Socket`](crate::Socket) that servers have, with the same bounds on what the other end may send. It is opened
//! over HTTP/1.1; redirects are not followed, and no proxy is asked unless [`Connector::dialing`] does.

mod answer;
mod connector;
mod error;
mod request;
mod tls;

pub use self::{
    connector::{Connector, Settings},
    error::Error,
    request::{Request, Target},
};
