//! All that is counted, added up. It knows no clock: whoever tells it something tells when.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    time::{Duration, Instant},
};

use super::{
    ddsketch::DdSketch,
    hyperloglog::HyperLogLog,
    rate::{Rate, SLICE},
    report::{Consumer, Figures, OfRoute, OfVersion, Report},
    space_saving::{Entry, Reset, SpaceSaving},
};

/// Consumers of a route or a version that are told apart.
const TOP: usize = 16;
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
    all: Group,
    consumers: SpaceSaving<Tally>,
    /// The number of each route that there is room for; the first one is of those beyond.
    numbers: BTreeMap<Name, u32>,
    routes: Vec<Route>,
    room: usize,
    versions: BTreeMap<Box<str>, Group>,
}

/// A route by its method, its template and the version of the API.
pub(super) type Name = (Box<str>, Box<str>, Option<Box<str>>);

#[derive(Debug)]
struct Route {
    name: Name,
    /// What was counted of it, from its first request on.
    group: Option<Group>,
}

/// Requests that have something in common.
#[derive(Debug)]
struct Group {
    tally: Tally,
    unique: HyperLogLog,
    top: SpaceSaving<Seen>,
    anonymous: u64,
}

/// How many there were, how they ended, how long they took.
#[derive(Debug)]
struct Tally {
    requests: u64,
    errors: u64,
    sketch: DdSketch,
    rate: Rate,
    seen: Seen,
}

/// When there was the last.
#[derive(Debug, Clone, Copy, Default)]
struct Seen(Option<Instant>);

impl Reset for Seen {
    fn reset(&mut self) {
        self.0 = None;
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self { requests: 0, errors: 0, sketch: DdSketch::new(), rate: Rate::default(), seen: Seen::default() }
    }
}

impl Reset for Tally {
    fn reset(&mut self) {
        (self.requests, self.errors) = (0, 0);
        self.sketch.clear();
        (self.rate, self.seen) = Default::default();
    }
}

impl Tally {
    fn add(&mut self, event: &Event<'_>, slice: u64) {
        self.requests += 1;
        self.errors += u64::from(event.is_error);
        self.sketch.record(event.nanoseconds);
        self.rate.add(slice);
        self.seen = Seen(Some(event.at));
    }

    fn figures(&self, slice: u64, up: Duration) -> Figures {
        let quantile = |share| self.sketch.quantile(share).map(|duration| duration.as_secs_f64());
        Figures {
            requests: self.requests,
            errors: self.errors,
            per_second: self.rate.per_second(slice, up.as_secs_f64()),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
        }
    }
}

impl Group {
    fn new() -> Self {
        let (tally, top) = (Tally::default(), SpaceSaving::new(TOP));
        Self { tally, unique: HyperLogLog::new(), top, anonymous: 0 }
    }

    fn add(&mut self, event: &Event<'_>, slice: u64, hash: u64) {
        self.tally.add(event, slice);
        match event.consumer {
            Some(consumer) => {
                self.unique.insert(hash);
                *self.top.count(hash, consumer) = Seen(Some(event.at));
            }
            None => self.anonymous += 1,
        }
    }

    fn top(&self, now: Instant) -> Vec<Consumer> {
        let consumer = |entry: &Entry<Seen>| Consumer {
            id: entry.name.clone(),
            requests: entry.count,
            excess: entry.excess,
            seconds_ago: ago(entry.value, now),
            figures: None,
        };
        self.top.top().into_iter().map(consumer).collect()
    }
}

fn ago(seen: Seen, now: Instant) -> f64 {
    seen.0.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64())
}

impl Ledger {
    pub(super) fn new(room: usize, consumers: usize, start: Instant) -> Self {
        let none = || Box::from("");
        Self {
            start,
            random: RandomState::new(),
            all: Group::new(),
            consumers: SpaceSaving::new(consumers),
            numbers: BTreeMap::new(),
            routes: vec![Route { name: (none(), none(), None), group: None }],
            room,
            versions: BTreeMap::new(),
        }
    }

    /// The number of a route: always the same one. Beyond the room that there is, it is that of all others.
    pub(super) fn route(&mut self, name: &Name) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if self.routes.len() > self.room {
            return 0;
        }
        let number = self.routes.len() as u32;
        self.routes.push(Route { name: name.clone(), group: None });
        self.numbers.insert(name.clone(), number);
        number
    }

    pub(super) fn add(&mut self, event: &Event<'_>) {
        let slice = self.slice(event.at);
        let hash = event.consumer.map_or(0, |consumer| self.random.hash_one(consumer));
        self.all.add(event, slice, hash);
        if let Some(consumer) = event.consumer {
            self.consumers.count(hash, consumer).add(event, slice);
        }
        let Some(route) = self.routes.get_mut(event.route as usize) else { return };
        route.group.get_or_insert_with(Group::new).add(event, slice, hash);
        if let Some(version) = &route.name.2 {
            let has_room = self.versions.len() < VERSIONS;
            if has_room && !self.versions.contains_key(version) {
                self.versions.insert(version.clone(), Group::new());
            }
            if let Some(group) = self.versions.get_mut(version) {
                group.add(event, slice, hash);
            }
        }
    }

    fn slice(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.start).as_secs() / SLICE
    }

    pub(super) fn report(&self, now: Instant) -> Report {
        let (slice, up) = (self.slice(now), now.saturating_duration_since(self.start));
        let consumer = |entry: &Entry<Tally>| Consumer {
            id: entry.name.clone(),
            requests: entry.count,
            excess: entry.excess,
            seconds_ago: ago(entry.value.seen, now),
            figures: Some(entry.value.figures(slice, up)),
        };
        let route = |route: &Route| {
            let group = route.group.as_ref()?;
            let (method, template, version) = route.name.clone();
            Some(OfRoute {
                method: method.into(),
                route: template.into(),
                version: version.map(Into::into),
                figures: group.tally.figures(slice, up),
                anonymous: group.anonymous,
                consumers: group.unique.estimate(),
                top: group.top(now),
            })
        };
        let version = |name: &str, group: &Group| OfVersion {
            version: name.to_owned(),
            figures: group.tally.figures(slice, up),
            anonymous: group.anonymous,
            consumers: group.unique.estimate(),
            top: group.top(now),
        };
        Report {
            seconds: up.as_secs_f64(),
            all: self.all.tally.figures(slice, up),
            anonymous: self.all.anonymous,
            unique: self.all.unique.estimate(),
            consumers: self.consumers.top().into_iter().map(consumer).collect(),
            versions: self.versions.iter().map(|(name, group)| version(name, group)).collect(),
            routes: self.routes.iter().filter_map(route).collect(),
        }
    }
}
