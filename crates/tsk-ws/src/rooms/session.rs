//! What one client says, and what becomes of it.

mod push;

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::watch;
use tsk_core::{Authority, Budget, authority::Caller};

use super::{
    Inner,
    asked::Asked,
    clock,
    live::{Closed, Entering, Resume},
    pace::Pace,
    packet::{Packet, Status},
    phoenix::{CONNECTION, Message, Payload, event},
    presence::Meta,
    queue::Lane,
    registry::Connection,
    room::{Join, Kind, Refusal, Welcome, Who},
    topic::Topic,
};

/// What one client says, and what becomes of it. When it is dropped, the client has left everything.
#[derive(Debug)]
pub(crate) struct Session {
    rooms: Arc<Inner>,
    connection: Arc<Connection>,
    caller: Option<Caller>,
    authority: Option<Arc<dyn Authority>>,
    budget: Budget,
    joined: HashMap<Topic, Joined>,
    pace: Pace,
    /// Until when it is believed who the client is.
    expiry: watch::Sender<Option<SystemTime>>,
}

#[derive(Debug)]
struct Joined {
    kind: Arc<Kind>,
    join_ref: Option<Box<str>>,
}

/// What a client was let in by.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) caller: Option<Caller>,
    pub(crate) authority: Option<Arc<dyn Authority>>,
    pub(crate) budget: Budget,
}

