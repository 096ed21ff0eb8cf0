//! How an objective stands: the arithmetic of the [rules](crate::rules), over what this process has counted itself.

use serde::{Serialize, Serializer};

use super::{Burn, Objective};
use crate::history::{Counts, History, Tier};

/// How an objective stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is left of its budget.
    Spent,
    /// Its budget is used up as fast as an [alert](Burn) says, or faster.
    Burning,
    /// It is kept.
    Ok,
    /// In the longest window of its alerts there were too few requests to tell.
    Unknown,
}

/// An alert whose conditions are met.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Alerted {
    /// Which it is: of several the fastest.
    #[serde(rename = "name", serialize_with = "named")]
    pub burn: Burn,
    /// `page` or `ticket`.
    pub severity: &'static str,
    /// For how many seconds they have been met.
    pub seconds: u64,
    /// Whether that is long enough for the alert to fire.
    pub fires: bool,
}

fn named<S: Serializer>(burn: &Burn, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(burn.alert())
}

/// Enough for each window of an alert and for the time of a budget, in 2.2 KiB.
const TIERS: [Tier; 4] = [(30, 10), (300, 24), (3600, 72), (86_400, 30)];
/// 30 days, in seconds.
const PERIOD: u64 = 30 * 86_400;
/// Requests a second are over so many seconds at least, as what the rules record is.
const SHORTEST: u64 = 300;

/// What is counted for an objective, and since when the conditions of its alerts have been met.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    start: u64,
    history: History,
    last_failed: Option<u64>,
    met: [Option<u64>; Burn::ALL.len()],
}

/// What there is to say of an objective at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) state: State,
    pub(super) budget_left: f64,
    /// How many times too fast the budget was used up in the last hour.
    pub(super) burn: f64,
    pub(super) alert: Option<Alerted>,
    /// In 30 days.
    pub(super) requests: f64,
    pub(super) failed: f64,
    /// In the last hour.
    pub(super) lately: f64,
}

impl Kept {
    pub(super) fn new(now: u64) -> Self {
        Self { start: now, history: History::new(&TIERS), last_failed: None, met: [None; Burn::ALL.len()] }
    }

    /// Adds what has come, and looks whether the conditions of an alert are met.
    pub(super) fn add(&mut self, counts: Counts, objective: &Objective, now: u64) {
        self.history.add(counts, now);
        if counts.failed > 0 {
            self.last_failed = Some(now);
        }
        // Where nothing has gone wrong for as long as the longest window and its slices, nothing is met.
        let longest = u64::from(Burn::Steady.long().minutes) * 60 + 7200;
        let may_be = self.last_failed.is_some_and(|at| now.saturating_sub(at) <= longest);
        self.met = std::array::from_fn(|index| {
            let burn = Burn::ALL[index];
            let is_met = may_be && objective.alerts.contains(&burn) && self.is_met(burn, objective, now);
            is_met.then(|| self.met[index].unwrap_or(now))
        });
    }

    pub(super) fn find(&self, objective: &Objective, now: u64) -> Found {
        let budget = objective.budget();
        let alert = Burn::ALL.into_iter().zip(self.met).find_map(|(burn, since)| {
            let seconds = now.saturating_sub(since?);
            let fires = seconds >= u64::from(burn.pending()) * 60;
            Some(Alerted { burn, severity: burn.severity(), seconds, fires })
        });
        let (period, hour) = (self.history.window(PERIOD, now), self.history.window(3600, now));
        let share = |failed: f64, requests: f64| if requests > 0.0 { failed / requests } else { 0.0 };
        // In 30 days there come as many requests as at this pace. Of the time that is missing, none has failed.
        let covered = self.age(now).min(PERIOD) as f64 / PERIOD as f64;
        let used = share(period.failed, period.requests) / budget * covered;
        let budget_left = (1.0 - used).clamp(0.0, 1.0);
        let minimum = (f64::from(objective.min_requests), f64::from(objective.min_failed));
        let longest = objective.alerts.iter().map(|burn| burn.long().minutes).max().unwrap_or_default();
        let has_enough = self.history.window(u64::from(longest) * 60, now).requests >= minimum.0;
        let is_spent = budget_left == 0.0 && period.requests >= minimum.0 && period.failed >= minimum.1;
        let state = match alert {
            _ if is_spent => State::Spent,
            Some(_) => State::Burning,
            None if has_enough => State::Ok,
            None => State::Unknown,
        };
        Found {
            state,
            budget_left,
            burn: share(hour.failed, hour.requests) / budget,
            alert,
            requests: period.requests,
            failed: period.failed,
            lately: hour.requests,
        }
    }

    /// The expression of the alert, as `rules` writes it.
    fn is_met(&self, burn: Burn, objective: &Objective, now: u64) -> bool {
        let threshold = burn.factor() * objective.budget();
        let [long, short] = [burn.long(), burn.short()].map(|window| u64::from(window.minutes) * 60);
        let (requests, failed) = self.per_second(long, now);
        let lately = self.per_second(short, now);
        failed > threshold * requests
            && lately.1 > threshold * lately.0
            && requests * long as f64 >= f64::from(objective.min_requests)
            && failed * long as f64 >= f64::from(objective.min_failed)
    }

    /// Requests a second and failures a second in a window, or in that part of it that there was: the average of rates over five
    /// minutes is the same.
    fn per_second(&self, window: u64, now: u64) -> (f64, f64) {
        let counted = self.history.window(window, now);
        let seconds = window.min(self.age(now)) as f64;
        (counted.requests / seconds, counted.failed / seconds)
    }

    /// For how long it has counted.
    fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.start).max(SHORTEST)
    }
}
