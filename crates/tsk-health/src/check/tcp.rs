//! Ports.

use tokio::net::TcpStream;
use tsk_core::{
    Check,
    check::{Checking, Finding},
};

/// Whether a port takes connections.
#[derive(Debug, Clone)]
pub struct Tcp {
    host: String,
    port: u16,
}

impl Tcp {
    /// The port of a host, which is a name or an address.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }
}

impl Check for Tcp {
    fn check(&self) -> Checking<'_> {
        Box::pin(async move {
            match TcpStream::connect((&*self.host, self.port)).await {
                Ok(_) => Finding::pass(),
                Err(error) => Finding::fail(format!("there is no connection: {error}")),
            }
        })
    }
}
