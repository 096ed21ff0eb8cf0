//! What is known of a connection.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use http::request::Parts;
use tsk_core::{FromParts, Peer, RequestContext};

#[cfg(feature = "tls")]
use crate::tls;

mod shared;

use crate::server::Address;
pub(crate) use shared::{Conclusion, Shared};

/// What is known of a connection: who is at the other end, and at which listener it came in.
///
/// [`Server::serve`](crate::Server::serve) gives it to whoever makes the service for a connection.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    peer: Peer,
    listener: Option<Arc<Listener>>,
    shared: Arc<Shared>,
    #[cfg(feature = "tls")]
    tls: Option<Arc<tls::Info>>,
}

#[derive(Debug)]
struct Listener {
    index: usize,
    address: Address,
    body_limit: Option<u64>,
}

impl Connection {
    /// What connections to one listener have in common.
    pub(crate) fn at(index: usize, address: Address, body_limit: Option<u64>) -> Self {
        Self { listener: Some(Arc::new(Listener { index, address, body_limit })), ..Self::default() }
    }

    pub(crate) fn with_peer(&self, peer: Peer) -> Self {
        Self { peer, shared: Arc::default(), ..self.clone() }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn with_tls(self, info: tls::Info) -> Self {
        Self { tls: Some(Arc::new(info)), ..self }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The connection that a request came by, where a server of ours serves it.
    pub fn of(context: &RequestContext) -> Option<&Self> {
        context.scope().connection()
    }

    /// The other end.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Where the listener listens that accepted it. `None` for a call in process, and in another's server.
    pub fn address(&self) -> Option<&Address> {
        self.listener.as_deref().map(|listener| &listener.address)
    }

    /// What the handshake of TLS has agreed on; `None` without TLS.
    #[cfg(feature = "tls")]
    pub fn tls(&self) -> Option<&tls::Info> {
        self.tls.as_deref()
    }

    /// Which of the configured listeners that is: an index of [`Config::listen`](crate::Config::listen).
    pub fn listener_index(&self) -> Option<usize> {
        self.listener.as_deref().map(|listener| listener.index)
    }

    /// The largest request body, in bytes, if that of the listener is not that of the server.
    pub(crate) fn body_limit(&self) -> Option<u64> {
        self.listener.as_deref().and_then(|listener| listener.body_limit)
    }
}

/// Of a request that no server of ours took in, it is that of a call in process.
impl FromParts for Connection {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        Ok(RequestContext::get(&parts.extensions).and_then(Self::of).cloned().unwrap_or_default())
    }
}

impl From<Peer> for Connection {
    fn from(peer: Peer) -> Self {
        Self { peer, ..Self::default() }
    }
}

impl From<SocketAddr> for Connection {
    fn from(peer: SocketAddr) -> Self {
        Peer::from(peer).into()
    }
}
