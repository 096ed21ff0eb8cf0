//! What is answered to a question about usage.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::{
    group::{Group, Mark},
    ledger::{Ledger, Route},
    question::{Of, Question, Unclear},
    report::Figures,
    space_saving::Entry,
};

/// An answer about usage. Shown, it is a table; as JSON it is what the admin listener and `tsk metrics usage --json` give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// For how many seconds it was counted.
    pub seconds: f64,
    /// The window in seconds that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<u64>,
    /// About how many different consumers there were since the start, of what was asked about. None where that is one consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<u64>,
    /// Requests of whom nobody knows who has sent them, since the start. None where it is about one consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<u64>,
    /// How many rows there are in all.
    pub total: usize,
    /// The `offset` of the next rows, where there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
    /// Those with the most requests first: in the window, where one was asked for and that is kept, or else since the start.
    pub rows: Vec<Row>,
}

/// A consumer, a route or a version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Row {
    /// The identifier of the consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// The method of the route; `*` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The template of the route; empty for requests that match none, and for routes beyond the room that there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Requests since the start: never fewer than there were.
    pub requests: u64,
    /// By how many that may be too high.
    pub excess: u64,
    /// How long ago there was the last.
    pub seconds_ago: f64,
    /// Requests in the window, where that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<InWindow>,
    /// What else is known since the start, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

/// Requests in a window. They are counted in slices, of ten seconds for the last five minutes, of five minutes for the last hour, of
/// an hour for the last day, and of a day; for consumers of a version, of an hour and of a day. Of the oldest slice there is as much as
/// is within the window, as if its requests had come evenly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InWindow {
    /// Requests.
    pub requests: u64,
    /// Those of them that ended in a status from 400 on, or broke off.
    pub errors: u64,
}

/// A row, and what is told of it if it is on the page that was asked for.
type Found<'l> = (Row, Box<dyn Fn() -> Option<Figures> + 'l>);

/// When, and how long ago counts.
#[derive(Clone, Copy)]
struct Moment {
    now: Instant,
    up: Duration,
    window: Option<u64>,
}

impl Ledger {
    pub(super) fn answer(&self, question: &Question, now: Instant) -> Result<Answer, Unclear> {
        question.check()?;
        let window = question.window.map(|window| window.as_secs());
        let moment = Moment { now, up: self.up(now), window };
        let routes = self.chosen(question)?;
        let mut found = match question.of {
            Of::Consumers => self.of_consumers(question, &routes, moment),
            Of::Routes => of_routes(question, &routes, moment),
            Of::Versions => self.of_versions(question, moment),
        };
        found.retain(|(row, _)| window.is_none_or(|window| row.seconds_ago <= window as f64));
        let key = |row: &Row| row.window.map_or(row.requests, |window| window.requests);
        found.sort_by_key(|(row, _)| Reverse(key(row)));
        let (total, end) = (found.len(), question.offset.saturating_add(question.limit));
        let page = found.into_iter().skip(question.offset).take(question.limit);
        let (unique, anonymous) = self.crowd(question, &routes).unzip();
        Ok(Answer {
            seconds: moment.up.as_secs_f64(),
            window_seconds: window,
            unique,
            anonymous,
            total,
            next: (end < total).then_some(end),
            rows: page.map(|(row, figures)| Row { figures: figures(), ..row }).collect(),
        })
    }

    /// The routes that it is about, those of which there were requests.
    fn chosen(&self, question: &Question) -> Result<Vec<&Route>, Unclear> {
        let versions = self.routes.iter().filter_map(|route| route.name.2.as_deref());
        if let Some(version) = &question.version {
            let mut known: Vec<_> = versions.map(str::to_owned).collect();
            known.sort_unstable();
            known.dedup();
            if !known.contains(version) {
                return Err(Unclear::Version(version.clone(), known));
            }
        }
        let is_named = |route: &&Route| question.route.as_ref().is_none_or(|name| route.is_called(name));
        if let Some(name) = &question.route
            && !self.routes.iter().any(|route| is_named(&route))
        {
            return Err(Unclear::Route(name.clone()));
        }
        let is_of = |route: &&Route| {
            question.version.is_none() || question.version.as_deref() == route.name.2.as_deref()
        };
        Ok(self.routes.iter().filter(is_named).filter(is_of).filter(|route| route.group.is_some()).collect())
    }

