//! What there is to say of rooms to an operator.

use serde::{Deserialize, Serialize};

/// A room, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoomInfo {
    /// Its name.
    pub topic: String,
    /// How many are there.
    pub members: usize,
    /// Which life of the room it is.
    pub epoch: String,
    /// How much was said in it.
    pub offset: u64,
    /// How many messages are kept.
    pub kept: usize,
    /// How many bytes they have.
    pub kept_bytes: usize,
    /// How long it has been there.
    pub age_seconds: u64,
}

/// Somebody who is in a room, or connected, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemberInfo {
    /// The number of its connection.
    pub connection: u64,
    /// Who it is, where that is known.
    pub user: Option<String>,
    /// Where it comes from, where that is known.
    pub client: Option<String>,
    /// How it is connected: `websocket`, `longpoll` or `sse`.
    pub transport: String,
    /// Since when, in seconds since 1970.
    pub since: u64,
    /// How many bytes wait to be sent to it.
    pub waiting_bytes: usize,
}

impl From<&super::registry::Connection> for MemberInfo {
    fn from(connection: &super::registry::Connection) -> Self {
        let since = connection.since.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self {
            connection: connection.id,
            user: connection.user.as_ref().map(|user| user.id().to_owned()),
            client: connection.client.map(|client| client.to_string()),
            transport: connection.transport.name().to_owned(),
            since: since.as_secs(),
            waiting_bytes: connection.mailbox.waiting(),
        }
    }
}
