//! All rooms, and all who are connected.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak},
    time::Instant,
};

use super::{
    Inner,
    admin::{MemberInfo, RoomInfo},
    ended::Ended,
    history::{Epoch, Position},
    live::{Live, Saying},
    phoenix::Payload,
    registry::{Caps, Connection, Crowded, Registry, Transport, User},
    settings::Settings,
    topic::Topic,
};

/// All rooms, and all who are connected, under one declaration.
#[derive(Debug)]
pub(crate) struct Hub {
    shared: Arc<Shared>,
    caps: Caps,
    most: usize,
    /// How many declarations there have been before. Of two, what the later one says holds.
    generation: u64,
}

/// What is the same under whatever declaration comes next.
#[derive(Debug, Default)]
struct Shared {
    registry: Registry,
    rooms: RwLock<All>,
    /// Rooms in which somebody has yet to be told who came and went.
    owing: Mutex<HashSet<Topic>>,
    /// The latest declaration, for as long as there is one.
    latest: Mutex<Weak<Inner>>,
}

#[derive(Debug, Default)]
struct All {
    open: HashMap<Topic, Slot>,
    ended: Ended,
}

/// A room. Where it is over, `None`: whoever has found it looks again.
pub(crate) type Slot = Arc<Mutex<Option<Live>>>;

