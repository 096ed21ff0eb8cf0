//! What a client says in a room that it is in.

use std::{borrow::Cow, sync::Arc};

use super::{Session, length};
use crate::rooms::{
    clock,
    hub::flush,
    live::{Live, Saying},
    packet::Status,
    phoenix::{Message, Payload, event},
    presence::Meta,
    recent::{Done, Name},
    room::{Answer, Kind, Push, Refusal, Said},
    settings::Settings,
    stamp::{self, Fields},
    topic::Topic,
    turn::{Turn, Waiting},
};

impl Session {
    pub(super) async fn push(&mut self, message: Message<'_>) {
        if let Err(refusal) = self.try_push(&message).await {
            metrics::counter!("ws_pushes_refused_total").increment(1);
            self.refuse(&message, &refusal);
        }
    }

    async fn try_push(&mut self, message: &Message<'_>) -> Result<(), Refusal> {
        let topic = Topic::new(&message.topic).ok_or("unmatched topic")?;
        let joined = self.joined.get(&topic).ok_or("unmatched topic")?;
        if joined.join_ref.as_deref() != message.join_ref.as_deref() {
            // It is of a join that has been left: the official client does not wait for it any more.
            return Err("unmatched topic".into());
        }
        let kind = Arc::clone(&joined.kind);
        let settings = &kind.settings;
        self.debit(settings.cost).await?;
        if &*message.event == "presence_update" {
            return self.restate(&topic, message, settings.meta);
        }
        if !settings.push.admits(self.caller.as_ref(), self.authority.as_ref()) {
            return Err("unauthorized".into());
        }
        if event::is_reserved(&message.event) {
            return Err("reserved event".into());
        }
        let fields = Fields::read(&message.payload, settings.key.as_deref());
        let user = self.caller.as_ref().map(|caller| caller.principal().id());
        let name = fields.message_id.as_deref().and_then(|id| Name::new(user, id));
        let Some(handler) = &kind.handlers.push else {
            self.settle(&topic, message, &kind, Answer::broadcast(), (name.as_ref(), fields.key))?;
            return Ok(());
        };
        let turn = match &name {
            Some(name) if settings.remembered > 0 => match self.turn(&topic, name, settings).await? {
                Ok(turn) => Some(turn),
                Err(done) => {
                    self.repeat(&topic, message, &done);
                    return Ok(());
                }
            },
            // Whoever was told that the room is closed has nothing decided in it.
            _ if !self.is_in(&topic) => return Err("unmatched topic".into()),
            _ => None,
        };
        let payload = message.payload.clone().into_owned();
        let event = (*message.event).into();
        let answer = handler(Push { topic: topic.clone(), event, payload, who: self.who() }).await;
        let decision = answer
            .and_then(|answer| self.settle(&topic, message, &kind, answer, (name.as_ref(), fields.key)));
        let result = decision.as_ref().map(drop).map_err(Refusal::clone);
        if let Some(turn) = turn {
            turn.decide(decision);
        }
        result
    }

    fn is_in(&self, topic: &Topic) -> bool {
        self.rooms.hub.with_existing(topic, |room| room.has(&self.connection)) == Some(true)
    }

    /// Waits for the turn to have a message decided, or else says what has become of it.
    async fn turn(
        &self,
        topic: &Topic,
        name: &Name,
        settings: &Arc<Settings>,
    ) -> Result<Result<Turn, Done>, Refusal> {
        enum Found {
            Mine(Turn),
            Another(Waiting),
            Done(Done),
        }
        loop {
            let now = clock::now();
            let found = self.rooms.hub.with_member(topic, settings, &self.connection, |room| {
                match room.known(name, now) {
                    Some(done) => Found::Done(done),
                    None => match room.deciding().find(name) {
                        Some(waiting) => Found::Another(waiting),
                        None => Found::Mine(Turn::take(&self.rooms, topic, name, room.deciding())),
                    },
                }
            });
            let mut waiting = match found.ok_or("unmatched topic")? {
                Found::Mine(turn) => return Ok(Ok(turn)),
                Found::Done(done) => return Ok(Err(done)),
                Found::Another(waiting) => waiting,
            };
            // An error is that whoever had the turn has gone before there was a decision.
            let decided = waiting.wait_for(Option::is_some).await.map(|decided| decided.clone());
            if let Ok(Some(decision)) = decided {
                return decision.map(Err);
            }
        }
    }

