//! What is known of decisions, which outlives the rules that made them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Instant,
};

use crate::{
    Quota,
    baseline::{Baseline, Fault, Settings},
    tally::Tally,
    top::Top,
};

/// What is known of decisions: whoever makes other rules, as a reload does, goes on with it where the rules have not changed.
#[derive(Debug)]
pub(crate) struct Records {
    pub(crate) top: Top,
    epoch: Instant,
    tallies: Mutex<HashMap<Box<str>, Arc<Tally>>>,
    /// By what tells the accounts of a rule from others; gone with the last rule that uses it.
    baselines: Mutex<HashMap<String, Weak<Known>>>,
}

/// A baseline, and what it is of.
#[derive(Debug)]
pub(crate) struct Known {
    of: (Settings, Quota),
    pub(crate) baseline: Baseline,
}

impl Records {
    pub(crate) fn new(now: Instant) -> Self {
        Self { top: Top::new(now), epoch: now, tallies: Mutex::default(), baselines: Mutex::default() }
    }

    /// What a policy of that name has decided. Those of one name are counted together.
    pub(crate) fn tally(&self, policy: &str) -> Arc<Tally> {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tallies.entry(policy.into()).or_insert_with(|| Arc::new(Tally::new(policy))))
    }

    /// What is usual for the keys of a rule: what was learned under that name, unless it was of other settings.
    pub(crate) fn baseline(
        &self,
        rule: String,
        settings: &Settings,
        quota: Quota,
        secret: u64,
    ) -> Result<Arc<Known>, Fault> {
        let mut baselines = self.baselines.lock().unwrap_or_else(PoisonError::into_inner);
        baselines.retain(|_, known| known.strong_count() > 0);
        let known = baselines.get(&rule).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|known| known.of == (settings.clone(), quota)) {
            return Ok(known);
        }
        let baseline = Baseline::new(settings, quota, secret, self.epoch)?;
        let known = Arc::new(Known { of: (settings.clone(), quota), baseline });
        baselines.insert(rule, Arc::downgrade(&known));
        Ok(known)
    }
}