/// There are as many rooms as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Hub {
    /// The rooms of another are these too.
    pub(crate) fn new(caps: Caps, most: usize, former: Option<&Self>) -> Self {
        let shared = former.map(|former| Arc::clone(&former.shared)).unwrap_or_default();
        Self { shared, caps, most, generation: former.map_or(0, |former| former.generation + 1) }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.shared.registry
    }

    /// This declaration, whose hub this is, is the latest.
    pub(crate) fn hand_on(&self, own: &Arc<Inner>) {
        *self.latest() = Arc::downgrade(own);
    }

    /// The declaration that is in the place of this one, if another is.
    pub(crate) fn successor(&self) -> Option<Arc<Inner>> {
        let latest = self.latest().upgrade();
        latest.filter(|latest| latest.hub.generation > self.generation)
    }

    /// Lets somebody connect, with a mailbox of that size.
    pub(crate) fn connect(
        &self,
        user: Option<User>,
        client: Option<IpAddr>,
        transport: Transport,
        mailbox: usize,
    ) -> Result<Arc<Connection>, Crowded> {
        self.registry().enter(self.caps, user, client, transport, mailbox)
    }

    /// Does something with a room, which is made where there is none.
    pub(crate) fn with<R>(
        &self,
        topic: &Topic,
        settings: &Arc<Settings>,
        now: Instant,
        work: impl FnOnce(&mut Live) -> R,
    ) -> Result<R, TooMany> {
        loop {
            let slot = self.find(topic).map_or_else(|| self.make(topic, settings, now), Ok)?;
            if let Some(room) = &mut *locked(&slot) {
                room.follow(settings, self.generation);
                return Ok(work(room));
            }
        }
    }

    /// Does something with a room in which somebody is; `None` where it is not there.
    pub(crate) fn with_member<R>(
        &self,
        topic: &Topic,
        settings: &Arc<Settings>,
        member: &Connection,
        work: impl FnOnce(&mut Live) -> R,
    ) -> Option<R> {
        let slot = self.find(topic)?;
        let mut room = locked(&slot);
        let room = room.as_mut().filter(|room| room.has(member))?;
        room.follow(settings, self.generation);
        Some(work(room))
    }

    /// Does something with a room, if there is one.
    pub(crate) fn with_existing<R>(&self, topic: &Topic, work: impl FnOnce(&mut Live) -> R) -> Option<R> {
        let slot = self.find(topic)?;
        locked(&slot).as_mut().map(work)
    }

    /// Says something in a room, and has it sent. It gives the offset of it.
    pub(crate) fn say(
        &self,
        topic: &Topic,
        settings: &Arc<Settings>,
        saying: &Saying<'_>,
        now: Instant,
    ) -> Result<u64, TooMany> {
        let (offset, told) = self.with(topic, settings, now, |room| room.say(saying, now))?;
        flush(&told);
        Ok(offset)
    }

    /// Says something to the connections of one who is in a room. It gives how many.
    pub(crate) fn whisper(&self, topic: &Topic, user: &str, event: &str, payload: &Payload<'_>) -> usize {
        let told = self.with_existing(topic, |room| room.whisper(user, event, payload)).unwrap_or_default();
        flush(&told);
        told.len()
    }

    /// Somebody leaves a room.
    pub(crate) fn leave(&self, topic: &Topic, connection: &Connection, now: Instant) {
        self.with_existing(topic, |room| room.leave(connection));
        self.tell_presence(topic, now);
        self.remove_if_over(topic, now);
    }

    /// Closes rooms to those to whom they are closed.
    pub(crate) fn close_to(&self, now: Instant, is_closed: impl Fn(&Topic, &Connection) -> bool) {
        let topics: Vec<Topic> = self.read().open.keys().cloned().collect();
        for topic in topics {
            let gone = self.with_existing(&topic, |room| room.expel(|member| is_closed(&topic, member)));
            let gone = gone.unwrap_or_default();
            if !gone.is_empty() {
                flush(&gone);
                self.tell_presence(&topic, now);
                self.remove_if_over(&topic, now);
            }
        }
    }

    /// Has those in a room told who came and went: now, or when that is due.
    pub(crate) fn tell_presence(&self, topic: &Topic, now: Instant) {
        let told = self.with_existing(topic, |room| {
            let told = room.tell_presence(now);
            if room.owes_presence() {
                self.owing().insert(topic.clone());
            }
            told
        });
        flush(&told.unwrap_or_default());
    }

    /// Tells who came and went where that is due.
    pub(crate) fn tick(&self, now: Instant) {
        let owing = std::mem::take(&mut *self.owing());
        owing.iter().for_each(|topic| self.tell_presence(topic, now));
    }

    /// Forgets rooms that are over.
    pub(crate) fn sweep(&self, now: Instant) {
        let topics: Vec<Topic> = self.read().open.keys().cloned().collect();
        topics.iter().for_each(|topic| self.remove_if_over(topic, now));
    }

    /// All rooms.
    pub(crate) fn list(&self) -> Vec<RoomInfo> {
        let slots: Vec<Slot> = self.read().open.values().cloned().collect();
        let mut rooms: Vec<RoomInfo> =
            slots.iter().filter_map(|slot| locked(slot).as_ref().map(Live::info)).collect();
        rooms.sort_by(|one, other| other.members.cmp(&one.members).then_with(|| one.topic.cmp(&other.topic)));
        rooms
    }

    /// How many rooms there are.
    pub(crate) fn len(&self) -> usize {
        self.read().open.len()
    }

    /// Who is in a room; `None` where there is no such room.
    pub(crate) fn members(&self, topic: &Topic) -> Option<Vec<MemberInfo>> {
        let members = self.with_existing(topic, |room| {
            room.members().map(|connection| MemberInfo::from(&**connection)).collect::<Vec<_>>()
        });
        members.map(|mut members| {
            members.sort_by_key(|member| member.connection);
            members
        })
    }

    fn find(&self, topic: &Topic) -> Option<Slot> {
        self.read().open.get(topic).cloned()
    }

    fn make(&self, topic: &Topic, settings: &Arc<Settings>, now: Instant) -> Result<Slot, TooMany> {
        let mut rooms = self.write();
        if let Some(slot) = rooms.open.get(topic) {
            return Ok(Arc::clone(slot));
        }
        if rooms.open.len() >= self.most && !rooms.make_room(self.most) {
            return Err(TooMany);
        }
        let new = || Position { epoch: Epoch(fastrand::u64(..)), offset: 0 };
        let position = rooms.ended.take(topic).unwrap_or_else(new);
        let settings = (Arc::clone(settings), self.generation);
        let slot = Arc::new(Mutex::new(Some(Live::new(topic.clone(), settings, position, now))));
        rooms.open.insert(topic.clone(), Arc::clone(&slot));
        metrics::gauge!("ws_rooms").set(count(rooms.open.len()));
        Ok(slot)
    }

    fn remove_if_over(&self, topic: &Topic, now: Instant) {
        let mut rooms = self.write();
        let Some(slot) = rooms.open.get(topic).map(Arc::clone) else { return };
        let room = &mut *locked(&slot);
        if room.as_mut().is_some_and(|room| room.is_over(now)) {
            rooms.end(topic, room.take(), self.most);
            metrics::gauge!("ws_rooms").set(count(rooms.open.len()));
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, All> {
        self.shared.rooms.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn latest(&self) -> MutexGuard<'_, Weak<Inner>> {
        self.shared.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn owing(&self) -> MutexGuard<'_, HashSet<Topic>> {
        self.shared.owing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, All> {
        self.shared.rooms.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl All {
    /// Forgets a room in which nobody is, whatever is kept of it: those who are somewhere come first.
    fn make_room(&mut self, most: usize) -> bool {
        let empty = self.open.iter().find_map(|(topic, slot)| {
            let mut room = slot.try_lock().ok()?;
            let is_empty = room.as_ref().is_none_or(Live::is_empty);
            is_empty.then(|| (topic.clone(), room.take()))
        });
        let Some((topic, room)) = empty else { return false };
        self.end(&topic, room, most);
        true
    }

    /// Forgets a room, but for where it has got to.
    fn end(&mut self, topic: &Topic, room: Option<Live>, most: usize) {
        if let Some(position) = room.and_then(|room| room.position()) {
            self.ended.put(topic, position, most);
        }
        self.open.remove(topic);
    }
}

/// Has what waits for them sent: with no room locked.
pub(crate) fn flush(told: &[Arc<Connection>]) {
    told.iter().for_each(|connection| connection.mailbox.flush());
}

fn locked(slot: &Slot) -> MutexGuard<'_, Option<Live>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
