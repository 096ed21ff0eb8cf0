//! Names.

use std::net::{IpAddr, ToSocketAddrs};

use tsk_core::{
    Check,
    check::{Checking, Finding},
};

use super::blocking::Blocking;

/// Whether a name has an address.
///
/// The system looks it up, as it does for everything else that this process connects to: a resolver of our own would read
/// other files and ask other servers, and find out something else.
#[derive(Debug)]
pub struct Dns {
    host: String,
    blocking: Blocking,
}

impl Dns {
    /// The name.
    pub fn new(host: impl Into<String>) -> Self {
        Self { host: host.into(), blocking: Blocking::default() }
    }
}

impl Check for Dns {
    fn check(&self) -> Checking<'_> {
        let host = self.host.clone();
        // The system's function blocks its thread, for as long as its own settings say.
        Box::pin(self.blocking.run(move || match (&*host, 0).to_socket_addrs() {
            Err(error) => Finding::fail(format!("there is no address: {error}")),
            Ok(found) => {
                let found: std::collections::BTreeSet<IpAddr> = found.map(|address| address.ip()).collect();
                let count = found.len();
                match count {
                    0 => Finding::fail("there is no address"),
                    _ => Finding::pass().observed(count as f64, "addresses"),
                }
            }
        }))
    }
}
