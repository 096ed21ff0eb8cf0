//! The address a request came from.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

/// The other end of a connection.
///
/// It is the socket's own view. What `Forwarded` or `X-Forwarded-For` claims never changes it, because
/// nothing is trusted by default.
///
/// ```
/// use tsk_core::Peer;
///
/// let peer = Peer::from(std::net::SocketAddr::from(([127, 0, 0, 1], 4711)));
/// assert_eq!(peer.to_string(), "127.0.0.1:4711");
/// assert_eq!(Peer::Local.to_string(), "local");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Peer {
    /// A TCP client. An IPv4 address that arrived mapped into IPv6 is shown as IPv4.
    Inet(SocketAddr),
    /// A client on this machine that has no address: a Unix socket, or a call in process.
    #[default]
    Local,
}

impl Peer {
    /// The client's address, where it has one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Inet(address) => Some(address.ip()),
            Self::Local => None,
        }
    }
}

impl From<SocketAddr> for Peer {
    fn from(mut address: SocketAddr) -> Self {
        address.set_ip(address.ip().to_canonical());
        Self::Inet(address)
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Local => f.write_str("local"),
        }
    }
}

#[cfg(test)]
mod tests;