impl Session {
    pub(crate) fn new(rooms: &Arc<Inner>, connection: &Arc<Connection>, admitted: Admitted) -> Self {
        let Admitted { caller, authority, budget } = admitted;
        let expiry = caller.as_ref().and_then(|caller| caller.principal().expiry());
        Self {
            rooms: Arc::clone(rooms),
            connection: Arc::clone(connection),
            caller,
            authority,
            budget,
            joined: HashMap::new(),
            pace: Pace::new(rooms.config.rate, rooms.config.burst),
            expiry: watch::Sender::new(expiry),
        }
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Until when it is believed who the client is.
    pub(crate) fn expiry(&self) -> watch::Receiver<Option<SystemTime>> {
        self.expiry.subscribe()
    }

    /// Hears a text. What is no message ends the connection.
    pub(crate) async fn hear_text(&mut self, text: &str) {
        match Message::from_text(text) {
            Ok(message) => self.hear(message).await,
            Err(malformed) => self.malformed(malformed),
        }
    }

    /// Hears bytes.
    pub(crate) async fn hear_bytes(&mut self, bytes: &Bytes) {
        match Message::from_client(bytes) {
            Ok(message) => self.hear(message).await,
            Err(malformed) => self.malformed(malformed),
        }
    }

    fn malformed(&self, malformed: super::phoenix::Malformed) {
        tracing::debug!(connection = self.connection.id, %malformed, "a client is disconnected");
        self.connection.mailbox.close(crate::CloseCode::Unsupported, "not a message of Phoenix Channels V2");
    }

    async fn hear(&mut self, message: Message<'_>) {
        let wait = self.pace.wait(clock::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        metrics::counter!("ws_messages_received_total").increment(1);
        match (&*message.topic, &*message.event) {
            (CONNECTION, event::HEARTBEAT) => self.answer(&message, Status::Ok, &Payload::empty()),
            (CONNECTION, "authenticate") => self.authenticate(&message).await,
            (_, event::JOIN) => self.join(&message).await,
            (_, event::LEAVE) => self.leave(&message),
            _ => self.push(message).await,
        }
        self.connection.mailbox.flush();
    }

    /// Somebody shows another proof of who it is, before the one expires that it has shown.
    async fn authenticate(&mut self, message: &Message<'_>) {
        #[derive(Deserialize)]
        struct Proof {
            token: String,
        }
        let proof: Option<Proof> = match &message.payload {
            Payload::Json(json) => serde_json::from_str(json.get()).ok(),
            Payload::Binary(_) => None,
        };
        let (Some(Proof { token }), Some(authority)) = (proof, self.authority.clone()) else {
            return self.refuse(message, &Refusal::new("unauthenticated"));
        };
        let shown = match self.budget.debit(1).await {
            Ok(()) => authority.authenticate(&format!("Bearer {token}")).await,
            Err(problem) => Err(problem),
        };
        let is_same = |caller: &Caller| {
            let (shown, known) = (caller.principal(), self.caller.as_ref().map(Caller::principal));
            known.is_some_and(|known| (known.kind(), known.id()) == (shown.kind(), shown.id()))
        };
        match shown.ok().filter(is_same) {
            Some(caller) => {
                self.expiry.send_replace(caller.principal().expiry());
                self.caller = Some(caller);
                self.leave_what_is_closed();
                self.answer(message, Status::Ok, &Payload::empty());
            }
            None => self.refuse(message, &Refusal::new("unauthenticated")),
        }
    }

    /// Leaves rooms that whoever it is may not be in any more.
    fn leave_what_is_closed(&mut self) {
        let (caller, authority) = (self.caller.as_ref(), self.authority.as_ref());
        let is_closed = |kind: &Kind| !kind.settings.join.admits(caller, authority);
        let closed: Vec<Topic> = self
            .joined
            .iter()
            .filter(|(_, joined)| is_closed(&joined.kind))
            .map(|(topic, _)| topic.clone())
            .collect();
        closed.iter().for_each(|topic| self.depart(topic));
    }

    async fn join(&mut self, message: &Message<'_>) {
        match self.try_join(message).await {
            Ok(()) => {}
            Err(refusal) => {
                metrics::counter!("ws_joins_total", "result" => "refused").increment(1);
                self.refuse(message, &refusal);
            }
        }
    }

    async fn try_join(&mut self, message: &Message<'_>) -> Result<(), Refusal> {
        let (topic, join_ref) = (&*message.topic, message.join_ref.as_deref());
        let topic = Topic::new(topic).ok_or("unmatched topic")?;
        // Whoever joins again means the new join alone.
        self.depart(&topic);
        self.debit(1).await?;
        self.enter(&topic, join_ref, message.reference.as_deref(), &message.payload, None).await
    }

    /// Has the client come into a room, if it may.
    pub(crate) async fn enter(
        &mut self,
        topic: &Topic,
        join_ref: Option<&str>,
        reference: Option<&str>,
        payload: &Payload<'_>,
        resume: Option<Resume>,
    ) -> Result<(), Refusal> {
        if self.joined.len() >= self.rooms.config.joins {
            return Err("too many topics".into());
        }
        let kind = Arc::clone(self.rooms.kind(topic).ok_or("unmatched topic")?);
        if self.rooms.keeper.is_draining() {
            // Whoever was told that the room is closed does not come in again by the declaration that let it.
            let next = self.rooms.hub.successor();
            if next.is_some_and(|next| !next.may_let_in(topic, self.connection.user.as_ref())) {
                return Err("unmatched topic".into());
            }
        }
        let settings = &kind.settings;
        let principal = self.caller.as_ref().map(|caller| caller.principal().id());
        let is_open = settings.pattern.admits(topic, principal)
            && settings.join.admits(self.caller.as_ref(), self.authority.as_ref());
        if !is_open {
            return Err("unauthorized".into());
        }
        let asked = Asked::read(payload);
        let welcome = match &kind.handlers.join {
            None => Welcome::default(),
            Some(handler) => {
                let payload = payload.clone().into_owned();
                handler(Join { topic: topic.clone(), payload, who: self.who() }).await?
            }
        };
        let resume = resume.unwrap_or_else(|| asked.resume());
        let presence = settings.has_presence.then(|| {
            let meta = asked.presence.filter(|meta| length(meta) <= settings.meta).unwrap_or_default();
            welcome.presence.unwrap_or_else(|| (self.presence_key(), meta))
        });
        let entering = Entering {
            connection: &self.connection,
            join_ref,
            reference,
            resume,
            response: welcome.response,
            presence,
        };
        let now = clock::now();
        let entered = self.rooms.hub.with(topic, settings, now, |room| room.enter(entering, now));
        entered.map_err(|_| "too many rooms")?.map_err(|closed| match closed {
            Closed::Full => "full",
            Closed::TooOften => "joined too often",
        })?;
        metrics::counter!("ws_joins_total", "result" => "joined").increment(1);
        self.joined.insert(topic.clone(), Joined { kind, join_ref: join_ref.map(Into::into) });
        self.rooms.hub.tell_presence(topic, now);
        Ok(())
    }

    fn presence_key(&self) -> Box<str> {
        match &self.caller {
            Some(caller) => caller.principal().id().into(),
            None => format!("guest-{}", self.connection.id).into(),
        }
    }

    fn leave(&mut self, message: &Message<'_>) {
        // Not in the lane of the room: clients expect the answer before the room is closed to them.
        if let Some(reference) = message.reference.as_deref() {
            let (join_ref, response) = (message.join_ref.as_deref(), Payload::empty());
            let packet = Packet::reply(join_ref, reference, &message.topic, Status::Ok, &response);
            self.connection.mailbox.put(Lane::CONNECTION, packet);
        }
        if let Some(topic) = Topic::new(&message.topic) {
            self.depart(&topic);
        }
    }

    /// Leaves a room, and says so.
    fn depart(&mut self, topic: &Topic) {
        let Some(Joined { join_ref, .. }) = self.joined.remove(topic) else { return };
        self.rooms.hub.leave(topic, &self.connection, clock::now());
        // As the official server does: the `ref` is that of the join.
        self.connection.mailbox.put(Lane::CONNECTION, Packet::close(join_ref.as_deref(), topic));
    }

    async fn debit(&self, cost: u32) -> Result<(), Refusal> {
        self.budget.debit(cost).await.map_err(|_| Refusal::new("rate limited"))
    }

    fn who(&self) -> Who {
        let (client, connection) = (self.connection.client, self.connection.id);
        Who { caller: self.caller.clone(), client, connection }
    }

    fn refuse(&self, message: &Message<'_>, refusal: &Refusal) {
        self.answer(message, Status::Error, &refusal.payload());
    }

    /// Answers, in the room where the client is in it, so that it comes behind what was said there before.
    fn answer(&self, message: &Message<'_>, status: Status, response: &Payload<'_>) {
        let Some(reference) = message.reference.as_deref() else { return };
        let topic = Topic::new(&message.topic).filter(|topic| self.joined.contains_key(topic));
        let is_of_join = |joined: &Joined| joined.join_ref.as_deref() == message.join_ref.as_deref();
        let topic = topic.filter(|topic| self.joined.get(topic).is_some_and(is_of_join));
        let is_told = topic.and_then(|topic| {
            self.rooms
                .hub
                .with_existing(&topic, |room| room.answer(&self.connection, reference, status, response))
        });
        if is_told != Some(true) {
            let join_ref = message.join_ref.as_deref();
            let packet = Packet::reply(join_ref, reference, &message.topic, status, response);
            self.connection.mailbox.put(Lane::CONNECTION, packet);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let now = clock::now();
        for topic in std::mem::take(&mut self.joined).into_keys() {
            self.rooms.hub.leave(&topic, &self.connection, now);
        }
        self.rooms.hub.registry().leave(&self.connection);
    }
}

fn length(meta: &Meta) -> usize {
    serde_json::to_string(meta).map_or(usize::MAX, |text| text.len())
}
