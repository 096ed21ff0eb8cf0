//! What can be told in `tsk.toml`.

use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use super::queue::Slow;
use crate::config::text;

/// What all rooms have in common: the section `[rooms]` of `tsk.toml`. The rooms themselves are
/// [`[[room]]`](RoomConfig).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Where clients connect: `/socket` has the official client given `/socket`, which adds `/websocket` or `/longpoll`. Default:
    /// `/socket`.
    pub path: String,

    /// Connections at a time, however they are made. Default: 10,000.
    pub connections: usize,

    /// Connections at a time of one address, or /64 of IPv6; not for this machine. 0 for no limit. Default: 256.
    pub connections_per_address: usize,

    /// Connections at a time of one user. 0 for no limit. Default: 32.
    pub connections_per_user: usize,

    /// Rooms that a connection may be in. Default: 64.
    pub joins: usize,

    /// Rooms at a time. A room is forgotten once nobody is there and nothing is kept of it; of as many it is known where they had got
    /// to. Default: 10,000.
    pub rooms: usize,

    /// What may wait to be sent to a client, over all its rooms. Default: 1 MiB.
    #[serde(with = "text::Size")]
    pub waiting: ByteSize,

    /// Messages that a client may send in a second, over all its rooms; more are read later. Default: 50.
    pub rate: u32,

    /// Messages that a client may send at once. Default: 100.
    pub burst: u32,

    /// Over how long the sockets are closed when the service stops, so that their clients do not all come back at once. Default:
    /// 5 s.
    #[serde(with = "text::Duration")]
    pub drain_window: Duration,

    /// How long a client that polls is waited for before it has gone. Default: 30 s.
    #[serde(with = "text::Duration")]
    pub poll_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket".into(),
            connections: 10_000,
            connections_per_address: 256,
            connections_per_user: 32,
            joins: 64,
            rooms: 10_000,
            waiting: ByteSize::mib(1),
            rate: 50,
            burst: 100,
            drain_window: Duration::from_secs(5),
            poll_timeout: Duration::from_secs(30),
        }
    }
}

/// A table `[[room]]` of `tsk.toml`: the rooms of a pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RoomConfig {
    /// Which rooms: `"lobby"`, `"chat:*"` for all that begin with it, or `"inbox:{principal}"`, of which each is open to the caller
    /// of that identity alone.
    pub topic: String,

    /// Who may join: `"everyone"`, `"authenticated"`, `"nobody"`, or a permission such as `"chat:join"`.
    pub join: String,

    /// Who may speak, which others in the room then hear; as `join`. Default: `nobody` but the service.
    #[serde(default = "nobody")]
    pub push: String,

    /// What is kept of what is said. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryConfig>,

    /// Whether those in a room see who else is there. Default: false.
    #[serde(default)]
    pub presence: bool,

    /// The most that are seen to be there; others are there unseen. Default: 1,000.
    #[serde(default = "thousand")]
    pub max_present: usize,

    /// The most that somebody may say of itself to be seen. Default: 1 KiB.
    #[serde(default = "kibibyte", with = "text::Size")]
    pub max_meta: ByteSize,

    /// What happens to somebody who is slower than what is said: `"drop-oldest"`, `"coalesce"`, `"disconnect"`. Default:
    /// `drop-oldest`.
    #[serde(default)]
    pub slow: Slow,

    /// The member of a message by which only the latest counts, where `slow` is `"coalesce"`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,

    /// The member of a message in which the server says who sent it, whatever the sender has said there. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,

    /// What may wait to be sent to one who is there. Default: 256 KiB.
    #[serde(default = "quarter_mebibyte", with = "text::Size")]
    pub queue: ByteSize,

    /// The most that may be there. Default: 5,000.
    #[serde(default = "five_thousand")]
    pub members: usize,

    /// How often one user may be there. 0 for no limit. Default: 16.
    #[serde(default = "sixteen")]
    pub members_per_user: usize,

    /// Whether who speaks hears it too. Default: true.
    #[serde(default = "yes")]
    pub echo: bool,

    /// Of how many messages it is remembered what their senders call them, so that one that is sent again is not said twice.
    /// Default: 1,000.
    #[serde(default = "thousand")]
    pub remember: usize,

    /// For how long that is remembered. Default: 2 min.
    #[serde(default = "two_minutes", with = "text::Duration")]
    pub remember_for: Duration,

    /// What a message costs of the limits by which the connection was counted. Default: 1.
    #[serde(default = "one")]
    pub cost: u32,
}

impl RoomConfig {
    /// Rooms that nobody may join yet.
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            join: nobody(),
            push: nobody(),
            history: None,
            presence: false,
            max_present: thousand(),
            max_meta: kibibyte(),
            slow: Slow::default(),
            key: None,
            from: None,
            queue: quarter_mebibyte(),
            members: five_thousand(),
            members_per_user: sixteen(),
            echo: true,
            remember: thousand(),
            remember_for: two_minutes(),
            cost: one(),
        }
    }
}

/// What is kept of what is said in a room: `history` in a `[[room]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HistoryConfig {
    /// The most messages of a room. Default: 100.
    pub count: usize,

    /// For how long. Default: 5 min.
    #[serde(with = "text::Duration")]
    pub age: Duration,

    /// The most bytes of a room. Default: 256 KiB.
    #[serde(with = "text::Size")]
    pub bytes: ByteSize,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self { count: 100, age: Duration::from_secs(300), bytes: quarter_mebibyte() }
    }
}

fn nobody() -> String {
    "nobody".into()
}

fn thousand() -> usize {
    1000
}

fn five_thousand() -> usize {
    5000
}

fn sixteen() -> usize {
    16
}

fn kibibyte() -> ByteSize {
    ByteSize::kib(1)
}

fn quarter_mebibyte() -> ByteSize {
    ByteSize::kib(256)
}

fn two_minutes() -> Duration {
    Duration::from_secs(120)
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}
