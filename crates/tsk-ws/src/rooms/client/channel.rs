//! A room that was joined.

use std::{
    fmt,
    future::{Future, IntoFuture, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use serde::Serialize;
use serde_json::Value;
use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};

use super::{
    Error, Event, Held, Joined, Reply, Roster,
    engine::{Place, Saying},
    inbox::Inbox,
    member::Asking,
    pool,
};
use crate::rooms::{history::Position, phoenix::Payload, presence::Meta, topic::Topic};

/// A room that is to be joined, once it is awaited.
#[derive(Debug)]
#[must_use = "a room is joined when this is awaited"]
pub struct Join {
    at: At,
    topic: Box<str>,
    asking: Result<Asking, Error>,
    deadline: Duration,
}

/// A room that was joined: a [`Stream`] of what happens there. It is joined again with each connection. When it is dropped, the room is
/// left.
#[derive(Debug)]
pub struct Channel {
    seat: Arc<Seat>,
    inbox: Arc<Inbox>,
    roster: watch::Receiver<Roster>,
    joined: Option<Joined>,
}

/// What speaks in a room, from anywhere. It does not keep the room joined.
#[derive(Debug, Clone)]
pub struct Speaker(Arc<Seat>);

/// Something that was said, and is awaited for its answer. It is sent whether it is awaited or not.
#[must_use = "what was said may be refused, or not be sent at all"]
pub struct Pushing(Result<oneshot::Receiver<Result<Reply, Error>>, Option<Error>>);

/// By what a room is held.
struct Seat {
    held: Arc<Held>,
    topic: Topic,
    serial: u64,
}

/// On which connection.
#[derive(Debug)]
enum At {
    Client(Arc<Held>),
    Pool(Arc<pool::Inner>),
}

impl Join {
    pub(super) fn new(held: Arc<Held>, topic: &str) -> Self {
        let deadline = held.deadline;
        Self { at: At::Client(held), topic: topic.into(), asking: Ok(Asking::default()), deadline }
    }

    pub(super) fn in_pool(pool: Arc<pool::Inner>, topic: &str) -> Self {
        let deadline = pool.deadline();
        Self { at: At::Pool(pool), topic: topic.into(), asking: Ok(Asking::default()), deadline }
    }

    /// Says something to the application as it joins: an object.
    pub fn params(self, params: &impl Serialize) -> Self {
        self.with(object(params), |asking, params| asking.params = params)
    }

    /// Says what the others in the room see of it, where they see who is there: an object.
    pub fn presence(self, meta: &impl Serialize) -> Self {
        self.with(object(meta), |asking, meta| asking.presence = Some(meta))
    }

    /// Asks for the last messages, at most so many; in a room that keeps its history.
    pub fn latest(mut self, count: usize) -> Self {
        if let Ok(asking) = &mut self.asking {
            asking.latest = Some(count);
        }
        self
    }

    /// Asks for what came after a position that was [got to](Channel::position) before, by another client or another program.
    pub fn resume(mut self, position: Position) -> Self {
        if let Ok(asking) = &mut self.asking {
            asking.resume = Some(position);
        }
        self
    }

    /// How long it may take. Default: the deadline of the client. [`Duration::MAX`] is for ever.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    fn with(mut self, object: Result<Meta, Error>, set: impl FnOnce(&mut Asking, Meta)) -> Self {
        self.asking = self.asking.and_then(|mut asking| {
            set(&mut asking, object?);
            Ok(asking)
        });
        self
    }

    async fn join(self) -> Result<Channel, Error> {
        let Self { at, topic, asking, deadline } = self;
        let name = Topic::new(&topic);
        let topic = name.ok_or_else(|| Error::setting(format!("{topic:?} is no name of a room")))?;
        let asking = asking?;
        let (held, place) = match at {
            At::Client(held) => {
                let place =
                    held.shared.with(|engine| engine.join(&topic, asking, deadline, Instant::now()))?;
                (held, place)
            }
            At::Pool(pool) => pool.join(&topic, asking, deadline)?,
        };
        let Place { serial, inbox, roster, joined } = place;
        // From here on it is left when this is dropped.
        let seat = Arc::new(Seat { held, topic, serial });
        let mut channel = Channel { seat, inbox, roster, joined: None };
        channel.joined = Some(joined.await.unwrap_or_else(|_| Err(Error::closed("the client is closed")))?);
        Ok(channel)
    }
}

/// Joins the room. It gives an error where the server refuses, or does not answer in time; and where the client has joined it already.
impl IntoFuture for Join {
    type Output = Result<Channel, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.join())
    }
}

impl Channel {
    /// The room.
    pub fn topic(&self) -> &Topic {
        &self.seat.topic
    }

    /// What the server said when the room was first joined.
    pub fn joined(&self) -> &Joined {
        self.joined.as_ref().expect("nobody is given a channel before it is joined")
    }

