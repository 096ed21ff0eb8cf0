//! End-to-end tests, in one binary: each starts the real `tsk` and looks at it from outside.

mod authorization;
mod browser;
mod compression;
mod cors;
mod docs;
mod escape;
mod events;
mod files;
mod health;
mod limits;
mod memory;
mod metrics;
mod oidc;
mod open_files;
mod otlp;
mod proxies;
mod refusals;
mod rooms;
mod sessions;
mod shutdown;
mod sockets;
mod startup;
mod tls;
mod tokens;
mod websockets;
