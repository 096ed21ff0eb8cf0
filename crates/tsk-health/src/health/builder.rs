//! What there is to be checked.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, atomic::AtomicBool},
};

use tokio::{
    sync::{Notify as Wake, watch},
    time::Instant,
};
use tsk_core::{Check, HttpClient};

use super::{About, Health, Registered, Shared, State};
use crate::{
    Config, Error,
    config::Means,
    engine::Engine,
    leases::Leases,
    notice::{Desk, Notify, Recipient},
    pulse::Pulse,
    settings::{Settings, is_name, no_name},
};

/// Says what there is to be checked.
///
/// ```
/// use std::time::Duration;
/// use tsk_core::check::Finding;
/// use tsk_health::{Health, Kind, Settings, check::Tcp};
///
/// let health = Health::builder()
///     .check("queue", Kind::Readiness, Tcp::new("queue.internal", 5672))
///     .check("jobs", Settings { interval: Duration::from_secs(60), ..Kind::None.into() }, || async {
///         Finding::pass().observed(12.0, "jobs")
///     })
///     .build()?;
/// # let _ = health;
/// # Ok::<(), tsk_health::Error>(())
/// ```
#[derive(Default)]
#[must_use = "it checks nothing until it is built and run"]
pub struct Builder {
    config: Config,
    version: Option<String>,
    checks: Vec<(String, Registered)>,
    pulses: Vec<Pulse>,
    notifiers: Vec<(String, Arc<dyn Notify>)>,
    client: Option<Arc<dyn HttpClient>>,
    former: Option<Health>,
}

impl Builder {
    /// Takes the checks, the notices and the other settings of a configuration. Those that were added in code stay.
    pub fn config(mut self, config: &Config) -> Self {
        self.config = config.clone();
        self
    }

    /// Which version of the service it is, for the detail.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds a check, under a name of its own. What it is for is a [`Kind`](crate::Kind), or [`Settings`] that say more.
    ///
    /// There is no kind for liveness: see [`liveness`](Self::liveness).
    pub fn check(
        mut self,
        name: impl Into<String>,
        settings: impl Into<Settings>,
        check: impl Check,
    ) -> Self {
        let (name, settings) = (name.into(), settings.into());
        let place = format!("health check {name}");
        self.checks.push((place, Registered { name, settings, check: Arc::new(check), config: None }));
        self
    }

    /// Has a heartbeat of this process decide liveness.
    ///
    /// It takes no [`Check`], as a check may ask what is outside of the process: whoever is started again for what others
    /// lack is away as well.
    pub fn liveness(mut self, pulse: Pulse) -> Self {
        self.pulses.push(pulse);
        self
    }

    /// Has somebody told when a check stands otherwise, beside those that the configuration names.
    pub fn notify(mut self, name: impl Into<String>, notifier: impl Notify) -> Self {
        self.notifiers.push((name.into(), Arc::new(notifier)));
        self
    }

    /// What checks and notices of the configuration speak HTTP with, in place of the client of `tsk-core`.
    pub fn client(mut self, client: Arc<dyn HttpClient>) -> Self {
        self.client = Some(client);
        self
    }

    /// Goes on where another has got to: checks of the same name and to the same end stand as they stood, and nobody is
    /// told again what was told before. For a service that gets another configuration while it runs.
    pub fn succeeding(mut self, former: &Health) -> Self {
        self.former = Some(former.clone());
        self
    }

    /// Checks everything that can be, without making a check.
    ///
    /// # Errors
    ///
    /// Settings that contradict each other, names that are none or not unique, files that cannot be used.
    pub fn build(self) -> Result<Health, Error> {
        let Self { config, version, mut checks, pulses, notifiers, client, former } = self;
        let means = Means { client, service: config.service.clone(), labels: config.labels.clone() };
        config.check_top()?;
        for (index, check) in config.check.iter().enumerate() {
            let place = format!("health.check[{index}]");
            let made = check.make(&place, &means)?;
            let registered = Registered {
                name: check.name().to_owned(),
                settings: check.settings(),
                check: made,
                config: Some(check.clone()),
            };
            checks.push((place, registered));
        }
        let mut recipients = Vec::new();
        for (index, notify) in config.notify.iter().enumerate() {
            recipients.push(notify.make(&format!("health.notify[{index}]"), &means)?);
        }
        recipients.extend(notifiers.into_iter().map(|(name, notifier)| Recipient::own(name, notifier)));
        sound(&checks, &pulses)?;
        let checks: Vec<Registered> = checks.into_iter().map(|(_, check)| check).collect();
        let now = Instant::now();
        let settings = checks.iter().map(|check| check.settings.clone());
        let engine = Engine::new(settings, config.jitter, fastrand::Rng::new(), now);
        // Heartbeats come after the checks.
        let desk = Desk::new(checks.len() + pulses.len(), recipients, config.quiet, now);
        let silent = vec![false; pulses.len()];
        let groups: BTreeSet<String> =
            checks.iter().flat_map(|check| check.settings.groups.iter().cloned()).collect();
        let health = Health(Arc::new(Shared {
            about: About { service: config.service, version },
            checks,
            pulses,
            leases: Leases::new(groups, now),
            state: Mutex::new(State { engine, desk, silent }),
            serves: AtomicBool::new(false),
            is_run: AtomicBool::new(false),
            wake: Wake::new(),
            looked: watch::Sender::new(0),
        }));
        if let Some(former) = former {
            health.succeed(&former);
        }
        Ok(health)
    }
}

fn sound(checks: &[(String, Registered)], pulses: &[Pulse]) -> Result<(), Error> {
    let mut names = BTreeSet::new();
    for (place, check) in checks {
        if !is_name(&check.name) {
            return Err(Error::at(format_args!("{place}.name"), no_name(&check.name)));
        }
        if !names.insert(&*check.name) {
            return Err(Error::at(
                format_args!("{place}.name"),
                format_args!("there are two checks {:?}; name them apart", check.name),
            ));
        }
        if let Some((key, message)) = check.settings.fault() {
            return Err(Error::at(format_args!("{place}.{key}"), message));
        }
    }
    for pulse in pulses {
        if !is_name(pulse.name()) {
            return Err(Error::at("health pulse", no_name(pulse.name())));
        }
        if !names.insert(pulse.name()) {
            return Err(Error::at(
                "health pulse",
                format_args!("there are two of the name {:?}", pulse.name()),
            ));
        }
    }
    Ok(())
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.checks.iter().map(|(_, check)| &check.name).collect::<Vec<_>>();
        f.debug_struct("Builder")
            .field("config", &self.config)
            .field("checks", &names)
            .finish_non_exhaustive()
    }
}
