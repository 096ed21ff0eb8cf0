//! The health of a service.

mod builder;
mod carry;
mod patient;
mod run;

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use tsk_core::{Check, Insight, check::Status};

pub use self::builder::Builder;
use crate::{
    config::{CheckConfig, Sort},
    engine::{Engine, Lease},
    leases::Leases,
    notice::Desk,
    pulse::Pulse,
    settings::{Kind, Settings},
};

/// The health of a service: its checks, and what they have found. Clones are one.
///
/// It is made by a [`builder`](Self::builder). The application awaits [`run`](Self::run), which makes the checks, and says
/// [`started`](Self::started) once it serves. Probes are answered by [`probe`](Self::probe), or by the services
/// [`Probes`](crate::Probes) and [`Detail`](crate::Detail).
#[derive(Clone)]
pub struct Health(Arc<Shared>);

struct Shared {
    about: About,
    checks: Vec<Registered>,
    pulses: Vec<Pulse>,
    leases: Leases,
    state: Mutex<State>,
    /// Whether the application has said that it serves.
    serves: AtomicBool,
    is_run: AtomicBool,
    wake: Notify,
    /// How often something was looked at anew.
    looked: watch::Sender<u64>,
}

/// What is the same for all checks.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    pub(crate) service: Option<String>,
    pub(crate) version: Option<String>,
}

pub(crate) struct Registered {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    check: Arc<dyn Check>,
    /// What it was made of, where that was a configuration.
    config: Option<CheckConfig>,
}

impl Registered {
    /// What it is about, in the words of the draft (§4.5).
    pub(crate) fn component(&self) -> &'static str {
        match self.config.as_ref().map(|config| config.kind) {
            Some(Sort::Postgres | Sort::Redis) => "datastore",
            Some(Sort::Disk | Sort::Memory) => "system",
            _ => "component",
        }
    }
}

pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) desk: Desk,
    /// Of each heartbeat, whether it was last felt to be silent for too long.
    pub(crate) silent: Vec<bool>,
}

impl Health {
    /// To say what there is to be checked.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Says that the service serves. Until then it is neither started nor ready.
    pub fn started(&self) {
        self.0.serves.store(true, Ordering::Relaxed);
        self.publish(&self.state(), Instant::now());
        self.0.wake.notify_one();
    }

    /// Whether the service is alive: whether every [`Pulse`] beats. Who is being stopped counts as alive.
    pub fn is_live(&self) -> bool {
        self.0.leases.is_draining() || self.0.pulses.iter().all(Pulse::is_beating)
    }

    /// Whether the service can do its work: it has started, is not being stopped, and every check of readiness works.
    pub fn is_ready(&self) -> bool {
        self.0.leases.is_ready()
    }

    /// Whether the service has started: it serves, and every check of the start has passed once.
    pub fn has_started(&self) -> bool {
        self.0.leases.has_started()
    }

    /// Whether every check of a group works; `None` where there is no such group.
    pub fn group(&self, name: &str) -> Option<bool> {
        self.0.leases.group(name)
    }

    /// How the service is as a whole. What decides no probe is a warning at most.
    pub fn status(&self) -> Status {
        if !self.is_live() || !self.is_ready() {
            return Status::Fail;
        }
        let (state, now) = (self.state(), Instant::now());
        let worst = (0..self.0.checks.len()).map(|index| state.engine.entry(index).level(now).status()).max();
        worst.map_or(Status::Pass, |worst| worst.min(Status::Warn))
    }

    /// Each check by its name, and what it has found at last.
    pub fn statuses(&self) -> Vec<(String, Status)> {
        let (state, now) = (self.state(), Instant::now());
        let checks = self.0.checks.iter().enumerate();
        checks
            .map(|(index, check)| (check.name.clone(), state.engine.entry(index).level(now).status()))
            .collect()
    }

    /// Everything that is known, as [`Detail`](crate::Detail) shows it: for those who operate the service.
    pub fn detail(&self) -> Value {
        crate::detail::report(self)
    }

    /// Changes whenever something was looked at anew, with a number that means nothing.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.looked.subscribe()
    }

    pub(crate) fn about(&self) -> &About {
        &self.0.about
    }

    pub(crate) fn checks(&self) -> &[Registered] {
        &self.0.checks
    }

    pub(crate) fn pulses(&self) -> &[Pulse] {
        &self.0.pulses
    }

    pub(crate) fn leases(&self) -> &Leases {
        &self.0.leases
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done in there: each change is one assignment after another, and none panics.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the probes how it stands.
    fn publish(&self, state: &State, now: Instant) {
        let Shared { leases, serves, .. } = &*self.0;
        if serves.load(Ordering::Relaxed) && state.engine.has_started(now) {
            leases.start();
        }
        leases.set_ready(if leases.has_started() {
            state.engine.lease(now, |_, settings| settings.kind == Kind::Readiness)
        } else {
            Lease::No
        });
        for group in leases.groups() {
            let lease = state.engine.lease(now, |_, settings| settings.groups.iter().any(|of| of == group));
            leases.set_group(group, lease);
        }
    }
}

/// What [`Health::detail`] gives, under the name `health`.
impl Insight for Health {
    fn name(&self) -> &str {
        "health"
    }

    fn snapshot(&self) -> Value {
        self.detail()
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.checks.iter().map(|check| &check.name).collect::<Vec<_>>();
        f.debug_struct("Health")
            .field("checks", &names)
            .field("pulses", &self.0.pulses)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
