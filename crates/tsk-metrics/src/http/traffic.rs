//! What is counted of all requests, by whichever service they went through.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use metrics::Histogram as Foreigner;

use super::{
    Foreign,
    method::{METHODS, VERSIONS},
    route::{Ending, Outcome, Route},
};
use crate::{
    Config,
    budget::Budget,
    catalogue,
    exposition::{Page, label},
    histogram::{Bounds, Histogram, Measure},
    latency::{Clock, Report, Tallies, Windows},
    registry::OVERFLOW,
    scrape::Desk,
    shard::{self, Here, Line},
};

/// A route by one method has two series for the sizes of bodies, and further ones for the ways in which requests end.
const SERIES_A_ROUTE: usize = 2;

/// What is counted of all requests. It outlives the services: where one takes another's place, the routes that both
/// have go on counting.
#[derive(Debug)]
pub(crate) struct Traffic {
    durations: Arc<Bounds>,
    sizes: Arc<Bounds>,
    budget: Arc<Budget>,
    limit: usize,
    /// Of each shard.
    lanes: Box<[Line<Lane>]>,
    routes: Mutex<Routes>,
    /// Whether a request has ended.
    is_counting: AtomicBool,
    outcomes: AtomicUsize,
    /// Whether it was said that there is no room.
    warned: Once,
    pub(super) overflow: Arc<Route>,
    overflow_outcome: Arc<Outcome>,
    /// Who has the windows looked after.
    desk: OnceLock<Weak<Desk>>,
    /// An instant, and what time it was.
    epoch: (Instant, u64),
}

#[derive(Debug)]
pub(super) struct Routes {
    /// By template and method.
    pub(super) present: BTreeMap<(Box<str>, &'static str), Arc<Route>>,
    /// What happened on routes that are no more.
    pub(super) past: Windows,
    pub(super) clock: Clock,
}

/// What each thread counts of every request, by method.
type Lane = [Passed; METHODS.len()];

/// How many requests passed. One may end on another thread than it began on: only the sum of all lanes says how many are active.
#[derive(Debug, Default)]
struct Passed {
    /// By version.
    begun: [AtomicU64; VERSIONS.len()],
    ended: AtomicU64,
}

impl Traffic {
    pub(crate) fn new(config: &Config, budget: Arc<Budget>, now: Instant) -> Self {
        let durations = Arc::new(Bounds::new(Measure::Time, &config.duration_buckets));
        let sizes = Arc::new(Bounds::new(Measure::Whole, &config.size_buckets));
        let duration = Histogram::new(Arc::clone(&durations));
        let foreign = Foreigner::noop();
        let overflow_outcome =
            Arc::new(Outcome { labels: OVERFLOW.into(), is_failed: false, duration, foreign });
        let overflow = Route::new("", "", &durations, &sizes, &overflow_outcome, false).overflow(OVERFLOW);
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            durations,
            sizes,
            budget,
            limit: config.max_series_per_metric,
            lanes: (0..shard::count()).map(|_| Line::default()).collect(),
            routes: Mutex::new(Routes {
                present: BTreeMap::new(),
                past: Windows::new(),
                clock: Clock::new(now),
            }),
            is_counting: AtomicBool::new(false),
            outcomes: AtomicUsize::new(0),
            warned: Once::new(),
            overflow: Arc::new(overflow),
            overflow_outcome,
            desk: OnceLock::new(),
            epoch: (now, since_1970.as_millis() as u64),
        }
    }

    pub(crate) fn attended_by(&self, desk: Weak<Desk>) {
        let _ = self.desk.set(desk);
    }

    /// Has somebody look after the windows and the routes from now on.
    #[cold]
    fn attend(&self) {
        if let Some(desk) = self.desk.get().and_then(Weak::upgrade) {
            desk.attend();
        }
    }

    #[inline]
    pub(crate) fn began(&self, here: Here, method: u8, version: usize) {
        let Line(lane) = here.of(&self.lanes);
        here.add(&lane[method as usize].begun[version], 1);
    }

    #[inline]
    pub(crate) fn ended(&self, here: Here, method: u8) {
        let Line(lane) = here.of(&self.lanes);
        here.add(&lane[method as usize].ended, 1);
    }

