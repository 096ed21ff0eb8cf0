//! What a running server knows of itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tsk::Handle;
use tsk::auth::explain as auth;
use tsk::core::RouteTable;
use tsk::ratelimit::explain::{Explanation, Subject, Unclear};

use crate::application::Loaded;
use crate::control::status::{Configuration, Connections, Listener, Phase, Requests, Status, Traffic};

/// What a running server knows of itself. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Facts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    fixed: Fixed,
    handle: Handle,
    began: (SystemTime, Instant),
    changing: Mutex<Changing>,
}

/// What stays as it is for as long as the server runs.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) listeners: Vec<String>,
    pub(crate) admin: Option<String>,
    pub(crate) workers: usize,
}

/// What is different once the configuration was read again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reread {
    pub(crate) configuration: Option<Configuration>,
    pub(crate) env: Option<String>,
    pub(crate) max_connections: usize,
    pub(crate) drain_timeout: Duration,
}

#[derive(Debug, Default)]
struct Changing {
    reread: Reread,
    is_draining: bool,
    rate: Rate,
}

impl Reread {
    pub(crate) fn of(loaded: &Loaded) -> Self {
        Self {
            configuration: loaded.configuration.clone(),
            env: loaded.overlay.clone(),
            max_connections: loaded.config.http.max_connections,
            drain_timeout: loaded.config.http.drain_delay + loaded.config.http.drain_timeout,
        }
    }
}

impl Facts {
    pub(crate) fn new(fixed: Fixed, handle: Handle, reread: Reread) -> Self {
        let began = (SystemTime::now(), Instant::now());
        let changing = Mutex::new(Changing { reread, ..Changing::default() });
        Self(Arc::new(Inner { fixed, handle, began, changing }))
    }

    pub(crate) fn reread(&self, reread: Reread) {
        self.changing().reread = reread;
    }

    pub(crate) fn set_draining(&self) {
        self.changing().is_draining = true;
    }

    /// Notes how many requests there have been, which is what the rate is made of: to be called about once a second.
    pub(crate) fn sample(&self, now: Instant) {
        let requests = self.0.handle.monitor().activity().requests;
        self.changing().rate.sample(now, requests);
    }

    pub(crate) fn table(&self) -> Arc<RouteTable> {
        self.0.handle.table()
    }

    /// The rooms of what is served, where there are any.
    pub(crate) fn rooms(&self) -> Option<tsk::ws::Rooms> {
        self.0.handle.rooms()
    }

    /// How somebody stands with the limits of what is served.
    pub(crate) async fn explain(&self, subject: &Subject) -> Result<Explanation, Unclear> {
        self.0.handle.explain(subject).await
    }

    /// Who uses what, where that is counted.
    pub(crate) fn usage(&self) -> Option<tsk::metrics::usage::Usage> {
        self.0.handle.usage().cloned()
    }

    /// Whether somebody may use a route of what is served.
    pub(crate) fn explain_access(&self, subject: &auth::Subject) -> Result<auth::Verdict, auth::NoRoute> {
        self.0.handle.explain_access(subject)
    }

    pub(crate) fn status(&self) -> Status {
        let Inner { fixed, handle, began, .. } = &*self.0;
        let activity = handle.monitor().activity();
        let changing = self.changing();
        let Reread { configuration, env, max_connections, drain_timeout } = &changing.reread;
        Status {
            name: fixed.name.to_owned(),
            version: fixed.version.to_owned(),
            pid: std::process::id(),
            phase: if changing.is_draining { Phase::Draining } else { Phase::Serving },
            started: humantime::format_rfc3339_seconds(began.0).to_string(),
            uptime_seconds: began.1.elapsed().as_secs_f64(),
            configuration: configuration.clone(),
            env: env.clone(),
            listeners: fixed.listeners.iter().map(|address| Listener { address: address.clone() }).collect(),
            admin: fixed.admin.clone(),
            workers: fixed.workers,
            requests: Requests { total: activity.requests, per_second: changing.rate.per_second() },
            connections: Connections {
                open: activity.connections,
                busy: activity.busy,
                accepted: activity.accepted,
                max: *max_connections,
            },
            latency: handle.metrics().map(|metrics| metrics.percentiles().all.minute),
            ready: handle.health().is_ready(),
            traffic: Traffic { received_bytes: activity.received, sent_bytes: activity.sent },
            memory_bytes: memory(),
            drain_timeout_seconds: drain_timeout.as_secs_f64(),
        }
    }

    fn changing(&self) -> MutexGuard<'_, Changing> {
        self.0.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many samples the rate is made of: with one a second, it is that of the last ten seconds.
const SAMPLES: usize = 11;

/// How many requests there are in a second, of late.
#[derive(Debug, Default)]
struct Rate(VecDeque<(Instant, u64)>);

impl Rate {
    fn sample(&mut self, now: Instant, total: u64) {
        if self.0.len() == SAMPLES {
            self.0.pop_front();
        }
        self.0.push_back((now, total));
    }

    fn per_second(&self) -> f64 {
        let (Some(first), Some(last)) = (self.0.front(), self.0.back()) else { return 0.0 };
        let seconds = last.0.saturating_duration_since(first.0).as_secs_f64();
        if seconds > 0.0 { last.1.saturating_sub(first.1) as f64 / seconds } else { 0.0 }
    }
}

/// What the process holds of the machine's memory, where the system tells: the second number of `/proc/self/statm`,
/// in pages (proc_pid_statm(5)).
fn memory() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let resident: u64 = pages.split(' ').nth(1)?.parse().ok()?;
    Some(resident * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), 0.0);
        let start = Instant::now();
        // A hundred a second, and none from the twentieth second on.
        let at = |second: u64| (start + Duration::from_secs(second), 100 * second.min(20));
        let mut sample = |second| {
            let (now, total) = at(second);
            rate.sample(now, total);
            rate.per_second()
        };
        assert_eq!(sample(0), 0.0);
        assert_eq!(sample(1), 100.0);
        assert!((2..=20).all(|second| sample(second) == 100.0));
        assert!((21..=25).all(|second| (1.0..100.0).contains(&sample(second))));
        assert_eq!((26..=30).map(sample).last(), Some(0.0));
    }
}
