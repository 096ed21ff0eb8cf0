//! Rooms as they are declared: who may come in, what is kept, and what code has to say about it.

use std::{borrow::Cow, fmt, future::Future, net::IpAddr, pin::Pin, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use tsk_core::authority::Caller;

use super::{
    access::Access,
    config::{HistoryConfig, RoomConfig},
    error::Error,
    phoenix::Payload,
    presence::Meta,
    queue::Slow,
    settings::Settings,
    topic::Topic,
};

/// The rooms of a pattern, as they are declared.
///
/// ```
/// use tsk_ws::rooms::{Access, Answer, Push, Room, Welcome};
///
/// let room = Room::new("chat:*")
///     .join(Access::Authenticated)
///     .push(Access::Permission("chat:speak".into()))
///     .presence()
///     .on_join(async |join| Ok(Welcome::new().with("topic", join.topic().as_str())))
///     .on_push(async |push: Push| match push.event() {
///         "said" => Ok(Answer::broadcast()),
///         _ => Err("unknown event".into()),
///     });
/// # let _ = room;
/// ```
#[derive(Clone)]
#[must_use = "it is open once it is given to `Rooms`"]
pub struct Room {
    config: RoomConfig,
    access: Option<Access>,
    speak: Option<Access>,
    handlers: Handlers,
}

/// What code has to say about a room.
#[derive(Clone, Default)]
pub(crate) struct Handlers {
    pub(crate) join: Option<Arc<OnJoin>>,
    pub(crate) push: Option<Arc<OnPush>>,
}

type OnJoin = dyn Fn(Join) -> Deciding<Welcome> + Send + Sync;
type OnPush = dyn Fn(Push) -> Deciding<Answer> + Send + Sync;

/// What becomes of what a client asks.
pub(crate) type Deciding<T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send>>;

/// Rooms of a pattern, checked.
pub(crate) struct Kind {
    pub(crate) settings: Arc<Settings>,
    pub(crate) handlers: Handlers,
}

impl Room {
    /// Rooms that nobody may join yet. What is no pattern is told by [`Builder::build`](super::Builder::build).
    pub fn new(topic: impl Into<String>) -> Self {
        Self::configured(RoomConfig::new(topic))
    }

    /// Rooms as they are configured.
    pub fn configured(config: RoomConfig) -> Self {
        Self { config, access: None, speak: None, handlers: Handlers::default() }
    }

    /// Says who may come in.
    pub fn join(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// Says who may speak.
    pub fn push(mut self, access: Access) -> Self {
        self.speak = Some(access);
        self
    }

    /// Keeps what is said, so that whoever comes back hears what it missed.
    pub fn history(mut self, history: HistoryConfig) -> Self {
        self.config.history = Some(history);
        self
    }

    /// Has those who are there see who else is.
    pub fn presence(mut self) -> Self {
        self.config.presence = true;
        self
    }

    /// Says what happens to somebody who is slower than what is said.
    pub fn slow(mut self, slow: Slow) -> Self {
        self.config.slow = slow;
        self
    }

    /// Decides of everybody who may come in whether it does, and what it is told.
    pub fn on_join<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Join) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Welcome, Refusal>> + Send + 'static,
    {
        self.handlers.join = Some(Arc::new(move |join| Box::pin(handler(join))));
        self
    }

    /// Decides what becomes of what somebody says who may speak. Without a handler, everybody in the room is told.
    ///
    /// What has a `message_id` and is sent again, because its answer was lost, is not decided again: it is answered as before, for as
    /// long as the room [remembers](RoomConfig::remember) it. Sent again while this decides, it waits. A refusal is not remembered.
    /// The future is dropped where the connection ends, and then the next to send it has it decided.
    pub fn on_push<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Push) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Answer, Refusal>> + Send + 'static,
    {
        self.handlers.push = Some(Arc::new(move |push| Box::pin(handler(push))));
        self
    }

    pub(crate) fn check(self) -> Result<Kind, Error> {
        let mut settings = Settings::new(&self.config)?;
        if let Some(access) = self.access {
            settings.join = access;
        }
        if let Some(access) = self.speak {
            settings.push = access;
        }
        Ok(Kind { settings: Arc::new(settings), handlers: self.handlers })
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("config", &self.config).finish_non_exhaustive()
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&self.settings.pattern).finish()
    }
}

/// Who is on the other end.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) caller: Option<Caller>,
    pub(crate) client: Option<IpAddr>,
    pub(crate) connection: u64,
}

