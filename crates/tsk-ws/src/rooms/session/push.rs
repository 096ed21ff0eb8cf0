//! What a client says in a room that it is in.

use std::{borrow::Cow, sync::Arc};

use super::{Session, length};
use crate::rooms::{
    clock,
    hub::flush,
    live::Saying,
    packet::Status,
    phoenix::{Message, Payload, event},
    presence::Meta,
    room::{Answer, Kind, Push, Refusal, Said},
    stamp::{self, Fields},
    topic::Topic,
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
        let answer = match &kind.handlers.push {
            None => Answer::broadcast(),
            Some(handler) => {
                let payload = message.payload.clone().into_owned();
                let event = (*message.event).into();
                handler(Push { topic: topic.clone(), event, payload, who: self.who() }).await?
            }
        };
        let reference = message.reference.as_deref();
        let Answer { response, said } = answer;
        let Some(said) = said else {
            let response = response.unwrap_or_else(Payload::empty);
            if let Some(reference) = reference {
                self.rooms.hub.with_existing(&topic, |room| {
                    room.answer(&self.connection, reference, Status::Ok, &response);
                });
            }
            return Ok(());
        };
        let fields = Fields::read(&message.payload, settings.key.as_deref());
        let (event, payload) = self.said(&said, message, &kind);
        let user = self.caller.as_ref().map(|caller| caller.principal().id());
        let saying = Saying {
            event: &event,
            payload: &payload,
            key: said.key.clone().or(fields.key),
            id: fields.message_id.as_deref().map(|id| (user, id)),
            except: (!settings.echo).then_some(self.connection.id),
        };
        let now = clock::now();
        let told = self.rooms.hub.with(&topic, settings, now, |room| {
            let (place, told) = room.say(&saying, now);
            if let Some(reference) = reference {
                let response = response.unwrap_or_else(|| place.response(room.is_kept()));
                room.answer(&self.connection, reference, Status::Ok, &response);
            }
            told
        });
        flush(&told.map_err(|_| "too many rooms")?);
        Ok(())
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
