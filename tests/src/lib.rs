//! The harness of the end-to-end tests: the real `tsk` binary, and the real clients that drive it.
//!
//! A [`Site`] is a folder as a user would have it, a [`Server`] is `tsk web start` in such a folder on a free port, an
//! [`Application`] is a service that a test writes itself, a [`Daemon`] is a
//! server of somebody else's that it needs, and [`curl`] and [`render`] are clients. Whatever fails here panics, because only tests run it; everything that waits has a
//! deadline, so that a server that hangs fails a test and does not hang it.

mod application;
mod authorization;
mod binary;
mod browser;
mod certificates;
mod chromium;
mod curl;
mod daemon;
mod graphql;
mod otlp;
mod output;
mod prometheus;
mod provider;
mod proxy;
mod rooms;
mod server;
mod sharing;
mod site;
mod tokens;
mod watched;
mod websockets;
mod wire;

pub use application::Application;
pub use authorization::AuthorizationServer;
pub use binary::tsk;
pub use browser::{render, settle};
pub use certificates::Authority;
pub use chromium::Chromium;
pub use curl::{Answer, curl};
pub use daemon::Daemon;
pub use graphql::GraphQlPeer;
pub use otlp::{Receiver, Rotel, free_port};
pub use output::{Ended, run};
pub use prometheus::{Prometheus, check_openmetrics, check_rules, check_text};
pub use provider::{Provider, Visitor};
pub use proxy::Proxy;
pub use rooms::{phoenix, phoenix_script, phoenix_with_token};
pub use server::Server;
pub use sharing::Sharing;
pub use site::Site;
pub use tokens::TokenPeer;
pub use watched::{Watched, until};
pub use websockets::SocketPeer;
pub use wire::Wire;

/// How long anything may take that ought to happen at once. No test is faster or slower for it, unless one fails.
pub const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);
