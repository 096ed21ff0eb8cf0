//! All that is counted, added up. It knows no clock: whoever tells it something tells when.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    time::{Duration, Instant},
};

use super::{
    ddsketch,
    group::{Calls, Group, Mark as _, Place, Seen, Tally},
    space_saving::SpaceSaving,
};

/// Consumers of a route that are told apart.
pub(super) const TOP: usize = 16;
/// Versions of an API that are counted apart: there are few, and a client makes none up.
const VERSIONS: usize = 64;

/// A request, as it is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    /// The number of its route, by [`Ledger::route`].
    pub(super) route: u32,
    pub(super) nanoseconds: u64,
    pub(super) is_error: bool,
    pub(super) at: Instant,
    /// Who has asked, where that is known.
    pub(super) consumer: Option<&'a str>,
}

/// What is counted.
#[derive(Debug)]
pub(super) struct Ledger {
    start: Instant,
    random: RandomState,
    pub(super) all: Group<Seen>,
    pub(super) consumers: SpaceSaving<Tally>,
    /// The number of each route that there is room for; the first one is of those beyond.
    numbers: BTreeMap<Name, u32>,
    pub(super) routes: Vec<Route>,
    /// For how many routes, and for how many consumers, of all and of each version.
    room: (usize, usize),
    pub(super) versions: BTreeMap<Box<str>, Group<Calls>>,
}

/// A route by its method, its template and the version of the API.
pub(super) type Name = (Box<str>, Box<str>, Option<Box<str>>);

#[derive(Debug)]
pub(super) struct Route {
    pub(super) name: Name,
    /// What was counted of it, from its first request on.
    pub(super) group: Option<Group<Seen>>,
}

impl Ledger {
    pub(super) fn new(routes: usize, consumers: usize, start: Instant) -> Self {
        let none = || Box::from("");
        Self {
            start,
            random: RandomState::new(),
            all: Group::new(TOP),
            consumers: SpaceSaving::new(consumers),
            numbers: BTreeMap::new(),
            routes: vec![Route { name: (none(), none(), None), group: None }],
            room: (routes, consumers),
            versions: BTreeMap::new(),
        }
    }

    /// The number of a route: always the same one. Beyond the room that there is, it is that of all others.
    pub(super) fn route(&mut self, name: &Name) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if self.routes.len() > self.room.0 {
            return 0;
        }
        let number = self.routes.len() as u32;
        self.routes.push(Route { name: name.clone(), group: None });
        self.numbers.insert(name.clone(), number);
        number
    }

    pub(super) fn add(&mut self, event: &Event<'_>) {
        let place =
            Place { second: self.up(event.at).as_secs(), bucket: ddsketch::bucket(event.nanoseconds) };
        let hash = event.consumer.map_or(0, |consumer| self.random.hash_one(consumer));
        self.all.add(event, place, hash);
        if let Some(consumer) = event.consumer {
            self.consumers.count(hash, consumer).mark(event, place);
        }
        let Some(route) = self.routes.get_mut(event.route as usize) else { return };
        route.group.get_or_insert_with(|| Group::new(TOP)).add(event, place, hash);
        if let Some(version) = &route.name.2 {
            let has_room = self.versions.len() < VERSIONS;
            if has_room && !self.versions.contains_key(version) {
                self.versions.insert(version.clone(), Group::new(self.room.1));
            }
            if let Some(group) = self.versions.get_mut(version) {
                group.add(event, place, hash);
            }
        }
    }

    /// For how long it was counted.
    pub(super) fn up(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }
}
