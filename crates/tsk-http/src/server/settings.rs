//! What holds for the connections of one listener.

use std::sync::Arc;

use super::{Address, pulse::Limits};
use crate::{
    Config, Connection, Error,
    config::{Listen, Protocol},
};

/// What holds for the connections of one listener.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) limits: Arc<Limits>,
    /// The only protocol that is spoken, if there is one.
    pub(super) protocol: Option<Protocol>,
    /// What they have in common, the address where the listener really listens included.
    pub(super) connection: Connection,
}

impl Settings {
    /// The settings of a listener, at that place of the configuration, that listens at `address`.
    pub(super) fn new(config: &Config, index: usize, address: Address) -> Self {
        let listen = &config.listen[index];
        let config = config.at(listen);
        let body_limit = listen.body_limit.map(|limit| limit.as_u64());
        let protocol = match listen.protocols[..] {
            [protocol] => Some(protocol),
            _ => None,
        };
        Self {
            limits: Arc::new(Limits { head: config.head_timeout, idle: config.idle_timeout }),
            protocol,
            connection: Connection::at(index, address, body_limit),
        }
    }

    /// Whether the settings of a listener make sense.
    pub(super) fn check(
        Listen { protocols, max_connections, .. }: &Listen,
        index: usize,
    ) -> Result<(), Error> {
        let error = |what| Err(Error::config(format!("`http.listen[{index}].{what}")));
        if protocols.is_empty() {
            return error("protocols` is empty, so nothing could be spoken; name `h1`, `h2`, or both");
        }
        if *max_connections == Some(0) {
            return error("max_connections` is 0, so nobody could connect");
        }
        Ok(())
    }
}