    /// Does what was decided, and remembers that under the name of the message.
    fn settle(
        &self,
        topic: &Topic,
        message: &Message<'_>,
        kind: &Kind,
        answer: Answer,
        (name, key): (Option<&Name>, Option<Arc<str>>),
    ) -> Result<Done, Refusal> {
        let (settings, now) = (&kind.settings, clock::now());
        let Answer { response, said } = answer;
        let parts = said.as_ref().map(|said| self.said(said, message, kind));
        let saying = said.as_ref().zip(parts.as_ref()).map(|(said, (event, payload))| Saying {
            event,
            payload,
            key: said.key.clone().or(key),
            except: (!settings.echo).then_some(self.connection.id),
        });
        let settled = self.rooms.hub.with_member(topic, settings, &self.connection, |room| {
            let known = name.and_then(|name| room.known(name, now));
            let is_duplicate = known.is_some();
            let (done, told) = match known {
                Some(done) => (done, Vec::new()),
                None => {
                    let said = saying.as_ref().map(|saying| room.say(saying, now));
                    let (offset, told) =
                        said.map_or((None, Vec::new()), |(offset, told)| (Some(offset), told));
                    let done = Done { offset, response };
                    name.into_iter().for_each(|name| room.remember(name.clone(), done.clone(), now));
                    (done, told)
                }
            };
            self.tell(room, message, &done, is_duplicate);
            (done, told)
        });
        let (done, told) = settled.ok_or("unmatched topic")?;
        flush(&told);
        Ok(done)
    }

    /// Answers what was sent again as it was answered before.
    fn repeat(&self, topic: &Topic, message: &Message<'_>, done: &Done) {
        self.rooms.hub.with_existing(topic, |room| self.tell(room, message, done, true));
    }

    fn tell(&self, room: &Live, message: &Message<'_>, done: &Done, is_duplicate: bool) {
        let Some(reference) = message.reference.as_deref() else { return };
        let own = done.response.is_none().then(|| room.response(done, is_duplicate));
        if let Some(response) = done.response.as_ref().or(own.as_ref()) {
            room.answer(&self.connection, reference, Status::Ok, response);
        }
    }

    /// What the others are told, with who has said it where the room wants that.
    fn said<'m>(&self, said: &'m Said, message: &'m Message<'m>, kind: &Kind) -> (Cow<'m, str>, Payload<'m>) {
        if let Some((event, payload)) = &said.other {
            return ((&**event).into(), payload.clone());
        }
        let payload = match &kind.settings.from {
            None => message.payload.clone(),
            Some(name) => stamp::stamped(&message.payload, name, &self.presence_key()),
        };
        ((&*message.event).into(), payload)
    }

    /// Somebody says something else of itself, to those who see that it is there.
    fn restate(&mut self, topic: &Topic, message: &Message<'_>, most: usize) -> Result<(), Refusal> {
        let meta: Option<Meta> = match &message.payload {
            Payload::Json(json) => serde_json::from_str(json.get()).ok(),
            Payload::Binary(_) => None,
        };
        let meta = meta.filter(|meta| length(meta) <= most).ok_or("malformed")?;
        let restated = self.rooms.hub.with_existing(topic, |room| room.restate(&self.connection, meta));
        if restated != Some(true) {
            return Err("not seen".into());
        }
        self.answer(message, Status::Ok, &Payload::empty());
        self.rooms.hub.tell_presence(topic, clock::now());
        Ok(())
    }
}