    /// Waits for what happens next; `None` once nothing will. Nothing is lost where this is dropped before it is ready.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|cx| self.inbox.poll_next(cx)).await
    }

    /// Says something, as serde writes it. What is said is in order.
    ///
    /// An object is given a member `message_id`, unless it has one, by which the server does it once however often it is sent. What is no
    /// object is sent once: where its answer is lost, that is an error.
    ///
    /// The answer is an error where the server refuses, where it was not sent or not answered in time, and where as much waits as may.
    pub fn push(&self, event: &str, value: &impl Serialize) -> Pushing {
        self.seat.push(event, value)
    }

    /// Says something that is JSON already, or bytes.
    pub fn push_payload(&self, event: &str, payload: Payload<'static>) -> Pushing {
        self.seat.push_payload(event, payload, true)
    }

    /// Says something that is sent once at most, and has no identifier.
    pub fn push_once(&self, event: &str, payload: Payload<'static>) -> Pushing {
        self.seat.push_payload(event, payload, false)
    }

    /// Says something else of itself, an object, to those who see that it is there; now, and whenever the room is joined again.
    pub fn restate(&self, meta: &impl Serialize) -> Pushing {
        self.seat.restate(meta)
    }

    /// What speaks in the room from anywhere, as while this one listens.
    pub fn speaker(&self) -> Speaker {
        Speaker(Arc::clone(&self.seat))
    }

    /// Up to where the room has been heard: what was taken out by [`next`](Self::next), and what still waits there. `None` where it keeps
    /// no history.
    pub fn position(&self) -> Option<Position> {
        self.seat.held.shared.engine().position(&self.seat.topic, self.seat.serial)
    }

    /// Who is there, where the room shows it.
    pub fn roster(&self) -> Roster {
        self.roster.borrow().clone()
    }

    /// The same, to be watched.
    pub fn watch_roster(&self) -> watch::Receiver<Roster> {
        self.roster.clone()
    }

    /// Leaves the room, and waits until the server knows; for at most the deadline of the client. What was said there and not answered is
    /// given up.
    pub async fn leave(self) {
        if let Some(left) = self.seat.leave() {
            // Where the connection is lost, the server knows as well.
            let _ = left.await;
        }
    }
}

impl Stream for Channel {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.inbox.poll_next(cx)
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.seat.leave();
    }
}

impl Speaker {
    /// As [`Channel::push`].
    pub fn push(&self, event: &str, value: &impl Serialize) -> Pushing {
        self.0.push(event, value)
    }

    /// As [`Channel::push_payload`].
    pub fn push_payload(&self, event: &str, payload: Payload<'static>) -> Pushing {
        self.0.push_payload(event, payload, true)
    }

    /// As [`Channel::push_once`].
    pub fn push_once(&self, event: &str, payload: Payload<'static>) -> Pushing {
        self.0.push_payload(event, payload, false)
    }
}

impl Seat {
    fn push(&self, event: &str, value: &impl Serialize) -> Pushing {
        match Payload::of(value) {
            Ok(payload) => self.push_payload(event, payload, true),
            Err(error) => Pushing(Err(Some(Error::setting(format!("what is said is no JSON: {error}"))))),
        }
    }

    fn push_payload(&self, event: &str, payload: Payload<'static>, is_repeatable: bool) -> Pushing {
        let saying = Saying { event: event.into(), payload, is_repeatable, deadline: self.held.deadline };
        let (topic, serial) = (&self.topic, self.serial);
        let pushed = self.held.shared.with(|engine| engine.push(topic, serial, saying, Instant::now()));
        Pushing(pushed.map_err(Some))
    }

    fn restate(&self, meta: &impl Serialize) -> Pushing {
        let restated = object(meta).and_then(|meta| {
            let Self { held, topic, serial } = self;
            let now = Instant::now();
            held.shared.with(|engine| engine.restate(topic, *serial, meta, held.deadline, now))
        });
        Pushing(restated.map_err(Some))
    }

    fn leave(&self) -> Option<oneshot::Receiver<()>> {
        self.held.shared.with(|engine| engine.leave(&self.topic, self.serial, Instant::now()))
    }
}

fn object(value: &impl Serialize) -> Result<Meta, Error> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => {
            Err(Error::setting(format!("what is said of itself, or to join, is an object, and not {other}")))
        }
        Err(error) => Err(Error::setting(format!("what is said of itself, or to join, is no JSON: {error}"))),
    }
}

impl Future for Pushing {
    type Output = Result<Reply, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(answered) => Pin::new(answered)
                .poll(cx)
                .map(|answer| answer.unwrap_or_else(|_| Err(Error::closed("the client is closed")))),
            Err(error) => Poll::Ready(Err(error.take().expect("it is not polled once it is done"))),
        }
    }
}

impl fmt::Debug for Pushing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushing").finish_non_exhaustive()
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("topic", &self.topic).finish_non_exhaustive()
    }
}
