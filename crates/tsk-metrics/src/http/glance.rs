//! What there is to see of requests at a glance.

use std::{cmp::Reverse, sync::Arc, time::Instant};

use serde::Serialize;

use super::{
    route::Route,
    traffic::{Routes, Traffic},
};
use crate::latency::{History, Latencies, RouteLatencies, Span, Tallies};

/// A report for whoever looks again and again: of as many routes as fit on a page, and with what happened of late.
#[derive(Debug, Serialize)]
pub(crate) struct Glance {
    all: Latencies,
    /// The last five minutes in slices of ten seconds, the oldest first. The last one still grows.
    history: Vec<Span>,
    /// Those with the most requests in the last minute, then those with the most since the start.
    routes: Vec<RouteLatencies>,
    /// How many routes have had a request.
    routes_with_requests: usize,
}

impl Traffic {
    /// What happened of late. Percentiles, which take time, are told of as many routes as are shown.
    pub(crate) fn glance(&self, most: usize, search: &str, now: Instant) -> Glance {
        let Routes { present, past, clock } = &mut *self.looked_at(now);
        let (mut all, mut history) = (Tallies::default(), History::default());
        past.add_to(&mut all);
        past.add_to_history(&mut history);
        let mut busy = Vec::new();
        for route in present.values().chain([&self.overflow]) {
            let windows = route.windows();
            let busyness = windows.busyness();
            if busyness.1 > 0 {
                windows.add_to(&mut all);
                windows.add_to_history(&mut history);
                busy.push((Reverse(busyness), route));
            }
        }
        // What has no room has no name either.
        busy.retain(|(_, route)| !Arc::ptr_eq(route, &self.overflow));
        let routes_with_requests = busy.len();
        let search = search.to_lowercase();
        busy.retain(|(_, route)| {
            search.is_empty()
                || format!("{} {}", route.method, route.template).to_lowercase().contains(&search)
        });
        busy.sort_by_key(|(busyness, _)| *busyness);
        busy.truncate(most);
        let told = |(_, route): (_, &Arc<Route>)| {
            let mut tallies = Tallies::default();
            route.windows().add_to(&mut tallies);
            route.told(tallies.spans(clock, now))
        };
        Glance {
            routes: busy.into_iter().map(told).collect(),
            all: all.spans(clock, now).into(),
            history: history.spans(clock, now),
            routes_with_requests,
        }
    }
}
