//! A room in which somebody is, or of which something is kept.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    history::{Gap, History, Missed, Position},
    packet::{Packet, Status},
    phoenix::{Payload, event},
    presence::{Meta, Presence},
    queue::{Entry, Lane},
    recent::{Done, Name, Recent},
    registry::Connection,
    settings::Settings,
    topic::Topic,
    turn::Deciding,
};

/// How often at most those in a room are told who came and went.
pub(crate) const DIFF_INTERVAL: Duration = Duration::from_millis(100);

/// A room.
#[derive(Debug)]
pub(crate) struct Live {
    topic: Topic,
    settings: Arc<Settings>,
    /// Of how many declarations in turn these are the settings.
    generation: u64,
    members: HashMap<u64, Member>,
    history: History<Packet>,
    presence: Presence,
    recent: Recent,
    deciding: Deciding,
    told: Option<Instant>,
    since: Instant,
}

#[derive(Debug)]
struct Member {
    connection: Arc<Connection>,
    lane: Lane,
    join_ref: Option<Box<str>>,
    key: Option<Box<str>>,
}

/// How somebody comes in.
#[derive(Debug)]
pub(crate) struct Entering<'a> {
    pub(crate) connection: &'a Arc<Connection>,
    pub(crate) join_ref: Option<&'a str>,
    /// What is to be answered; nobody is answered who has not asked.
    pub(crate) reference: Option<&'a str>,
    pub(crate) resume: Resume,
    /// What the answer says beside where the room has got to.
    pub(crate) response: Meta,
    /// As whom it is seen to be there, and what is said of it.
    pub(crate) presence: Option<(Box<str>, Meta)>,
}

/// What somebody wants to hear of what was said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Resume {
    /// Nothing.
    #[default]
    Nothing,
    /// The last so many messages.
    Latest(usize),
    /// What came after that.
    Since(Position),
    /// What came after something that nobody knows any more.
    Lost,
}

/// Why somebody may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// There are as many as may be.
    Full,
    /// It is there as often as it may be.
    TooOften,
}

/// Something that is to be said.
#[derive(Debug)]
pub(crate) struct Saying<'a> {
    pub(crate) event: &'a str,
    pub(crate) payload: &'a Payload<'a>,
    /// What it says the latest of.
    pub(crate) key: Option<Arc<str>>,
    /// Who is not told.
    pub(crate) except: Option<u64>,
}

impl Live {
    pub(crate) fn new(
        topic: Topic,
        (settings, generation): (Arc<Settings>, u64),
        position: Position,
        now: Instant,
    ) -> Self {
        let history = History::resumed(position, settings.history);
        let recent = Recent::new(settings.remembered, settings.remembered_for);
        let (members, presence, deciding) = (HashMap::new(), Presence::default(), Deciding::default());
        Self {
            topic,
            settings,
            generation,
            members,
            history,
            presence,
            recent,
            deciding,
            told: None,
            since: now,
        }
    }

    /// Has other settings hold from now on, if they are of a later declaration. What was said and who is there stays.
    pub(crate) fn follow(&mut self, settings: &Arc<Settings>, generation: u64) {
        if generation > self.generation {
            self.history.limit(settings.history);
            self.recent.limit(settings.remembered, settings.remembered_for);
            (self.settings, self.generation) = (Arc::clone(settings), generation);
        }
    }

    /// Lets somebody in, and tells it what it has missed and who is there.
    pub(crate) fn enter(&mut self, entering: Entering<'_>, now: Instant) -> Result<(), Closed> {
        let Entering { connection, join_ref, reference, resume, response, presence } = entering;
        if self.members.len() >= self.settings.members {
            return Err(Closed::Full);
        }
        if let (Some(user), cap @ 1..) = (&connection.user, self.settings.per_user) {
            let same = self.members.values().filter(|member| member.connection.user.as_ref() == Some(user));
            if same.count() >= cap {
                return Err(Closed::TooOften);
            }
        }
        let (mailbox, position) = (&connection.mailbox, self.history.position());
        let lane = mailbox.open(&self.topic, position.epoch, self.settings.queue, self.settings.slow);
        if let Some(reference) = reference {
            let response = self.welcome(response);
            let packet = Packet::reply(join_ref, reference, self.topic.as_str(), Status::Ok, &response);
            mailbox.put(lane, packet);
        }
        self.tell_missed(connection, lane, resume, now);
        let key = presence.and_then(|(key, meta)| {
            let has_room = self.presence.len() < self.settings.present;
            has_room.then(|| self.presence.enter(&key, connection.id, meta)).map(|()| key)
        });
        if self.settings.has_presence {
            let state = self.presence.state();
            mailbox.put(lane, Packet::push(join_ref, self.topic.as_str(), event::PRESENCE_STATE, &state));
        }
        let connection = Arc::clone(connection);
        let member = Member { lane, join_ref: join_ref.map(Into::into), key, connection };
        self.members.insert(member.connection.id, member);
        Ok(())
    }

