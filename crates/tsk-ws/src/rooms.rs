//! Rooms: whoever is in one hears what is said there, wherever it is connected.
//!
//! They speak Phoenix Channels V2, so that the official clients work as they are, over a WebSocket or by polling; plain
//! `EventSource` clients may listen.
//!
//! ```
//! use tsk_ws::rooms::{Access, Config, Room, Rooms};
//!
//! let rooms = Rooms::builder(&Config::default())
//!     .room(Room::new("chat:*").join(Access::Everyone).push(Access::Everyone).presence())
//!     .build()?;
//! // Any router of tower services takes it: `nest("/socket", …)` of ours, `nest_service("/socket", …)` of axum.
//! let endpoint = rooms.endpoint();
//! # let _ = endpoint;
//! # Ok::<(), tsk_ws::rooms::Error>(())
//! ```
//!
//! # Modules, in reading order
//!
//! - [`phoenix`], `topic`: the protocol, and rooms by name.
//! - [`history`], [`presence`], [`recent`], [`queue`], `pace`: engines, which take `now` and know nothing of sockets.
//! - `config`, `settings`, `access`, `room`: rooms as they are declared.
//! - `packet`, `mailbox`, `registry`, `live`, `hub`: rooms as they are, and who is there.
//! - `clock`, `asked`, `stamp`, `session`: what a client says.
//! - `endpoint`, `admission`, `socket`, `longpoll`, `stream`, `keeper`: how it is connected.
//! - `admin`: what operators see.
//! - `client`: the other end.

mod access;
mod admin;
mod admission;
mod asked;
#[cfg(feature = "client")]
pub mod client;
mod clock;
mod config;
mod ended;
mod endpoint;
mod error;
pub mod history;
mod hub;
mod keeper;
mod live;
mod longpoll;
mod mailbox;
mod pace;
mod packet;
pub mod phoenix;
pub mod presence;
pub mod queue;
pub mod recent;
mod registry;
mod room;
mod session;
mod settings;
mod socket;
mod stamp;
mod stream;
mod topic;
mod turn;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

pub use self::{
    access::Access,
    admin::{MemberInfo, RoomInfo},
    config::{Config, HistoryConfig, RoomConfig},
    endpoint::Endpoint,
    error::Error,
    history::{Epoch, Gap, Position},
    phoenix::Payload,
    room::{Answer, Join, Push, Refusal, Room, Welcome},
    topic::{NoPattern, Pattern, Topic},
};
use self::{hub::Hub, live::Saying, registry::Caps, room::Kind};
use crate::{CloseCode, Sockets};

/// All rooms of a service. Clones share them.
#[derive(Clone)]
pub struct Rooms(Arc<Inner>);

/// Rooms in the making.
#[derive(Debug)]
#[must_use = "there are no rooms before they are built"]
pub struct Builder {
    config: Config,
    sockets: Sockets,
    rooms: Vec<Room>,
    former: Option<Rooms>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    config: Config,
    sockets: Sockets,
    /// The narrowest pattern first.
    kinds: Vec<Arc<Kind>>,
    hub: Hub,
    polls: longpoll::Polls,
    keeper: keeper::Keeper,
}

impl Builder {
    /// Says what holds for the sockets. Default: what holds for any.
    pub fn sockets(mut self, sockets: &Sockets) -> Self {
        self.sockets = sockets.clone();
        self
    }

    /// Adds the rooms of a pattern. Of several that match a room, the narrowest counts.
    pub fn room(mut self, room: Room) -> Self {
        self.rooms.push(room);
        self
    }

    /// Goes on with the rooms of a former declaration: what was said there, who is there and what is remembered of it stays, and
    /// what this declaration says holds in a room as soon as somebody comes in or speaks under it. Those who are connected under the
    /// former one stay so until they leave, or its service drains: then rooms into which this one lets them no more are closed to them.
    pub fn succeeding(mut self, former: &Rooms) -> Self {
        self.former = Some(former.clone());
        self
    }

    /// Checks them.
    ///
    /// # Errors
    ///
    /// Settings that make no sense, and two declarations of one pattern.
    pub fn build(self) -> Result<Rooms, Error> {
        let Self { config, sockets, rooms, former } = self;
        if !config.path.starts_with('/') || config.path.ends_with('/') || config.path.contains(['{', '*']) {
            let message = format!("`{}` is no path: write one such as `/socket`", config.path);
            return Err(Error::setting("path", message));
        }
        let numbers = [("connections", config.connections), ("joins", config.joins), ("rooms", config.rooms)];
        if let Some((key, _)) = numbers.into_iter().find(|(_, number)| *number == 0) {
            return Err(Error::setting(key, "nobody could connect; name a number"));
        }
        if config.rate == 0 || config.burst == 0 {
            return Err(Error::setting("rate", "nobody could say anything; name a number, of `burst` too"));
        }
        let kinds = rooms.into_iter().map(|room| room.check().map(Arc::new)).collect::<Result<Vec<_>, _>>();
        let mut kinds = kinds?;
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.settings.pattern.precedence()));
        if let Some(twice) = kinds.windows(2).find(|two| two[0].settings.pattern == two[1].settings.pattern) {
            let pattern = &twice[0].settings.pattern;
            return Err(Error::setting("topic", format!("`{pattern}` is there twice; keep one")));
        }
        let caps = Caps {
            all: config.connections,
            per_address: config.connections_per_address,
            per_user: config.connections_per_user,
        };
        let hub = Hub::new(caps, config.rooms, former.as_ref().map(|former| &former.0.hub));
        let (polls, keeper) = (longpoll::Polls::default(), keeper::Keeper::default());
        let rooms = Arc::new(Inner { config, sockets, kinds, hub, polls, keeper });
        rooms.hub.hand_on(&rooms);
        Ok(Rooms(rooms))
    }
}

