//! A server while it runs: who may tell it something, and what it does then.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tsk::core::Drain;
use tsk::trace::log::Tail;
use tsk::{App, Handle};

use crate::application::{Application, Loaded};
use crate::control::Socket;
use crate::control::service::{self, Order, Reloaded};
use crate::error::Error;
use crate::facts::{Facts, Fixed, Reread};
use crate::ready::Ready;
use crate::settings::Settings;
use crate::signals::{Signals, Told};
use crate::state::State;
use crate::terminal;

/// How often the requests are counted that the rate of the status is made of.
const SAMPLE: Duration = Duration::from_secs(1);

/// How long those may take who look on to the end.
const LAST: Duration = Duration::from_secs(1);

/// What is to be served, and by what.
pub(crate) struct Plan<'p> {
    pub(crate) application: &'p Application,
    /// Reads the configuration, now and whenever it is to be read again.
    pub(crate) load: &'p dyn Fn() -> Result<Loaded, Error>,
    /// Where commands find the server, if they can.
    pub(crate) state: Option<&'p State>,
    pub(crate) workers: usize,
    /// The last lines of the log, for the console.
    pub(crate) tail: Option<&'p Tail>,
    /// Tells whoever waits for it that the server serves.
    pub(crate) announce: &'p dyn Fn(&Ready),
}

impl Plan<'_> {
    fn with_log(&self, app: App) -> App {
        self.tail.into_iter().fold(app, |app, tail| app.insight(tail.clone()))
    }
}

/// Serves until it is told to stop.
pub(crate) async fn run(plan: &Plan<'_>, loaded: Loaded) -> Result<(), Error> {
    let settings = loaded.settings.clone();
    let reread = Reread::of(&loaded);
    let app = plan.with_log(loaded.app().await?);
    let drain = app.drain();
    let bound = app.bind().await.map_err(|error| Error::start(&error))?;
    let ready = Ready {
        name: plan.application.name.to_owned(),
        version: plan.application.version.to_owned(),
        pid: std::process::id(),
        listeners: bound.addresses().iter().map(ToString::to_string).collect(),
        admin: bound.admin_address().map(|address| address.to_string()),
    };
    let fixed = Fixed {
        name: plan.application.name,
        version: plan.application.version,
        listeners: ready.listeners.clone(),
        admin: ready.admin.clone(),
        workers: plan.workers,
    };
    let handle = bound.handle();
    if let Some(metrics) = handle.metrics() {
        metrics.build(plan.application.name, plan.application.version, "");
    }
    let facts = Facts::new(fixed, handle.clone(), reread);
    let (orders, ordered) = mpsc::channel(1);
    let control = match plan.state {
        Some(state) => Some(Socket::bind(state, service::routes(&facts, orders)).await?),
        None => None,
    };
    // Before anybody is told that it serves: who is told may send a signal at once.
    let mut signals = Signals::new().map_err(Error::failure)?;
    let serving = tokio::spawn(bound.admin_routes(service::to_see(&facts)).serve());
    let listeners = ready.listeners.join(",");
    tracing::info!(name = ready.name, version = ready.version, pid = ready.pid, listeners, "serving");
    (plan.announce)(&ready);
    notify(&[NotifyState::Ready]);

    let mut running = Running { plan, settings, handle, drain, facts, ordered };
    let stopped = tokio::select! {
        stopped = serving => stopped.map_err(Error::failure)?.map_err(Error::failure)?,
        // The second signal does not wait for anything.
        () = running.supervise(&mut signals) => return Ok(()),
    };
    if let Some(control) = control {
        let _ = timeout(LAST, control.close()).await;
    }
    tracing::info!(abandoned = stopped.abandoned, "stopped");
    if stopped.abandoned > 0 {
        terminal::note(
            plan.application.name,
            format_args!("closed unfinished, after http.drain_timeout: {} connections", stopped.abandoned),
        );
    }
    Ok(())
}

struct Running<'p> {
    plan: &'p Plan<'p>,
    /// Those that it was started with.
    settings: Settings,
    handle: Handle,
    /// Stops what is served at present.
    drain: Drain,
    facts: Facts,
    ordered: mpsc::Receiver<Order>,
}

impl Running<'_> {
    /// Does what signals and commands ask for. It ends with the second signal to stop.
    async fn supervise(&mut self, signals: &mut Signals) {
        let mut samples = interval(SAMPLE);
        samples.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                told = signals.next() => match told {
                    Told::Stop if self.drain.is_started() => return,
                    Told::Stop => self.stop(),
                    // Whoever sent it reads the log.
                    Told::Reload => drop(self.reload(signals).await),
                },
                Some(order) = self.ordered.recv() => match order {
                    Order::Stop => self.stop(),
                    Order::Reload(reply) => {
                        let reloaded = self.reload(signals).await;
                        let _ = reply.send(reloaded);
                    }
                },
                _ = samples.tick() => self.facts.sample(Instant::now()),
            }
        }
    }

    fn stop(&mut self) {
        tracing::info!("told to stop");
        self.facts.set_draining();
        self.drain.start();
        notify(&[NotifyState::Stopping]);
    }

    /// Reads the configuration again. Where it is wrong, nothing changes.
    async fn reload(&mut self, signals: &mut Signals) -> Result<Reloaded, Error> {
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            notify(&[NotifyState::Reloading, now]);
        }
        // The application may take its time to be made.
        let replaced = tokio::select! {
            replaced = self.replace() => replaced,
            () = signals.stop() => {
                self.stop();
                return Err(Error::failure("the server is told to stop"));
            }
        };
        notify(&[NotifyState::Ready]);
        match &replaced {
            Ok((_, _, reloaded)) => tracing::info!("{reloaded}"),
            Err(error) => tracing::error!("the configuration stays as it was: {error}"),
        }
        let (drain, reread, reloaded) = replaced?;
        self.drain = drain;
        self.facts.reread(reread);
        Ok(reloaded)
    }

    async fn replace(&self) -> Result<(Drain, Reread, Reloaded), Error> {
        if self.drain.is_started() {
            return Err(Error::failure("the server is told to stop"));
        }
        let loaded = (self.plan.load)()?;
        let reread = Reread::of(&loaded);
        let mut needs_restart = loaded.settings.fixed(&self.settings);
        let app = self.plan.with_log(loaded.app().await?);
        let drain = app.drain();
        needs_restart.extend(self.handle.replace(app).await.map_err(|error| Error::start(&error))?);
        let needs_restart = needs_restart.into_iter().map(str::to_owned).collect();
        Ok((drain, reread, Reloaded { needs_restart }))
    }
}

/// Tells systemd, where it asks to be told (sd_notify(3)). A message that does not arrive changes nothing here.
fn notify(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