    /// The answer to a join: where the room has got to, beside what else there is to say.
    fn welcome(&self, mut response: Meta) -> Payload<'static> {
        if self.history.is_kept() {
            let Position { epoch, offset } = self.history.position();
            response.insert("history".into(), json!({ "epoch": epoch.to_string(), "offset": offset }));
        }
        Payload::of(&response).expect("an object can be written")
    }

    fn tell_missed(&mut self, connection: &Connection, lane: Lane, resume: Resume, now: Instant) {
        if !self.history.is_kept() {
            return;
        }
        let mut missed = match resume {
            Resume::Nothing => return,
            Resume::Latest(count) => Missed { gap: None, messages: self.history.latest(count, now) },
            Resume::Since(position) => self.history.since(position, now),
            Resume::Lost => self.history.all(now),
        };
        self.fit(&mut missed);
        let position = self.history.position();
        let Missed { gap, messages } = missed;
        if let Some(gap) = gap {
            connection.mailbox.put(lane, Packet::gap(&self.topic, position, gap));
        }
        for (offset, packet) in messages {
            let bytes = packet.len();
            connection
                .mailbox
                .put_entry(lane, Entry { item: packet, bytes, offset: Some(offset), key: None });
        }
    }

    /// Has what somebody missed take half of what may wait for it at most: it would be too slow as soon as it is there otherwise.
    fn fit(&self, missed: &mut Missed<Packet>) {
        let mut bytes = 0;
        let fitting = missed.messages.iter().rev().take_while(|(_, packet)| {
            bytes += packet.len();
            bytes <= self.settings.queue / 2
        });
        let lost = missed.messages.len() - fitting.count();
        if let Some((to, _)) = missed.messages.drain(..lost).next_back() {
            let first = to + 1 - u64::try_from(lost).unwrap_or(u64::MAX);
            let from = missed.gap.map_or(Some(first), |gap| gap.from);
            missed.gap = Some(Gap { from, to });
        }
    }

    /// Somebody leaves. `false` if it was not there.
    pub(crate) fn leave(&mut self, connection: &Connection) -> bool {
        let Some(member) = self.members.remove(&connection.id) else { return false };
        connection.mailbox.close_lane(member.lane);
        if let Some(key) = &member.key {
            self.presence.leave(key, connection.id);
        }
        true
    }

    /// Closes the room to those to whom it is closed, and says so to them. It gives who has something to be sent now.
    pub(crate) fn expel(&mut self, is_closed: impl Fn(&Connection) -> bool) -> Vec<Arc<Connection>> {
        let closed = self.members.values().filter(|member| is_closed(&member.connection));
        let closed: Vec<_> = closed.map(|one| (Arc::clone(&one.connection), one.join_ref.clone())).collect();
        let expelled = closed.into_iter().map(|(connection, join_ref)| {
            self.leave(&connection);
            connection.mailbox.put(Lane::CONNECTION, Packet::close(join_ref.as_deref(), &self.topic));
            connection
        });
        expelled.collect()
    }

    /// Whether somebody is there.
    pub(crate) fn has(&self, connection: &Connection) -> bool {
        self.members.contains_key(&connection.id)
    }

    /// What is said of somebody who is seen to be there becomes this.
    pub(crate) fn restate(&mut self, connection: &Connection, meta: Meta) -> bool {
        let Some(Member { key: Some(key), .. }) = self.members.get(&connection.id) else { return false };
        self.presence.enter(key, connection.id, meta);
        true
    }

    /// What became of a message, if it was sent before.
    pub(crate) fn known(&mut self, name: &Name, now: Instant) -> Option<Done> {
        self.recent.get(name, now).cloned()
    }

    /// Remembers what became of a message.
    pub(crate) fn remember(&mut self, name: Name, done: Done, now: Instant) {
        self.recent.insert(name, done, now);
    }

    /// What code is deciding of.
    pub(crate) fn deciding(&mut self) -> &mut Deciding {
        &mut self.deciding
    }

    /// What the sender of a message is told of it, unless it is told something else.
    pub(crate) fn response(&self, done: &Done, is_duplicate: bool) -> Payload<'static> {
        let mut response = Meta::new();
        if let Some(offset) = done.offset.filter(|_| self.history.is_kept()) {
            response.insert("offset".into(), offset.into());
        }
        if is_duplicate {
            response.insert("duplicate".into(), true.into());
        }
        Payload::of(&response).expect("an object can be written")
    }

    /// Says something to everybody. Whoever said it is to be answered before anything else can be said.
    ///
    /// It gives the offset of it, and who has something to be sent now: with the room no longer locked.
    pub(crate) fn say(&mut self, saying: &Saying<'_>, now: Instant) -> (u64, Vec<Arc<Connection>>) {
        let Saying { event, payload, ref key, except } = *saying;
        let Position { epoch, offset } = self.history.position();
        let position = Position { epoch, offset: offset + 1 };
        let packet =
            Packet::broadcast(&self.topic, event, payload, self.history.is_kept().then_some(position));
        let bytes = packet.len();
        let offset = self.history.push(packet.clone(), bytes, now);
        let told = self.members.values().filter(|member| Some(member.connection.id) != except);
        let told = told.map(|member| {
            let entry = Entry { item: packet.clone(), bytes, offset: Some(offset), key: key.clone() };
            member.connection.mailbox.put_entry(member.lane, entry);
            Arc::clone(&member.connection)
        });
        (offset, told.collect())
    }

    /// Says something to the connections of one who is there. It is not kept.
    pub(crate) fn whisper(&self, user: &str, event: &str, payload: &Payload<'_>) -> Vec<Arc<Connection>> {
        let packet = Packet::broadcast(&self.topic, event, payload, None);
        let is_told = |member: &&Member| member.connection.user.as_ref().is_some_and(|one| one.id() == user);
        let told = self.members.values().filter(is_told).map(|member| {
            member.connection.mailbox.put(member.lane, packet.clone());
            Arc::clone(&member.connection)
        });
        told.collect()
    }

    /// Tells who came and went, where there is something to tell and that was not just done. It gives who has something to be
    /// sent now.
    pub(crate) fn tell_presence(&mut self, now: Instant) -> Vec<Arc<Connection>> {
        let is_early = self.told.is_some_and(|told| now.saturating_duration_since(told) < DIFF_INTERVAL);
        if is_early || !self.settings.has_presence {
            return Vec::new();
        }
        let Some(diff) = self.presence.take_diff() else { return Vec::new() };
        self.told = Some(now);
        let packet = Packet::push(None, self.topic.as_str(), event::PRESENCE_DIFF, &diff);
        let told = self.members.values().map(|member| {
            member.connection.mailbox.put(member.lane, packet.clone());
            Arc::clone(&member.connection)
        });
        told.collect()
    }

    /// Whether somebody has yet to be told who came and went.
    pub(crate) fn owes_presence(&self) -> bool {
        self.settings.has_presence && self.presence.has_changed() && !self.members.is_empty()
    }

    /// Whether there is nothing that anybody could come back to: neither what was said, nor what is not to be done again.
    pub(crate) fn is_over(&mut self, now: Instant) -> bool {
        let (is_kept, is_remembered) = (self.history.forget(now), self.recent.forget(now));
        self.members.is_empty() && !is_kept && !is_remembered
    }

    /// Where it has got to, if somebody may ask for what came after that.
    pub(crate) fn position(&self) -> Option<Position> {
        self.history.is_kept().then(|| self.history.position())
    }

    /// Whether nobody is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The answer to what somebody there has sent. `false` if it is not there.
    pub(crate) fn answer(
        &self,
        connection: &Connection,
        reference: &str,
        status: Status,
        response: &Payload<'_>,
    ) -> bool {
        let Some(member) = self.members.get(&connection.id) else { return false };
        let join_ref = member.join_ref.as_deref();
        let packet = Packet::reply(join_ref, reference, self.topic.as_str(), status, response);
        connection.mailbox.put(member.lane, packet);
        true
    }

    /// What there is to say of it to an operator.
    pub(crate) fn info(&self) -> super::admin::RoomInfo {
        super::admin::RoomInfo {
            topic: self.topic.to_string(),
            members: self.members.len(),
            epoch: self.history.position().epoch.to_string(),
            offset: self.history.position().offset,
            kept: self.history.len(),
            kept_bytes: self.history.bytes(),
            age_seconds: self.since.elapsed().as_secs(),
        }
    }

    /// Who is there.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.members.values().map(|member| &member.connection)
    }
}
