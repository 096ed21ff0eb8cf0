//! Accounts in Redis, which servers share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};
use tokio::sync::watch;
use tsk_core::{Drain, Insight};

use self::{link::Link, queue::Queue};
use super::remote::{Debiting, Remote};
use crate::{Accounts, Charge, Error, Memory, Outage, Store};

mod backoff;
mod exchange;
mod greeting;
mod link;
mod local;
mod queue;
mod resp;
mod script;
mod settings;
#[cfg(test)]
mod tests;
mod tls;
mod url;

pub use self::{settings::Settings, url::Url};

/// Accounts in a server of Redis, which servers share: a limit is then one for all of them.
///
/// All charges of a request are one call of one script, by the clock of Redis: taken together or not at all, in one round trip.
/// Requests share one connection, and what they ask at the same time goes out together.
///
/// Somebody has to await [`run`](Self::run), which connects. As long as there is no connection that works, each limit holds as
/// its [`Outage`] says, and no request waits: a connection is given up as soon as one answer is late, and a new one is opened once a
/// first answer has come over it in time.
///
/// A clone is the same store.
///
/// ```no_run
/// use tsk_core::Drain;
/// use tsk_ratelimit::{Limits, Rule, store::redis::{Redis, Settings}};
///
/// # async fn example(drain: Drain) -> Result<(), tsk_ratelimit::Error> {
/// let redis = Redis::new(Settings::new("rediss://:secret@cache.internal")?)?;
/// let limits = Limits::new(redis.store()).rule(Rule::per_second(50));
/// tokio::spawn(async move { redis.run(drain).await });
/// # let _ = limits;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Redis(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    link: Link,
    queue: Queue,
    /// What this server has let through by itself.
    local: Memory,
    is_run: AtomicBool,
    outages: Mutex<Outages>,
    /// Told of each connection that works.
    connected: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Outages {
    count: u64,
    reason: Option<String>,
    /// Whether there has been no connection since the last one was counted.
    lasts: bool,
}

/// How a store in Redis stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether it can be asked.
    pub is_connected: bool,
    /// How often it could no longer be asked.
    pub outages: u64,
    /// Why it could not be asked the last time, in a line for operators, without secrets.
    pub reason: Option<String>,
}

/// What answers, and is not what was expected.
const STRANGE: &str = "what answers does not speak as Redis does";

impl Redis {
    /// One at a server. It connects when it [runs](Self::run).
    ///
    /// # Errors
    ///
    /// Settings that cannot be used; a file of authorities that cannot be read.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        settings.validate()?;
        let shared = Shared {
            queue: Queue::new(settings.waiting),
            local: Memory::new(settings.local, Instant::now()),
            is_run: AtomicBool::new(false),
            outages: Mutex::default(),
            connected: watch::Sender::new(()),
            link: Link::new(settings)?,
        };
        Ok(Self(Arc::new(shared)))
    }

    /// The store, for [`Limits`](crate::Limits).
    pub fn store(&self) -> Store {
        Store::remote(Accounts::shared(self.0.link.secret()), self.clone())
    }

    /// Connects, and connects again where that ends, until the drain has finished: requests that are finished while a server
    /// shuts down are still limited. To be awaited once, by a task of its own; when it is dropped, there is an outage.
    pub async fn run(&self, drain: Drain) {
        if self.0.is_run.swap(true, Ordering::Relaxed) {
            tracing::warn!("the store of limits in Redis is run twice; this time does nothing");
            drain.started().await;
            return;
        }
        let drained = async {
            drain.started().await;
            drain.finished().await;
        };
        tokio::select! {
            biased;
            () = drained => {}
            () = self.0.keep_connected() => {}
        }
    }

    /// Waits until it can be asked.
    pub async fn connected(&self) {
        // The sender lives as long as `self`, so the wait can only end with the connection.
        let _ = self.0.connected.subscribe().wait_for(|()| self.0.queue.is_open()).await;
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let outages = self.0.outages();
        let (outages, reason) = (outages.count, outages.reason.clone());
        Standing { is_connected: self.0.queue.is_open(), outages, reason }
    }
}

impl Remote for Redis {
    fn debit(&self, charges: Vec<(Charge, Outage)>) -> Debiting {
        let of = || charges.iter().map(|(charge, _)| charge);
        let prefix = self.0.link.prefix();
        let asked = self.0.queue.ask(|out, name| script::debit(out, name, prefix, of()));
        let shared = Arc::clone(&self.0);
        Box::pin(async move {
            if let Some(asked) = asked
                && let Ok(numbers) = asked.await
                && let Some(settled) = script::settled(&numbers, charges.iter().map(|(charge, _)| charge))
            {
                return Ok(settled);
            }
            local::settle(&charges, &shared.local, Instant::now())
        })
    }

    fn credit(&self, charges: Vec<Charge>) {
        let prefix = self.0.link.prefix();
        // In an outage it is lost, which lets through less and not more.
        self.0.queue.tell(|out, name| script::credit(out, name, prefix, charges.iter()));
    }
}

/// An operator sees whether limits are shared, and why not.
impl Insight for Redis {
    fn name(&self) -> &str {
        "limit-store"
    }

    fn snapshot(&self) -> Value {
        let Standing { is_connected, outages, reason } = self.standing();
        json!({ "redis": self.0.link.url().to_string(), "connected": is_connected, "outages": outages, "reason": reason })
    }
}

impl Shared {
    fn outages(&self) -> MutexGuard<'_, Outages> {
        self.outages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