    fn of_consumers<'l>(
        &'l self,
        question: &Question,
        routes: &[&'l Route],
        moment: Moment,
    ) -> Vec<Found<'l>> {
        let is_asked = |name: &str| question.consumer.as_ref().is_none_or(|asked| asked == name);
        let row = |entry: &Entry<_>| moment.consumer(entry);
        match (&question.route, &question.version) {
            (None, None) => {
                let consumers = self.consumers.top().into_iter().filter(|entry| is_asked(&entry.name));
                let figures = |entry: &'l Entry<super::group::Tally>| {
                    Box::new(move || Some(entry.value.figures(moment.up))) as _
                };
                consumers.map(|entry| (moment.consumer(entry), figures(entry))).collect()
            }
            (None, Some(version)) => {
                let consumers =
                    self.versions.get(&**version).map(|group| group.top.top()).unwrap_or_default();
                let consumers = consumers.into_iter().filter(|entry| is_asked(&entry.name));
                consumers.map(|entry| plain(moment.consumer(entry))).collect()
            }
            (Some(_), _) => {
                let mut merged: BTreeMap<&str, Row> = BTreeMap::new();
                for route in routes {
                    let top = route.group.iter().flat_map(|group| group.top.top());
                    for entry in top.filter(|entry| is_asked(&entry.name)) {
                        let row = row(entry);
                        merged.entry(&entry.name).and_modify(|known| known.merge(&row)).or_insert(row);
                    }
                }
                merged.into_values().map(plain).collect()
            }
        }
    }

    fn of_versions<'l>(&'l self, question: &Question, moment: Moment) -> Vec<Found<'l>> {
        let is_asked = |name: &str| question.version.as_deref().is_none_or(|asked| asked == name);
        let versions = self.versions.iter().map(|(name, group)| (&**name, group));
        let row = |(name, group): (&str, &'l Group<_>)| {
            let (row, figures) = moment.group(group, question.consumer.as_deref())?;
            Some((Row { version: Some(name.to_owned()), ..row }, figures))
        };
        versions.filter(|(name, _)| is_asked(name)).filter_map(row).collect()
    }

    /// About how many consumers there are of what was asked about, and how many requests are of nobody.
    fn crowd(&self, question: &Question, routes: &[&Route]) -> Option<(u64, u64)> {
        match (&question.consumer, &question.route, &question.version) {
            (Some(_), _, _) => None,
            (None, None, None) => Some((self.all.unique.estimate(), self.all.anonymous)),
            (None, None, Some(version)) => {
                let group = self.versions.get(&**version);
                Some(group.map_or((0, 0), |group| (group.unique.estimate(), group.anonymous)))
            }
            (None, Some(_), _) => {
                let groups = || routes.iter().filter_map(|route| route.group.as_ref());
                let mut all = super::hyperloglog::HyperLogLog::new();
                groups().for_each(|group| all.merge(&group.unique));
                Some((all.estimate(), groups().map(|group| group.anonymous).sum()))
            }
        }
    }
}

fn of_routes<'l>(question: &Question, routes: &[&'l Route], moment: Moment) -> Vec<Found<'l>> {
    let row = |route: &&'l Route| {
        let (row, figures) = moment.group(route.group.as_ref()?, question.consumer.as_deref())?;
        let (method, template, version) = route.name.clone();
        let (method, template) = (Some(method.into()), Some(template.into()));
        Some((Row { method, route: template, version: version.map(Into::into), ..row }, figures))
    };
    routes.iter().filter_map(row).collect()
}

/// One of which no more is known.
fn plain<'l>(row: Row) -> Found<'l> {
    (row, Box::new(|| None))
}

impl Moment {
    fn consumer<T: Mark>(self, entry: &Entry<T>) -> Row {
        Row {
            consumer: Some(entry.name.clone()),
            requests: entry.count,
            excess: entry.excess,
            seconds_ago: entry.value.seen().ago(self.now),
            window: self.within(&entry.value),
            ..Row::default()
        }
    }

    /// All requests of a group, or those of a consumer, if it is known there.
    fn group<'l, T: Mark>(self, group: &'l Group<T>, consumer: Option<&str>) -> Option<Found<'l>> {
        if let Some(consumer) = consumer {
            let entry = group.top.top().into_iter().find(|entry| entry.name == consumer)?;
            return Some(plain(Row { consumer: None, ..self.consumer(entry) }));
        }
        let Group { tally, .. } = group;
        let row = Row {
            requests: tally.requests,
            seconds_ago: tally.seen.ago(self.now),
            window: self.within(tally),
            ..Row::default()
        };
        Some((row, Box::new(move || Some(tally.figures(self.up)))))
    }

    fn within(self, marked: &impl Mark) -> Option<InWindow> {
        let (requests, errors) = marked.window(self.window?, self.up.as_secs())?;
        Some(InWindow { requests, errors })
    }
}

impl Row {
    /// The same consumer, of another method or version of a route.
    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.excess += other.excess;
        self.seconds_ago = self.seconds_ago.min(other.seconds_ago);
    }
}

impl Route {
    /// By its template, or by its method and that.
    fn is_called(&self, name: &str) -> bool {
        let (method, template, _) = &self.name;
        match name.split_once(' ') {
            Some((asked, rest)) => (**method == *asked || **method == *"*") && rest == &**template,
            None => name == &**template,
        }
    }
}
