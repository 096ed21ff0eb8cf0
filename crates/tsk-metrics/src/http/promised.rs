//! What became of the requests of which something is promised.

use std::{ops::Bound, sync::Arc};

use super::{
    method,
    route::{Outcome, Route},
    traffic::Traffic,
};
use crate::{
    history::Counts,
    slo::{Indicator, Objective, Subject},
};

impl Traffic {
    /// How many requests there were that count for each objective, and how many went wrong, since the start: what the series say
    /// that the rules of the objective look at.
    pub(crate) fn promised<'o>(&self, objectives: impl Iterator<Item = &'o Objective>) -> Vec<Counts> {
        let (routes, mut buckets) = (&self.locked().present, Vec::new());
        let mut counted = |objective: &Objective| {
            let bound = match objective.indicator {
                Indicator::Availability => None,
                Indicator::Latency(threshold) => Some(self.bucket(threshold.as_secs_f64())),
            };
            let mut counts = Counts::default();
            let mut add = |outcome: &Outcome| counts += outcome.counts(bound, &mut buckets);
            let mut add_all = |route: &Arc<Route>| route.outcomes().for_each(|outcome| add(outcome));
            match &objective.subject {
                Subject::Service => {
                    routes.values().for_each(add_all);
                    add(self.unnamed());
                }
                Subject::Route { method: Some(method), template } => {
                    let name = (Box::from(&**template), method::label(method));
                    routes.get(&name).into_iter().for_each(add_all);
                }
                Subject::Route { method: None, template } => {
                    let from = Bound::Included((Box::from(&**template), ""));
                    let all = routes.range((from, Bound::Unbounded));
                    all.take_while(|((of, _), _)| **of == **template).for_each(|(_, route)| add_all(route));
                }
            }
            counts
        };
        objectives.map(&mut counted).collect()
    }
}

impl Outcome {
    /// Those that count, and those of them that went wrong: that failed, or where there is a bound, of those that did not fail, that
    /// are in a bucket after it.
    fn counts(&self, bound: Option<usize>, buckets: &mut Vec<u64>) -> Counts {
        if bound.is_some() && self.is_failed {
            return Counts::default();
        }
        self.duration.read(buckets);
        let requests = buckets.iter().sum();
        let failed = match bound {
            Some(bound) => buckets.iter().skip(bound + 1).sum(),
            None if self.is_failed => requests,
            None => 0,
        };
        Counts { requests, failed }
    }
}
