//! What a client is at: which rooms it is in, what it has asked, what is due. It takes `now`, and knows nothing of sockets.

mod asked;
mod heard;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};

pub(super) use self::asked::{Place, Saying};
use super::{
    Error, State,
    backoff::Backoff,
    identifier::Identifiers,
    member::{Member, Phase},
    pushes::Pushes,
    settings::Settings,
};
use crate::{
    Message,
    rooms::{
        phoenix::{self, CONNECTION, Payload, event},
        topic::Topic,
    },
};

/// What a client is at.
#[derive(Debug)]
pub(super) struct Engine {
    settings: Settings,
    state: watch::Sender<State>,
    members: HashMap<Topic, Member>,
    leaving: VecDeque<Leaving>,
    pushes: Pushes,
    identifiers: Identifiers,
    /// What the next that is asked is asked by, and the next room is known by.
    next: u64,
    online: Option<Online>,
    end: End,
    /// How many pushes were given up at the end.
    given_up: usize,
}

/// A connection.
#[derive(Debug, Clone, Copy)]
struct Online {
    /// When the server is next asked whether it is there.
    beat: Instant,
    /// By which reference it was asked, and until when it has to answer.
    asked: Option<(u64, Instant)>,
}

/// A room that was left, of which an answer is waited for.
#[derive(Debug)]
struct Leaving {
    topic: Topic,
    join_ref: u64,
    reference: Option<u64>,
    until: Instant,
    answer: Option<oneshot::Sender<()>>,
}

/// Whether it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Never,
    /// Once all is said, or then.
    Closing(Option<Instant>),
    /// Now.
    Now,
}

/// What is next for whoever has the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    On,
    /// The connection is to be given up, and another made.
    Again(&'static str),
    /// All is done.
    End,
}

impl Engine {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            state: watch::Sender::new(State::Connecting { attempt: 1 }),
            members: HashMap::new(),
            leaving: VecDeque::new(),
            pushes: Pushes::default(),
            identifiers: Identifiers::new(),
            next: 1,
            online: None,
            end: End::Never,
            given_up: 0,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    pub(super) fn set_state(&mut self, state: State) {
        self.state.send_replace(state);
    }

    /// There is a connection.
    pub(super) fn opened(&mut self, now: Instant) {
        self.online = Some(Online { beat: now + self.settings.heartbeat, asked: None });
        self.set_state(State::Connected);
    }

    /// The connection is lost.
    pub(super) fn lost(&mut self) {
        self.online = None;
        self.members.values_mut().for_each(Member::interrupt);
        self.pushes.interrupt(|_| true);
        // The server knows that it has left everything.
        self.leaving.clear();
    }

    /// All is over: whoever still waits is told so.
    pub(super) fn over(&mut self) {
        self.end = End::Now;
        let why = Error::closed("the client is closed");
        for member in std::mem::take(&mut self.members).into_values() {
            end(member, &why);
        }
        self.given_up += self.pushes.len();
        self.pushes.close(&why, |_| true);
        self.leaving.clear();
        self.set_state(State::Closed);
    }

    /// What is to be sent next.
    pub(super) fn next(&mut self, now: Instant) -> Option<Message> {
        let online = self.online.as_mut()?;
        if online.asked.is_none() && online.beat <= now {
            let reference = number(&mut self.next);
            online.asked = Some((reference, now + self.settings.heartbeat_timeout));
            return Some(text(None, reference, CONNECTION, event::HEARTBEAT, "{}"));
        }
        if let Some(leaving) = self.leaving.iter_mut().find(|leaving| leaving.reference.is_none()) {
            let reference = number(&mut self.next);
            leaving.reference = Some(reference);
            return Some(text(Some(leaving.join_ref), reference, leaving.topic.as_str(), event::LEAVE, "{}"));
        }
        self.next_join(now).or_else(|| self.next_push())
    }

    fn next_join(&mut self, now: Instant) -> Option<Message> {
        let is_due = |member: &Member| match member.phase {
            Phase::Out => true,
            Phase::Pausing(until) => until <= now,
            Phase::Asked(..) | Phase::In(_) => false,
        };
        // In the order in which they were asked for.
        let due = self.members.iter_mut().filter(|(_, member)| is_due(member));
        let (topic, member) = due.min_by_key(|(_, member)| member.serial)?;
        let reference = number(&mut self.next);
        member.phase = Phase::Asked(reference, now + self.settings.deadline);
        Some(text(Some(reference), reference, topic.as_str(), event::JOIN, &member.params()))
    }