    /// The time of an instant, in milliseconds since 1970.
    #[inline]
    pub(crate) fn unix_time(&self, at: Instant) -> u64 {
        self.epoch.1 + at.saturating_duration_since(self.epoch.0).as_millis() as u64
    }

    /// What is counted of a route by a method: the same for every service that has it.
    pub(crate) fn route(&self, template: &str, method: u8, is_foreign: bool) -> Arc<Route> {
        let method = METHODS[method as usize];
        let mut routes = self.locked();
        if let Some(route) = routes.present.get(&(Box::from(template), method)) {
            return Arc::clone(route);
        }
        if routes.present.len() >= self.limit || !self.budget.take(SERIES_A_ROUTE) {
            drop(routes);
            // There is room again where some are let go.
            self.attend();
            self.warn("routes");
            return Arc::clone(&self.overflow);
        }
        let route =
            Route::new(method, template, &self.durations, &self.sizes, &self.overflow_outcome, is_foreign);
        let route = Arc::new(route);
        routes.present.insert((template.into(), method), Arc::clone(&route));
        route
    }

    /// The series of another way in which requests of a route ended, if there is room. The first that ends has the windows
    /// looked after.
    #[cold]
    pub(crate) fn outcome(&self, route: &Route, ending: Ending, is_foreign: bool) -> Option<Arc<Outcome>> {
        if !self.is_counting.load(Relaxed) {
            // What comes from now on is of the present.
            drop(self.looked_at(Instant::now()));
            self.is_counting.store(true, Relaxed);
        }
        self.attend();
        if route.labels == self.overflow.labels {
            return None;
        }
        let has_room = self.outcomes.fetch_add(1, Relaxed) < self.limit;
        if !has_room || !self.budget.take(1) {
            self.outcomes.fetch_sub(1, Relaxed);
            self.warn("outcomes of routes");
            return None;
        }
        let (status, error) = (ending.status_label(), ending.error_label());
        let mut labels = String::from(&*route.labels);
        label::write(&mut labels, "http_response_status_code", &status);
        label::write(&mut labels, "error_type", &error);
        let foreign = if is_foreign {
            let values = [route.method, &*route.template, &status, &error];
            Foreign::histogram(&catalogue::HTTP_REQUEST_DURATION, &values)
        } else {
            Foreigner::noop()
        };
        let duration = route.durations(ending);
        Some(Arc::new(Outcome { labels: labels.into(), is_failed: ending.is_failed(), duration, foreign }))
    }

    /// Lets go of routes that no service has any more, and begins another slice of time when it is due.
    pub(crate) fn tick(&self, now: Instant) {
        let Routes { present, past, clock } = &mut *self.locked();
        present.retain(|_, route| {
            // Only here are they handed out, under the same lock.
            let is_in_use = Arc::strong_count(route) > 1;
            if !is_in_use {
                past.merge(&route.windows());
                let outcomes = route.outcomes().count();
                self.outcomes.fetch_sub(outcomes, Relaxed);
                self.budget.give_back(SERIES_A_ROUTE + outcomes);
            }
            is_in_use
        });
        let turns = clock.turns(now);
        for route in present.values().chain([&self.overflow]) {
            let mut windows = route.windows();
            (0..turns).for_each(|_| windows.turn());
        }
        (0..turns).for_each(|_| past.turn());
    }

    /// How long requests take.
    pub(crate) fn report(&self, now: Instant) -> Report {
        let Routes { present, past, clock } = &mut *self.looked_at(now);
        let (mut all, mut routes) = (Tallies::default(), Vec::new());
        past.add_to(&mut all);
        self.overflow.windows().add_to(&mut all);
        for route in present.values() {
            let mut tallies = Tallies::default();
            route.windows().add_to(&mut tallies);
            all.merge(&tallies);
            let latencies = tallies.spans(clock, now);
            if latencies.iter().any(|span| span.requests > 0) {
                routes.push(route.told(latencies));
            }
        }
        Report { all: all.spans(clock, now).into(), routes }
    }

