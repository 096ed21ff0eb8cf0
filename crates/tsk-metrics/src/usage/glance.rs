//! What there is to see of usage: all of it, or as much as fits on a page.

use std::{
    cmp::Reverse,
    time::{Duration, Instant},
};

use super::{
    group::{Group, Mark, Tally},
    ledger::{Ledger, Route, TOP},
    report::{Consumer, OfRoute, OfVersion, Report},
    space_saving::Entry,
};

/// Consumers of a route or a version that a page has room for.
const MOSTLY: usize = 5;

impl Ledger {
    /// Of consumers and routes the `most` that ask and are asked most, of those that have `search` in their name.
    pub(super) fn report(&self, most: usize, search: &str, now: Instant) -> Report {
        let up = self.up(now);
        let top = if most == usize::MAX { TOP } else { MOSTLY };
        let search = search.to_lowercase();
        let has = |text: &str| search.is_empty() || text.to_lowercase().contains(&search);
        let consumers = self.consumers.top().into_iter().filter(|entry| has(&entry.name)).take(most);
        let mut routes: Vec<_> =
            self.routes.iter().filter_map(|route| Some((route, route.group.as_ref()?))).collect();
        let routes_with_requests = routes.len();
        routes.retain(|(route, _)| has(&route.text()));
        // Percentiles, which take time, are told of as many as are shown.
        routes.sort_by_key(|(_, group)| Reverse(group.tally.busyness(up)));
        routes.truncate(most);
        let versions = self.versions.iter().filter(|(name, _)| has(name));
        Report {
            seconds: up.as_secs_f64(),
            all: self.all.tally.figures(up),
            anonymous: self.all.anonymous,
            unique: self.all.unique.estimate(),
            consumers: consumers.map(|entry| consumer(entry, up, now)).collect(),
            versions: versions.map(|(name, group)| version(name, group, top, up, now)).collect(),
            routes: routes.into_iter().map(|(route, group)| route.told(group, top, up, now)).collect(),
            routes_with_requests,
        }
    }
}

fn consumer(entry: &Entry<Tally>, up: Duration, now: Instant) -> Consumer {
    Consumer {
        id: entry.name.clone(),
        requests: entry.count,
        excess: entry.excess,
        seconds_ago: entry.value.seen.ago(now),
        figures: Some(entry.value.figures(up)),
    }
}

fn version<T: Mark>(name: &str, group: &Group<T>, top: usize, up: Duration, now: Instant) -> OfVersion {
    OfVersion {
        version: name.to_owned(),
        figures: group.tally.figures(up),
        anonymous: group.anonymous,
        consumers: group.unique.estimate(),
        top: group.top(top, now),
    }
}

impl Route {
    /// `GET /users/{id} v1`.
    fn text(&self) -> String {
        let (method, template, version) = &self.name;
        format!("{method} {template} {}", version.as_deref().unwrap_or_default())
    }

    fn told<T: Mark>(&self, group: &Group<T>, top: usize, up: Duration, now: Instant) -> OfRoute {
        let (method, template, version) = self.name.clone();
        OfRoute {
            method: method.into(),
            route: template.into(),
            version: version.map(Into::into),
            figures: group.tally.figures(up),
            anonymous: group.anonymous,
            consumers: group.unique.estimate(),
            top: group.top(top, now),
        }
    }
}