    fn next_push(&mut self) -> Option<Message> {
        let (members, next) = (&self.members, self.next);
        let is_open = |topic: &Topic| members.get(topic).is_some_and(|member| member.join_ref().is_some());
        let pushed = self.pushes.send(next, self.settings.in_flight, is_open)?;
        number(&mut self.next);
        let join_ref = self.members.get(&pushed.topic).and_then(Member::join_ref);
        Some(match &pushed.payload {
            Payload::Json(json) => text(join_ref, next, pushed.topic.as_str(), &pushed.event, json.get()),
            Payload::Binary(bytes) => {
                let message = phoenix::Message {
                    join_ref: join_ref.map(|join_ref| join_ref.to_string().into()),
                    reference: Some(next.to_string().into()),
                    topic: pushed.topic.as_str().into(),
                    event: (&*pushed.event).into(),
                    payload: Payload::Binary(bytes.clone()),
                };
                Message::Binary(message.to_server().expect("its payload is bytes"))
            }
        })
    }

    /// When something is due, if nothing happens before; where nothing more can be sent for now, what is to be sent is not.
    pub(super) fn due(&self, can_send: bool) -> Option<Instant> {
        let can_send = can_send && self.online.is_some();
        let beat = self.online.and_then(|online| match online.asked {
            Some((_, until)) => Some(until),
            None => can_send.then_some(online.beat),
        });
        let members = self.members.values().filter_map(|member| match member.phase {
            Phase::Asked(_, until) => Some(until),
            Phase::Pausing(until) if can_send => Some(until),
            _ => None,
        });
        let firsts = self.members.values().filter_map(|member| member.first_until);
        let leaving = self.leaving.iter().map(|leaving| leaving.until);
        let end = match self.end {
            End::Closing(until) => until,
            End::Never | End::Now => None,
        };
        members.chain(firsts).chain(leaving).chain(beat).chain(end).chain(self.pushes.due()).min()
    }

    /// Does what is due. `random` is from 0 to 1.
    pub(super) fn tick(&mut self, now: Instant, random: f64) {
        self.pushes.expire(now);
        // What was left is left, answered or not.
        self.leaving.retain(|leaving| now < leaving.until);
        let is_late = |member: &Member| member.first_until.is_some_and(|until| until <= now);
        let late: Vec<Topic> = self
            .members
            .iter()
            .filter(|(_, member)| is_late(member))
            .map(|(topic, _)| topic.clone())
            .collect();
        for topic in late {
            let is_sent =
                self.members.get(&topic).is_some_and(|member| matches!(member.phase, Phase::Asked(..)));
            self.remove(&topic, &Error::timed_out(is_sent));
        }
        for (topic, member) in &mut self.members {
            if matches!(member.phase, Phase::Asked(_, until) if until <= now) {
                member.pause(now, random);
                self.pushes.interrupt(|other| other == topic);
            }
        }
    }

    /// What is next for whoever has the connection.
    pub(super) fn course(&self, now: Instant) -> Course {
        let is_done = match self.end {
            End::Never => false,
            End::Closing(until) => {
                (self.pushes.is_empty() && self.leaving.is_empty()) || until.is_some_and(|until| until <= now)
            }
            End::Now => true,
        };
        if is_done {
            return Course::End;
        }
        match self.online.and_then(|online| online.asked) {
            Some((_, until)) if until <= now => Course::Again("the server does not answer heartbeats"),
            _ => Course::On,
        }
    }

    /// A room is left, or lost.
    fn remove(&mut self, topic: &Topic, why: &Error) {
        if let Some(member) = self.members.remove(topic) {
            end(member, why);
            self.pushes.close(why, |other| other == topic);
        }
    }
}

/// Whoever waits for a room, or listens there, is told why it is over.
fn end(mut member: Member, why: &Error) {
    if let Some(first) = member.first.take() {
        let _ = first.send(Err(why.clone()));
    }
    member.inbox.end(Some(why.clone()));
}

fn number(next: &mut u64) -> u64 {
    *next += 1;
    *next - 1
}

fn text(join_ref: Option<u64>, reference: u64, topic: &str, event: &str, payload: &str) -> Message {
    let join_ref = join_ref.map(|join_ref| join_ref.to_string());
    Message::text(phoenix::text(join_ref.as_deref(), Some(&reference.to_string()), topic, event, payload))
}

fn backoff(settings: &Settings) -> Backoff {
    Backoff::new(settings.first_wait, settings.longest_wait)
}

/// A room's inbox, as large as the settings say.
fn inbox(settings: &Settings) -> Arc<super::inbox::Inbox> {
    Arc::new(super::inbox::Inbox::new(settings.inbox, settings.inbox_bytes))
}