macro_rules! who {
    ($($type:ty)+) => {$(
        impl $type {
            /// The room.
            pub fn topic(&self) -> &Topic {
                &self.topic
            }

            /// Who it is, where that is known.
            pub fn caller(&self) -> Option<&Caller> {
                self.who.caller.as_ref()
            }

            /// The address that it comes from, where that is known.
            pub fn client(&self) -> Option<IpAddr> {
                self.who.client
            }

            /// The number of its connection, by which it can be [disconnected](super::Rooms::disconnect).
            pub fn connection(&self) -> u64 {
                self.who.connection
            }

            /// What it sends, as JSON.
            pub fn payload(&self) -> &Payload<'static> {
                &self.payload
            }

            /// What it sends.
            ///
            /// # Errors
            ///
            /// Something else: bytes, or JSON of another form. What the client is told says no more than that.
            pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
                match &self.payload {
                    Payload::Json(json) => serde_json::from_str(json.get()).map_err(|_| Refusal::new("malformed")),
                    Payload::Binary(_) => Err(Refusal::new("malformed")),
                }
            }
        }
    )+};
}
who!(Join Push);

/// Somebody asks to be let in.
#[derive(Debug, Clone)]
pub struct Join {
    pub(crate) topic: Topic,
    pub(crate) payload: Payload<'static>,
    pub(crate) who: Who,
}

/// Somebody says something.
#[derive(Debug, Clone)]
pub struct Push {
    pub(crate) topic: Topic,
    pub(crate) event: Box<str>,
    pub(crate) payload: Payload<'static>,
    pub(crate) who: Who,
}

impl Push {
    /// What it is.
    pub fn event(&self) -> &str {
        &self.event
    }
}

/// Somebody is let in.
#[derive(Debug, Clone, Default)]
#[must_use = "a welcome is for the client"]
pub struct Welcome {
    pub(crate) response: Meta,
    pub(crate) presence: Option<(Box<str>, Meta)>,
}

impl Welcome {
    /// Without a word.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells it something. What serde cannot write is left out.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.response.insert(name.to_owned(), value);
        }
        self
    }

    /// Says as whom others see it, where they see who is there: by default its identity, or the number of its connection.
    pub fn seen_as(mut self, key: impl Into<Box<str>>, meta: Meta) -> Self {
        self.presence = Some((key.into(), meta));
        self
    }
}

/// What becomes of what somebody says.
#[derive(Debug, Clone)]
#[must_use = "an answer is for the client"]
pub struct Answer {
    pub(crate) response: Option<Payload<'static>>,
    pub(crate) said: Option<Said>,
}

/// What the others are told.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// `None` for what came.
    pub(crate) other: Option<(Box<str>, Payload<'static>)>,
    pub(crate) key: Option<Arc<str>>,
}

impl Answer {
    /// Everybody in the room is told it as it came.
    pub fn broadcast() -> Self {
        Self { response: None, said: Some(Said { other: None, key: None }) }
    }

    /// Everybody in the room is told something else.
    pub fn broadcast_other(event: impl Into<Box<str>>, payload: Payload<'static>) -> Self {
        Self { response: None, said: Some(Said { other: Some((event.into(), payload)), key: None }) }
    }

    /// Nobody is told anything but its sender, who is told this.
    pub fn reply(payload: Payload<'static>) -> Self {
        Self { response: Some(payload), said: None }
    }

    /// Nobody is told anything; its sender hears that it was taken.
    pub fn taken() -> Self {
        Self { response: None, said: None }
    }

    /// What else its sender is told.
    pub fn with_reply(mut self, payload: Payload<'static>) -> Self {
        self.response = Some(payload);
        self
    }

    /// What it says the latest of, where slow members get the latest alone.
    pub fn key(mut self, key: impl Into<Arc<str>>) -> Self {
        if let Some(said) = &mut self.said {
            said.key = Some(key.into());
        }
        self
    }
}

/// Something is refused: what the client is told as `{"reason": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) reason: Cow<'static, str>,
}

impl Refusal {
    /// For that reason, in words for the client.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into() }
    }

    pub(crate) fn payload(&self) -> Payload<'static> {
        let mut object = Meta::new();
        object.insert("reason".into(), self.reason.as_ref().into());
        Payload::of(&object).expect("an object can be written")
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Refusal {
    fn from(reason: T) -> Self {
        Self::new(reason)
    }
}