impl Rooms {
    /// Begins to declare rooms.
    pub fn builder(config: &Config) -> Builder {
        Builder { config: config.clone(), sockets: Sockets::default(), rooms: Vec::new(), former: None }
    }

    /// What answers clients: `/websocket`, `/longpoll` and `/events`, below wherever it is mounted.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::new(self.clone())
    }

    /// Says something to everybody in a room, and gives its offset there.
    ///
    /// ```
    /// use tsk_ws::rooms::{Payload, Rooms, Topic};
    ///
    /// fn closing(rooms: &Rooms, lobby: &Topic) -> Result<(), tsk_ws::rooms::Error> {
    ///     let notice = Payload::json(r#"{"text":"We close in a minute."}"#).expect("it is JSON");
    ///     rooms.broadcast(lobby, "notice", &notice)?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// A room of no pattern, or one more than there may be.
    pub fn broadcast(&self, topic: &Topic, event: &str, payload: &Payload<'_>) -> Result<u64, Error> {
        let kind = self.0.kind(topic);
        let kind = kind.ok_or_else(|| {
            Error::setting("topic", format!("no rooms are declared that `{topic}` is one of"))
        })?;
        let saying = Saying { event, payload, key: None, except: None };
        let said = self.0.hub.say(topic, &kind.settings, &saying, clock::now());
        let offset = said.map_err(|_| Error::setting("rooms", "there are as many rooms as may be"))?;
        self.0.start_keeper(None);
        Ok(offset)
    }

    /// Says something to one user in a room, on each of its connections that is there; others do not hear it, and it is not kept.
    /// It gives on how many.
    pub fn tell(&self, topic: &Topic, user: &str, event: &str, payload: &Payload<'_>) -> usize {
        self.0.hub.whisper(topic, user, event, payload)
    }

    /// The rooms that there are, those with the most members first.
    pub fn list(&self) -> Vec<RoomInfo> {
        self.0.hub.list()
    }

    /// Who is in a room; `None` where there is no such room.
    pub fn members(&self, topic: &Topic) -> Option<Vec<MemberInfo>> {
        self.0.hub.members(topic)
    }

    /// Everybody who is connected.
    pub fn connections(&self) -> Vec<MemberInfo> {
        let mut all: Vec<MemberInfo> =
            self.0.hub.registry().all().iter().map(|connection| MemberInfo::from(&**connection)).collect();
        all.sort_by_key(|connection| connection.connection);
        all
    }

    /// Disconnects somebody, by the number of its connection. `false` where there is none.
    pub fn disconnect(&self, connection: u64) -> bool {
        let found = self.0.hub.registry().get(connection);
        found.inspect(|connection| connection.mailbox.close(CloseCode::Policy, "disconnected")).is_some()
    }

    /// Disconnects a user, wherever it is connected, and gives from how many connections.
    pub fn disconnect_user(&self, user: &str) -> usize {
        let connections = self.0.hub.registry().of_user(user);
        connections.iter().for_each(|connection| connection.mailbox.close(CloseCode::Policy, "disconnected"));
        connections.len()
    }

    /// Where clients connect.
    pub fn path(&self) -> &str {
        &self.0.config.path
    }
}

impl Inner {
    /// The declaration that a room is of.
    fn kind(&self, topic: &Topic) -> Option<&Arc<Kind>> {
        self.kinds.iter().find(|kind| kind.settings.pattern.matches(topic))
    }
}

impl fmt::Debug for Rooms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns = self.0.kinds.iter().map(|kind| kind.settings.pattern.to_string());
        f.debug_tuple("Rooms").field(&patterns.collect::<Vec<_>>()).finish()
    }
}

/// What an operator sees on the admin listener: how many rooms and connections there are, and the largest rooms.
impl tsk_core::Insight for Rooms {
    fn name(&self) -> &str {
        "rooms"
    }

    fn snapshot(&self) -> serde_json::Value {
        const SHOWN: usize = 50;
        let mut rooms = self.list();
        let count = rooms.len();
        rooms.truncate(SHOWN);
        serde_json::json!({ "rooms": count, "connections": self.0.hub.registry().len(), "largest": rooms })
    }
}
