//! A room that a client is in, or wants to be in.

use std::sync::Arc;

use serde_json::json;
use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};

use super::{
    Changes, Error, Event, Gap, Joined, Message, Roster,
    backoff::Backoff,
    inbox::Inbox,
    place::{Heard, Place},
};
use crate::rooms::{
    history::{Epoch, Position},
    phoenix::{self, Payload, event},
    presence::Meta,
};

/// What is said to a room that is joined.
#[derive(Debug, Clone, Default)]
pub(super) struct Asking {
    /// What is for the application.
    pub(super) params: Meta,
    pub(super) presence: Option<Meta>,
    /// How many of the last messages are asked for.
    pub(super) latest: Option<usize>,
    pub(super) resume: Option<Position>,
}

/// How far a client is with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is to be asked for.
    Out,
    /// It is to be asked for then.
    Pausing(Instant),
    /// It is asked for by this reference; an answer is waited for until then.
    Asked(u64, Instant),
    /// It is joined, by that reference.
    In(u64),
}

/// A room that a client is in, or wants to be in.
#[derive(Debug)]
pub(super) struct Member {
    /// Which of those that wanted that room.
    pub(super) serial: u64,
    pub(super) asking: Asking,
    pub(super) phase: Phase,
    pub(super) retry: Backoff,
    pub(super) inbox: Arc<Inbox>,
    /// Who waits until the room is first joined, and how long.
    pub(super) first: Option<oneshot::Sender<Result<Joined, Error>>>,
    pub(super) first_until: Option<Instant>,
    pub(super) place: Option<Place>,
    pub(super) roster: watch::Sender<Roster>,
}

impl Member {
    /// What is said to join.
    pub(super) fn params(&self) -> String {
        let mut params = self.asking.params.clone();
        if let Some(presence) = &self.asking.presence {
            params.insert("presence".into(), presence.clone().into());
        }
        let position = self.place.map(Place::position).or(self.asking.resume);
        if let Some(Position { epoch, offset }) = position {
            params.insert("resume".into(), json!({ "epoch": epoch.to_string(), "offset": offset }));
        } else if let Some(latest) = self.asking.latest {
            params.insert("resume".into(), json!({ "latest": latest }));
        }
        serde_json::Value::from(params).to_string()
    }

    /// By which reference it is joined, if it is.
    pub(super) fn join_ref(&self) -> Option<u64> {
        match self.phase {
            Phase::In(join_ref) => Some(join_ref),
            _ => None,
        }
    }

    /// The connection is lost.
    pub(super) fn interrupt(&mut self) {
        if self.join_ref().is_some() {
            self.inbox.put(Event::Interrupted, size_of::<Event>());
        }
        self.phase = Phase::Out;
    }

    /// It is asked for again after a while. `random` is from 0 to 1.
    pub(super) fn pause(&mut self, now: Instant, random: f64) {
        self.phase = Phase::Pausing(now + self.retry.next(random));
    }

    /// It is joined.
    pub(super) fn joined(&mut self, join_ref: u64, response: Payload<'static>, retry: Backoff) {
        let is_again = self.first.is_none();
        let now = position(&response);
        let before = self.place.or(self.asking.resume.map(Place::at));
        let is_told = before.is_none() && self.asking.latest.is_some();
        self.place = now.map(|now| Place::joined(before, now, is_told));
        (self.phase, self.retry) = (Phase::In(join_ref), retry);
        let joined = Joined { response, position: self.place.map(Place::position) };
        if let Some(first) = self.first.take() {
            // Who does not wait any more leaves.
            let _ = first.send(Ok(joined));
        } else {
            let weight = size_of::<Event>() + joined.response.len();
            self.inbox.put(Event::Rejoined(joined), weight);
        }
        if is_again && self.place.is_none() {
            // Nobody knows what was said in the meantime.
            self.inbox.put(Event::Gap(Gap::UNKNOWN), size_of::<Event>());
        }
    }

    /// Something is said in the room.
    pub(super) fn hear(&mut self, message: phoenix::Message<'_>) {
        let phoenix::Message { reference, event: name, payload, .. } = message;
        let offset = reference.as_deref().and_then(|reference| reference.strip_prefix('@')?.parse().ok());
        match (&*name, &payload) {
            (event::HISTORY_GAP, Payload::Json(json)) => self.lose(json.get()),
            (event::PRESENCE_STATE, Payload::Json(json)) => {
                self.change(|roster| roster.replace(json.get()), json.get().len());
            }
            (event::PRESENCE_DIFF, Payload::Json(json)) => {
                self.change(|roster| roster.follow(json.get()), json.get().len());
            }
            _ => {
                let position =
                    match self.place.as_mut().map(|place| (place.hear(offset), place.position().epoch)) {
                        Some((Heard::Again, _)) => return,
                        Some((Heard::New(offset), epoch)) => offset.map(|offset| Position { epoch, offset }),
                        None => None,
                    };
                let message = Message { event: (*name).into(), payload: payload.into_owned(), position };
                let weight = message.weight();
                self.inbox.put(Event::Message(message), weight);
            }
        }
    }

    fn lose(&mut self, payload: &str) {
        #[derive(serde::Deserialize)]
        struct Lost {
            from: Option<u64>,
            to: u64,
        }
        let Ok(Lost { from, to }) = serde_json::from_str(payload) else { return };
        if let Some(place) = &mut self.place {
            place.lose(from, to);
        }
        self.inbox.put(Event::Gap(Gap { from, to: Some(to) }), size_of::<Event>());
    }

    fn change(&mut self, follow: impl FnOnce(&mut Roster) -> Changes, weight: usize) {
        let mut changes = Changes::default();
        self.roster.send_if_modified(|roster| {
            changes = follow(roster);
            !changes.is_empty()
        });
        if !changes.is_empty() {
            self.inbox.put(Event::Presence(changes), size_of::<Event>() + weight);
        }
    }
}

/// Where a room has got to, by the answer to a join; `None` where it keeps no history.
fn position(response: &Payload<'_>) -> Option<Position> {
    #[derive(serde::Deserialize)]
    struct Response {
        history: History,
    }
    #[derive(serde::Deserialize)]
    struct History {
        epoch: String,
        offset: u64,
    }
    let Payload::Json(json) = response else { return None };
    let Response { history: History { epoch, offset } } = serde_json::from_str(json.get()).ok()?;
    let epoch: Epoch = epoch.parse().ok()?;
    Some(Position { epoch, offset })
}
