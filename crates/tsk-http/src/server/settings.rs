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
        check_deadlines(config, listen, index)?;
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
        return error("max_connections` is 0, so nobody could connect; set 1 or more");
    }
    Ok(())
}

/// Whoever writes zero means no deadline, and would get one that nobody keeps.
fn check_deadlines(config: &Config, listen: &Listen, index: usize) -> Result<(), Error> {
    for (name, general, own) in [
        ("first_byte_timeout", config.first_byte_timeout, listen.first_byte_timeout),
        ("head_timeout", config.head_timeout, listen.head_timeout),
        ("idle_timeout", config.idle_timeout, listen.idle_timeout),
    ] {
        if own.unwrap_or(general).is_zero() {
            let place = own.map(|_| format!("listen[{index}].")).unwrap_or_default();
            let what = "is zero, so that nobody could be in time; there is no connection without a deadline";
            return Err(Error::config(format!("`http.{place}{name}` {what}")));
        }
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
