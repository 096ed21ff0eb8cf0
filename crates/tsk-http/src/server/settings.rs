//! What holds for the connections of one listener.

use std::sync::Arc;

use super::{Address, sweep::Limits};
use crate::{
    Config, Connection, Error,
    config::{Listen, Protocol},
};
#[cfg(feature = "tls")]
use crate::{config::Socket, tls::Acceptor};

/// What holds for the connections of one listener.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) limits: Arc<Limits>,
    /// The only protocol that is spoken, if there is one.
    pub(super) protocol: Option<Protocol>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<Acceptor>>,
    /// What they have in common.
    pub(super) connection: Connection,
}

impl Settings {
    /// The settings of the listener at that place of the configuration.
    ///
    /// # Errors
    ///
    /// Settings that make no sense, and certificates that cannot be used.
    pub(super) fn new(config: &Config, index: usize) -> Result<Self, Error> {
        let listen = &config.listen[index];
        check(listen, index)?;
        let config = config.at(listen);
        Ok(Self {
            limits: Arc::new(Limits::new(&config, listen.handshake_timeout())),
            protocol: match listen.protocols[..] {
                [protocol] => Some(protocol),
                _ => None,
            },
            #[cfg(feature = "tls")]
            tls: acceptor(listen, index)?,
            connection: Connection::default(),
        })
    }

    /// The same, now that the listener listens.
    pub(super) fn at(self, index: usize, listen: &Listen, address: Address) -> Self {
        let body_limit = listen.body_limit.map(|limit| limit.as_u64());
        #[cfg(feature = "tls")]
        let address = match (address, &self.tls) {
            (Address::Tcp(address), Some(_)) => Address::Tls(address),
            (address, _) => address,
        };
        Self { connection: Connection::at(index, address, body_limit), ..self }
    }
}

fn check(Listen { protocols, max_connections, .. }: &Listen, index: usize) -> Result<(), Error> {
    let error = |what| Err(Error::config(format!("`http.listen[{index}].{what}")));
    if protocols.is_empty() {
        return error("protocols` is empty, so nothing could be spoken; name `h1`, `h2`, or both");
    }
    if *max_connections == Some(0) {
        return error("max_connections` is 0, so nobody could connect");
    }
    Ok(())
}

#[cfg(feature = "tls")]
fn acceptor(listen: &Listen, index: usize) -> Result<Option<Arc<Acceptor>>, Error> {
    let Some(tls) = &listen.tls else { return Ok(None) };
    let name = format!("http.listen[{index}].tls");
    if let Socket::Unix(_) = listen.address {
        let what = "is for TCP addresses: nobody can listen in on a Unix socket";
        return Err(Error::config(format!("`{name}` {what}; remove it, or name another address")));
    }
    Acceptor::new(tls.clone(), name, listen.protocols.clone()).map(|acceptor| Some(Arc::new(acceptor)))
}
