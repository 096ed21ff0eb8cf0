//! What watches the service for as long as it runs, whichever application is served.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use tsk_auth::config::Stores;
use tsk_core::{
    Drain, Insight,
    check::Status,
    client::{Client, Settings},
};
use tsk_health::Health;
use tsk_http::server::{Activity, Fixed, Monitor};
use tsk_metrics::{
    Metrics, Samples, catalogue,
    usage::{self, Usage},
};
use tsk_trace::Tracing;

#[cfg(target_os = "linux")]
use crate::ticks;
use crate::{Config, Error, accounts::Accounts, audit, current::Current};

/// What watches. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    /// As they were when this was made.
    configs: Configs,
    /// `None` where nothing is to be counted.
    pub(crate) metrics: Option<Metrics>,
    /// `None` where it is not counted who uses what.
    pub(crate) usage: Option<Usage>,
    /// `None` where nothing is to be traced.
    pub(crate) tracing: Option<Tracing>,
    /// The accounts of limits, which outlive the application whose limits they are.
    pub(crate) accounts: Accounts,
    /// Where sessions are, which outlive it as well.
    pub(crate) stores: Stores,
    reloads: Arc<Reloads>,
}

type Configs =
    (tsk_metrics::Config, tsk_trace::Config, tsk_ratelimit::Config, tsk_auth::Config, usage::Config);

/// How often another application was put in the place of one.
#[derive(Debug, Default)]
struct Reloads {
    done: AtomicU64,
    failed: AtomicU64,
}

impl Watch {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let metrics = config.metrics.enabled.then(|| Metrics::new(&config.metrics)).transpose()?;
        let Config { tracing, limits, auth, usage, .. } = config.clone();
        let configs = (config.metrics.clone(), tracing, limits, auth, usage);
        let usage = Usage::new(&config.usage, Instant::now())?;
        let usage = config.usage.enabled.then_some(usage);
        let accounts = Accounts::new(&config.limits)?;
        let mut traced = config.tracing.clone();
        for ignored in traced.read_environment(&|name| std::env::var(name).ok()) {
            tracing::warn!("{ignored}");
        }
        let tracing = traced.enabled.then(|| Tracing::new(traced)).transpose()?;
        let stores = Stores::new(&config.auth)?;
        let audit = config.auth.audit.as_ref().map(audit::open).transpose()?;
        let stores = audit.into_iter().fold(stores, Stores::audited);
        Ok(Self { configs, metrics, usage, tracing, accounts, stores, reloads: Arc::default() })
    }

    /// Has what the program counts itself be here too, unless it has installed a recorder of its own. That comes before
    /// anything is watched, as what watches tells the recorder of somebody else as well.
    pub(crate) fn install(&self) {
        if self.metrics.as_ref().is_some_and(|metrics| metrics.install().is_err()) {
            tracing::debug!("the recorder of metrics that the program has installed stays");
        }
    }

    /// Begins to watch the process and its server.
    pub(crate) fn begin(&self, monitor: Monitor, current: Current) {
        let Some(metrics) = &self.metrics else { return };
        if let Some(tracing) = self.tracing.clone() {
            metrics.collect("tracing", move |samples| tell_of_spans(&tracing.counts(), samples));
        }
        metrics.collect("health", move |samples| tell_of_health(&current.get().health, samples));
        metrics.runtime(tokio::runtime::Handle::current());
        let reloads = Arc::clone(&self.reloads);
        metrics.collect("server", move |samples| {
            tell(&monitor.activity(), samples);
            for (result, count) in [("done", &reloads.done), ("failed", &reloads.failed)] {
                samples.set(&catalogue::SERVER_RELOADS, &[result], count.load(Relaxed) as f64);
            }
        });
    }

    /// Looks after what has to be every few seconds, where one thread does everything, until what is given is dropped.
    #[cfg(target_os = "linux")]
    pub(crate) fn drive(&self) -> Option<tokio::task::JoinSet<()>> {
        self.metrics.as_ref().map(ticks::drive)
    }

    /// Reads what a collector says of sampling, where it is asked, until the drain starts.
    pub(crate) fn follow(&self, drain: Drain) -> Result<(), Error> {
        if let Some(tracing) = &self.tracing {
            let client =
                Client::new(&Settings::default()).map_err(|error| Error::settings(error.to_string()))?;
            tokio::spawn(tracing.follow(Arc::new(client), drain));
        }
        Ok(())
    }

    /// Sends what has come so far, at the end of a service.
    pub(crate) async fn flush(&self) {
        if let Some(tracing) = &self.tracing
            && !tracing.flush().await
        {
            tracing::warn!("not all spans could be sent to the collector in time");
        }
        let audit = self.stores.audit().clone();
        // It has a deadline of its own, and panics at nothing.
        let _ = tokio::task::spawn_blocking(move || audit.flush()).await;
    }

    /// Counts that another application was put in the place of one, or could not be.
    pub(crate) fn reloaded(&self, is_done: bool) {
        let Reloads { done, failed } = &*self.reloads;
        (if is_done { done } else { failed }).fetch_add(1, Relaxed);
    }

    /// What is different in a configuration, and cannot change while the service runs.
    pub(crate) fn fixed(&self, config: &Config) -> Fixed {
        let metrics = (self.configs.0 != config.metrics).then_some("metrics");
        let tracing = (self.configs.1 != config.tracing).then_some("tracing");
        let memory = (self.configs.2.memory != config.limits.memory).then_some("limits.memory");
        let redis = (self.configs.2.redis != config.limits.redis).then_some("limits.redis");
        let stores = Stores::fixed(&self.configs.3, &config.auth);
        let usage = (self.configs.4 != config.usage).then_some("usage");
        metrics.into_iter().chain(tracing).chain(memory).chain(redis).chain(usage).chain(stores).collect()
    }

    /// What it shows of itself.
    pub(crate) fn insights(&self) -> impl Iterator<Item = Arc<dyn Insight>> {
        let metrics = self.metrics.iter().map(|metrics| Arc::new(metrics.clone()) as _);
        let metrics = metrics.chain(self.usage.iter().map(|usage| Arc::new(usage.clone()) as _));
        metrics.chain(self.tracing.iter().flat_map(Tracing::insights)).chain(self.accounts.insights())
    }
}

