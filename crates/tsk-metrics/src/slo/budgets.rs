//! What is left of the budgets of a service, as it has counted itself.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use serde::Serialize;

use super::{
    Alerted, Objective, Slos, State, Subject,
    standing::{Found, Kept},
};
use crate::{history::Counts, http::Traffic};

/// What is left of the budgets of a service: the same that the [rules](crate::rules) have Prometheus tell, of what this process
/// has counted, for whoever looks without it. Clones are the same.
///
/// It takes 2.2 KiB for each objective, from its first request on, and nothing of a request: what is counted for the metrics is
/// looked at every five seconds, on their thread or by who [ticks](crate::Metrics::tick). Made by [`Metrics::budgets`](crate::Metrics::budgets).
#[derive(Debug, Clone)]
pub struct Budgets {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    traffic: Arc<Traffic>,
    start: Instant,
    watched: Mutex<Vec<Watched>>,
}

/// An objective, and what has become of it.
#[derive(Debug, Clone)]
struct Watched {
    objective: Objective,
    /// All that was counted when it was looked at last.
    seen: Counts,
    /// From its first request on.
    kept: Option<Box<Kept>>,
}

/// How the objectives of a service stand.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How many stand so.
    pub states: States,
    /// Each of them: those of which nothing is left first, then those that are used up too fast, then those with the most requests.
    pub objectives: Vec<Standing>,
}

/// How many objectives are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct States {
    /// Of these, nothing is left.
    pub spent: usize,
    /// These are used up too fast.
    pub burning: usize,
    /// These are kept.
    pub ok: usize,
    /// Of these, there were too few requests.
    pub unknown: usize,
}

/// How an objective stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Standing {
    /// What it is called: `GET /users/{id} availability`.
    pub name: String,
    /// The method of its route, `*` for any; none where it is of all requests.
    pub method: Option<String>,
    /// The template of its route; none where it is of all requests.
    pub route: Option<String>,
    /// Of how many requests it is promised, in percent.
    pub percent: f64,
    /// How it stands.
    pub state: State,
    /// The share of the budget of 30 days that is left, from 0 to 1. The time before the service began to count is taken for
    /// time in which nothing went wrong.
    pub budget_left: f64,
    /// How many times too fast it was used up in the last hour.
    pub burn: f64,
    /// The alert whose conditions are met.
    pub alert: Option<Alerted>,
    /// Requests that count for it, in the last 30 days.
    pub requests: u64,
    /// Those of them that went wrong.
    pub failed: u64,
}

impl Budgets {
    /// What a `former` one has kept of the same objectives goes on.
    pub(crate) fn new(traffic: Arc<Traffic>, slos: &Slos, former: Option<&Self>, now: Instant) -> Self {
        let former = former.map(|former| (former.shared.start, former.shared.locked().clone()));
        let (start, kept) = former.unwrap_or((now, Vec::new()));
        let mut kept: HashMap<_, _> = kept.into_iter().map(|one| (one.objective.key(), one)).collect();
        // What was counted before somebody promised something is no part of it.
        let counted = traffic.promised(slos.objectives().iter());
        let watched = slos.objectives().iter().zip(counted).map(|(objective, seen)| {
            let (seen, kept) = kept.remove(&objective.key()).map_or((seen, None), |one| (one.seen, one.kept));
            Watched { objective: objective.clone(), seen, kept }
        });
        let watched = Mutex::new(watched.collect());
        Self { shared: Arc::new(Shared { traffic, start, watched }) }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// How the `most` objectives stand that matter most, of those that have `search` in their name or route.
    pub fn report(&self, most: usize, search: &str, now: Instant) -> Report {
        let (mut states, search) = (States::default(), search.to_lowercase());
        let (watched, now) = (self.shared.look(now), self.shared.seconds(now));
        let mut all = Vec::new();
        for one in &*watched {
            let found = one.find(now);
            *states.of(found.state) += 1;
            if search.is_empty() || one.objective.says(&search) {
                all.push((found, &one.objective));
            }
        }
        let order = |(found, _): &(Found, &Objective)| (found.state, Reverse(found.lately as u64));
        all.sort_by_key(order);
        all.truncate(most);
        Report { states, objectives: all.into_iter().map(Standing::from).collect() }
    }
}

impl Shared {
    /// Adds what has come since.
    pub(crate) fn sample(&self, now: Instant) {
        drop(self.look(now));
    }

    fn look(&self, now: Instant) -> MutexGuard<'_, Vec<Watched>> {
        let mut watched = self.locked();
        let counted = self.traffic.promised(watched.iter().map(|one| &one.objective));
        let now = self.seconds(now);
        for (one, counted) in watched.iter_mut().zip(counted) {
            let came = counted.since(one.seen);
            one.seen = counted;
            if came.requests > 0 || one.kept.is_some() {
                let kept = one.kept.get_or_insert_with(|| Box::new(Kept::new(now)));
                kept.add(came, &one.objective, now);
            }
        }
        watched
    }

    fn seconds(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.start).as_secs()
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn find(&self, now: u64) -> Found {
        match &self.kept {
            Some(kept) => kept.find(&self.objective, now),
            None => Kept::new(now).find(&self.objective, now),
        }
    }
}

impl States {
    fn of(&mut self, state: State) -> &mut usize {
        match state {
            State::Spent => &mut self.spent,
            State::Burning => &mut self.burning,
            State::Ok => &mut self.ok,
            State::Unknown => &mut self.unknown,
        }
    }
}

impl Objective {
    /// What one has that goes on where another application takes the place: another percentage is no other history.
    fn key(&self) -> (String, Subject, String) {
        (self.slo.clone(), self.subject.clone(), self.indicator.to_string())
    }

    fn name(&self) -> String {
        format!("{} {}", self.slo, self.indicator)
    }

    fn says(&self, search: &str) -> bool {
        [self.name(), self.subject.to_string()].iter().any(|text| text.to_lowercase().contains(search))
    }
}

impl From<(Found, &Objective)> for Standing {
    fn from((found, objective): (Found, &Objective)) -> Self {
        let (method, route) = match &objective.subject {
            Subject::Service => (None, None),
            Subject::Route { method, template } => {
                let method = method.as_ref().map_or("*", |method| method.as_str());
                (Some(method.to_owned()), Some(template.clone()))
            }
        };
        Self {
            name: objective.name(),
            method,
            route,
            percent: objective.percent,
            state: found.state,
            budget_left: found.budget_left,
            burn: found.burn,
            alert: found.alert,
            requests: found.requests as u64,
            failed: found.failed as u64,
        }
    }
}

#[cfg(test)]
mod tests;
