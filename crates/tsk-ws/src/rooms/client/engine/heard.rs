//! What the server says.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::{Engine, backoff};
use crate::rooms::{
    client::{Error, Reply, member::Phase},
    phoenix::{Malformed, Message, Payload, event},
    topic::Topic,
};

/// Why the server lets nobody in who may be let in a moment later.
const PASSING: [&str; 5] = ["full", "joined too often", "rate limited", "too many rooms", "too many topics"];

impl Engine {
    /// Hears a text. `random` is from 0 to 1.
    pub(in super::super) fn hear_text(&mut self, text: &str, now: Instant, random: f64) {
        match Message::from_text(text) {
            Ok(message) => self.hear(message, None, now, random),
            Err(malformed) => ignored(malformed),
        }
    }

    /// Hears bytes.
    pub(in super::super) fn hear_bytes(&mut self, bytes: &Bytes, now: Instant, random: f64) {
        match Message::from_server(bytes) {
            Ok((message, status)) => self.hear(message, status, now, random),
            Err(malformed) => ignored(malformed),
        }
    }

    fn hear(&mut self, message: Message<'_>, status: Option<String>, now: Instant, random: f64) {
        if message.event == event::REPLY {
            let reference = message.reference.as_deref().and_then(|reference| reference.parse().ok());
            let (Some(reference), Some((is_ok, response))) = (reference, answer(&message.payload, status))
            else {
                return;
            };
            return self.answered(reference, &message.topic, is_ok, response, now, random);
        }
        let Some(topic) = Topic::new(&message.topic) else { return };
        let Some(member) = self.members.get_mut(&topic) else { return };
        // What comes before the answer to a join, or names another, is of one that was left.
        let Some(join_ref) = member.join_ref() else { return };
        if message.join_ref.as_deref().is_some_and(|other| *other != *join_ref.to_string()) {
            return;
        }
        match &*message.event {
            event::CLOSE => self.remove(&topic, &Error::closed("the server has closed the room")),
            event::ERROR => {
                member.interrupt();
                member.pause(now, random);
                self.pushes.interrupt(|other| *other == topic);
            }
            _ => member.hear(message),
        }
    }

    fn answered(
        &mut self,
        reference: u64,
        topic: &str,
        is_ok: bool,
        response: Payload<'static>,
        now: Instant,
        random: f64,
    ) {
        if let Some(online) =
            self.online.as_mut().filter(|online| online.asked.is_some_and(|(by, _)| by == reference))
        {
            (online.asked, online.beat) = (None, now + self.settings.heartbeat);
            return;
        }
        if let Some(at) = self.leaving.iter().position(|leaving| leaving.reference == Some(reference)) {
            // Whoever does not wait does not want to know.
            let _ = self.leaving.remove(at).and_then(|leaving| leaving.answer).map(|answer| answer.send(()));
            return;
        }
        if let Some(topic) = self.pushes.topic(reference).cloned() {
            let reply = Reply { response };
            if let Some(place) = self.members.get_mut(&topic).and_then(|member| member.place.as_mut())
                && is_ok
                && let Some(offset) = reply.offset()
            {
                place.said(offset);
            }
            let answer = if is_ok { Ok(reply) } else { Err(Error::refused(reply.response)) };
            self.pushes.answer(reference, answer);
            return;
        }
        let Some(topic) = Topic::new(topic) else { return };
        let Some(member) = self.members.get_mut(&topic) else { return };
        if !matches!(member.phase, Phase::Asked(by, _) if by == reference) {
            return;
        }
        if is_ok {
            member.first_until = None;
            return member.joined(reference, response, backoff(&self.settings));
        }
        let refused = Error::refused(response);
        let is_passing = refused.reason().is_some_and(|reason| PASSING.contains(&reason));
        if member.first.is_none() && is_passing {
            return member.pause(now, random);
        }
        self.remove(&topic, &refused);
    }
}

fn ignored(malformed: Malformed) {
    tracing::warn!(%malformed, "the server of rooms sent what is no message");
}

/// Whether an answer is a good one, and what it says. That of bytes has its status beside it.
fn answer(payload: &Payload<'_>, status: Option<String>) -> Option<(bool, Payload<'static>)> {
    #[derive(serde::Deserialize)]
    struct Answer<'a> {
        status: Cow<'a, str>,
        #[serde(borrow)]
        response: &'a RawValue,
    }
    match (payload, status) {
        (Payload::Json(json), _) => {
            let Answer { status, response } = serde_json::from_str(json.get()).ok()?;
            Some((status == "ok", Payload::Json(Cow::Owned(response.to_owned()))))
        }
        (Payload::Binary(bytes), Some(status)) => Some((status == "ok", Payload::Binary(bytes.clone()))),
        (Payload::Binary(_), None) => None,
    }
}
