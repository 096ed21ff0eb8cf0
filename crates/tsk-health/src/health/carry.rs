//! What is kept where another configuration takes the place of one.

use std::{
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use tokio::time::Instant;
use tsk_core::check::Status;

use super::{Health, Registered};
use crate::{notice::Notice, pulse::Pulse};

impl Health {
    /// Goes on where `former` has got to.
    pub(super) fn succeed(&self, former: &Health) {
        if Arc::ptr_eq(&self.0, &former.0) {
            return;
        }
        let (old, now) = (former.state(), Instant::now());
        let mut state = self.state();
        let mut kept = Vec::new();
        for (index, check) in self.0.checks.iter().enumerate() {
            let same = former.0.checks.iter().position(|other| is_same(check, other));
            if let Some(from) = same {
                state.engine.succeed(index, old.engine.entry(from));
                kept.push((index, from));
            }
        }
        for (index, pulse) in self.0.pulses.iter().enumerate() {
            if let Some(from) = former.0.pulses.iter().position(|other| other.name() == pulse.name()) {
                state.silent[index] = old.silent[from];
                kept.push((self.0.checks.len() + index, former.0.checks.len() + from));
            }
        }
        let checks = former.0.checks.iter().map(|check| &*check.name);
        let names = checks.chain(former.0.pulses.iter().map(Pulse::name)).enumerate();
        let gone = names.filter(|(from, _)| !kept.iter().any(|(_, kept)| kept == from));
        let gone = gone.map(|(from, name)| (from, gone_notice(name))).collect();
        state.desk.succeed(&old.desk, &kept, gone, now);
        self.0.serves.store(former.0.serves.load(Ordering::Relaxed), Ordering::Relaxed);
        // What is added to a service that has started does not take that back.
        if former.has_started() {
            self.0.leases.start();
        }
        self.publish(&state, now);
    }
}

/// A check is not made any more.
fn gone_notice(check: &str) -> Notice {
    Notice {
        check: check.to_owned(),
        status: Status::Pass,
        output: "it is not checked any more".into(),
        observed: None,
        since: SystemTime::now(),
        changes: 1,
    }
}

/// Whether two checks have one name and look at one thing, however often.
fn is_same(one: &Registered, other: &Registered) -> bool {
    let target = |check: &Registered| check.config.as_ref().map(crate::config::CheckConfig::target);
    one.name == other.name && target(one) == target(other)
}
