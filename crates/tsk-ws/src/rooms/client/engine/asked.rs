//! What the application asks for.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};

use super::{End, Engine, Leaving, backoff, inbox, number};
use crate::rooms::{
    client::{
        Error, Joined, Reply, Roster,
        inbox::Inbox,
        member::{Asking, Member, Phase},
        pushes::Pushed,
    },
    phoenix::{MAX_NAME, Payload, event},
    presence::Meta,
    topic::Topic,
};

/// What a room that is to be joined is known by to who has asked for it.
pub(in super::super) struct Place {
    pub(in super::super) serial: u64,
    pub(in super::super) inbox: Arc<Inbox>,
    pub(in super::super) roster: watch::Receiver<Roster>,
    pub(in super::super) joined: oneshot::Receiver<Result<Joined, Error>>,
}

/// Something that is to be said.
pub(in super::super) struct Saying {
    pub(in super::super) event: Box<str>,
    pub(in super::super) payload: Payload<'static>,
    /// Whether it is sent again where its answer was lost.
    pub(in super::super) is_repeatable: bool,
    pub(in super::super) deadline: Duration,
}

impl Engine {
    /// Wants to be in a room.
    pub(in super::super) fn join(
        &mut self,
        topic: &Topic,
        asking: Asking,
        deadline: Duration,
        now: Instant,
    ) -> Result<Place, Error> {
        self.check_open()?;
        if self.members.contains_key(topic) {
            return Err(Error::taken());
        }
        if self.members.len() + self.leaving.len() >= self.settings.channels {
            return Err(Error::full("this client is in as many rooms as it may be"));
        }
        let (serial, inbox) = (number(&mut self.next), inbox(&self.settings));
        let (first, joined) = oneshot::channel();
        let roster = watch::Sender::default();
        let place = Place { serial, inbox: Arc::clone(&inbox), roster: roster.subscribe(), joined };
        let member = Member {
            serial,
            asking,
            phase: Phase::Out,
            retry: backoff(&self.settings),
            inbox,
            first: Some(first),
            first_until: now.checked_add(deadline),
            place: None,
            roster,
        };
        self.members.insert(topic.clone(), member);
        Ok(place)
    }

    /// Leaves a room, and gives what tells that the server knows, if it has to be told.
    pub(in super::super) fn leave(
        &mut self,
        topic: &Topic,
        serial: u64,
        now: Instant,
    ) -> Option<oneshot::Receiver<()>> {
        let join_ref = match self.member(topic, serial)?.phase {
            // It may be joined by the time that it is left.
            Phase::In(join_ref) | Phase::Asked(join_ref, _) => Some(join_ref),
            Phase::Out | Phase::Pausing(_) => None,
        };
        let member = self.members.remove(topic)?;
        member.inbox.end(None);
        self.pushes.close(&Error::closed("the room was left"), |other| other == topic);
        let join_ref = join_ref?;
        let (answer, answered) = oneshot::channel();
        let until = now + self.settings.deadline;
        self.leaving.push_back(Leaving {
            topic: topic.clone(),
            join_ref,
            reference: None,
            until,
            answer: Some(answer),
        });
        Some(answered)
    }

    /// Says something in a room.
    pub(in super::super) fn push(
        &mut self,
        topic: &Topic,
        serial: u64,
        saying: Saying,
        now: Instant,
    ) -> Result<oneshot::Receiver<Result<Reply, Error>>, Error> {
        self.check_open()?;
        if self.member(topic, serial).is_none() {
            return Err(Error::closed("the room was left"));
        }
        let Saying { event, payload, is_repeatable, deadline } = saying;
        let is_event = !event.is_empty() && event.len() <= MAX_NAME && !event::is_reserved(&event);
        if !is_event {
            return Err(Error::setting(format!("{event:?} is no event that a client says: name another")));
        }
        let (payload, is_repeatable) = match is_repeatable {
            true => self.identifiers.give(payload),
            false => (payload, false),
        };
        self.add(topic, Saying { event, payload, is_repeatable, deadline }, now)
    }

    /// Says something else of itself, to those who see that it is there; and from now on whenever the room is joined.
    pub(in super::super) fn restate(
        &mut self,
        topic: &Topic,
        serial: u64,
        meta: Meta,
        deadline: Duration,
        now: Instant,
    ) -> Result<oneshot::Receiver<Result<Reply, Error>>, Error> {
        self.check_open()?;
        let member = self.members.get_mut(topic).filter(|member| member.serial == serial);
        let member = member.ok_or_else(|| Error::closed("the room was left"))?;
        let payload = Payload::of(&meta).expect("an object can be written");
        member.asking.presence = Some(meta);
        // However often it is said, it is the same.
        self.add(
            topic,
            Saying { event: "presence_update".into(), payload, is_repeatable: true, deadline },
            now,
        )
    }

    fn add(
        &mut self,
        topic: &Topic,
        saying: Saying,
        now: Instant,
    ) -> Result<oneshot::Receiver<Result<Reply, Error>>, Error> {
        let Saying { event, payload, is_repeatable, deadline } = saying;
        let (answer, answered) = oneshot::channel();
        let until = now.checked_add(deadline);
        let pushed = Pushed { topic: topic.clone(), event, payload, is_repeatable, until, answer };
        self.pushes.add(pushed, &self.settings)?;
        Ok(answered)
    }

    /// Up to where a room is heard.
    pub(in super::super) fn position(&self, topic: &Topic, serial: u64) -> Option<crate::rooms::Position> {
        self.member(topic, serial)?.place.map(super::super::place::Place::position)
    }

    /// Ends once all is said, or after so long.
    pub(in super::super) fn close(&mut self, deadline: Duration, now: Instant) {
        if self.end != End::Now {
            self.end = End::Closing(now.checked_add(deadline));
        }
    }

    /// Nobody is there any more who could ask for anything.
    pub(in super::super) fn abandon(&mut self) {
        self.end = End::Now;
    }

    /// How many pushes were given up at the end.
    pub(in super::super) fn given_up(&self) -> usize {
        self.given_up
    }

    /// In how many rooms it is, or wants to be.
    pub(in super::super) fn rooms(&self) -> usize {
        self.members.len()
    }

    /// Whether it is in a room, or wants to be.
    pub(in super::super) fn is_in(&self, topic: &Topic) -> bool {
        self.members.contains_key(topic)
    }

    /// How many pushes wait, or have no answer yet.
    pub(in super::super) fn unanswered(&self) -> usize {
        self.pushes.len()
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.end == End::Never { Ok(()) } else { Err(Error::closed("the client is closed")) }
    }

    fn member(&self, topic: &Topic, serial: u64) -> Option<&Member> {
        self.members.get(topic).filter(|member| member.serial == serial)
    }
}