    /// How many requests had to be counted without a series of their own, by the metric.
    pub(crate) fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let (outcome, route) = (&self.overflow_outcome.duration, &self.overflow.response_size.own);
        let all =
            [(&catalogue::HTTP_REQUEST_DURATION, outcome), (&catalogue::HTTP_RESPONSE_BODY_SIZE, route)];
        all.into_iter()
            .map(|(metric, counted)| (metric.name, counted.count()))
            .filter(|(_, count)| *count > 0)
    }

    pub(crate) fn write(&self, page: &mut Page) {
        // Not while others wait for the lock.
        let routes: Vec<_> = self.locked().present.values().cloned().collect();
        let mut metric = &catalogue::HTTP_REQUEST_DURATION;
        page.metric(metric);
        let outcomes = routes.iter().flat_map(|route| route.outcomes()).chain([&self.overflow_outcome]);
        let durations = outcomes.map(|outcome| (&*outcome.labels, &outcome.duration));
        write_measured(page, metric.name, durations);

        let routes = || routes.iter().chain([&self.overflow]);
        metric = &catalogue::HTTP_REQUEST_BODY_SIZE;
        page.metric(metric);
        write_measured(page, metric.name, routes().map(|route| (&*route.labels, &route.request_size.own)));
        metric = &catalogue::HTTP_RESPONSE_BODY_SIZE;
        page.metric(metric);
        write_measured(page, metric.name, routes().map(|route| (&*route.labels, &route.response_size.own)));

        metric = &catalogue::HTTP_ACTIVE_REQUESTS;
        page.metric(metric);
        for (index, method) in METHODS.iter().enumerate() {
            // Before those that have begun: of one that does both meanwhile, the end must not be all that is seen.
            let ended = self.sum(|lane| &lane[index].ended);
            let begun =
                VERSIONS.iter().enumerate().map(|(version, _)| self.sum(|lane| &lane[index].begun[version]));
            let active = begun.sum::<u64>().saturating_sub(ended);
            page.count(metric.name, &labelled(metric.labels[0], method), active);
        }
        metric = &catalogue::HTTP_PROTOCOL_REQUESTS;
        page.metric(metric);
        for (index, version) in VERSIONS.iter().enumerate() {
            let begun =
                METHODS.iter().enumerate().map(|(method, _)| self.sum(|lane| &lane[method].begun[index]));
            page.count(metric.name, &labelled(metric.labels[0], version), begun.sum());
        }
    }

    fn sum(&self, cell: impl Fn(&Lane) -> &AtomicU64) -> u64 {
        self.lanes.iter().map(|Line(lane)| cell(lane).load(Relaxed)).sum()
    }

    fn warn(&self, what: &str) {
        self.warned.call_once(|| {
            tracing::warn!(
                "there are more {what} than may have series: they are counted as one, `{OVERFLOW}`"
            );
        });
    }

    /// The series of those that there was no room for.
    pub(super) fn unnamed(&self) -> &Outcome {
        &self.overflow_outcome
    }

    /// The bucket of durations that ends with a bound, in seconds.
    pub(super) fn bucket(&self, bound: f64) -> usize {
        self.durations.bucket_of(bound)
    }

    /// How many routes there are.
    pub(crate) fn routes(&self) -> usize {
        self.locked().present.len()
    }

    /// All of it, as it is now. Time in which no request has ended passes over windows in which nothing could become old, and which
    /// nobody looks after.
    pub(super) fn looked_at(&self, now: Instant) -> MutexGuard<'_, Routes> {
        let mut routes = self.locked();
        if !self.is_counting.load(Relaxed) {
            routes.clock.turns(now);
        }
        routes
    }

    pub(super) fn locked(&self) -> MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the histograms in which there is something: most routes are never asked by most methods, or with a body.
fn write_measured<'a>(
    page: &mut Page,
    name: &str,
    histograms: impl Iterator<Item = (&'a str, &'a Histogram)>,
) {
    histograms
        .filter(|(_, histogram)| histogram.count() > 0)
        .for_each(|(labels, histogram)| page.histogram(name, labels, histogram));
}

fn labelled(name: &str, value: &str) -> String {
    let mut labels = String::new();
    label::write(&mut labels, name, value);
    labels
}