fn tell_of_health(health: &Health, samples: &mut Samples) {
    let number = |is: bool| f64::from(u8::from(is));
    samples.set(&catalogue::HEALTH_READY, &[], number(health.is_ready()));
    for (name, status) in health.statuses() {
        samples.set(&catalogue::HEALTH_CHECK, &[&name], number(status != Status::Fail));
    }
}

fn tell_of_spans(counts: &tsk_trace::export::Counts, samples: &mut Samples) {
    for (result, count) in [
        ("sent", counts.sent),
        ("queue_full", counts.dropped_full),
        ("collector_down", counts.dropped_expired),
        ("refused", counts.refused),
    ] {
        samples.set(&catalogue::TRACING_SPANS, &[result], count as f64);
    }
    for (result, count) in [("done", counts.exports), ("failed", counts.exports_failed)] {
        samples.set(&catalogue::TRACING_EXPORTS, &[result], count as f64);
    }
}

fn tell(activity: &Activity, samples: &mut Samples) {
    let mut set = |metric, labels: &[&str], value: u64| samples.set(metric, labels, value as f64);
    set(&catalogue::SERVER_CONNECTIONS, &[], activity.connections as u64);
    set(&catalogue::SERVER_CONNECTIONS_BUSY, &[], activity.busy as u64);
    set(&catalogue::SERVER_CONNECTIONS_ACCEPTED, &[], activity.accepted);
    for (version, count) in [("1", activity.http1), ("2", activity.http2)] {
        set(&catalogue::SERVER_CONNECTIONS_SPOKEN, &[version], count);
    }
    for (reason, count) in
        [("malformed", activity.malformed), ("late", activity.late), ("crowded", activity.crowded)]
    {
        set(&catalogue::SERVER_CONNECTIONS_REFUSED, &[reason], count);
    }
    set(&catalogue::SERVER_RECEIVED, &[], activity.received);
    set(&catalogue::SERVER_SENT, &[], activity.sent);
    set(&catalogue::SERVER_TLS_HANDSHAKES, &[], activity.tls);
    set(&catalogue::SERVER_TLS_HANDSHAKES_FAILED, &[], activity.tls_failed);
}
