//! Who looks, and what all of them see.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::Instant,
};
use tsk_core::Insight;

use crate::{
    Config,
    fit::{MOST, fit, sift},
    frame::{Frame, ask},
};

/// Gives what there is to be shown at this moment.
pub(crate) type Source = dyn Fn() -> Arc<[Arc<dyn Insight>]> + Send + Sync;

/// What is looked for may be as long as this, in bytes of JSON.
pub(crate) const FOUND_BYTES: usize = 256 * 1024;
/// How many may look for something at the same time; others wait.
const SEARCHES: usize = 2;

/// Looks at a service while somebody looks on, once for all of them.
///
/// There is no task: whoever wants the next frame, and is the first whose time it is, has it made.
#[derive(Clone)]
pub(crate) struct Feed(Arc<Shared>);

struct Shared {
    source: Box<Source>,
    interval: Duration,
    max_streams: usize,
    seats: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    last: Arc<Mutex<Last>>,
}

/// The last frame, while somebody looks on.
#[derive(Default)]
struct Last {
    number: u64,
    frame: Option<(Instant, Arc<Frame>)>,
}

/// The right to look on.
pub(crate) struct Seat {
    feed: Feed,
    _permit: OwnedSemaphorePermit,
}

impl Feed {
    pub(crate) fn new(config: &Config, source: Box<Source>) -> Self {
        Self(Arc::new(Shared {
            source,
            interval: config.interval,
            max_streams: config.max_streams,
            seats: Arc::new(Semaphore::new(config.max_streams)),
            searches: Arc::new(Semaphore::new(SEARCHES)),
            last: Arc::default(),
        }))
    }

    pub(crate) fn interval(&self) -> Duration {
        self.0.interval
    }

    /// A place among those who look on, if there is one.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let permit = Arc::clone(&self.0.seats).try_acquire_owned().ok()?;
        Some(Seat { feed: self.clone(), _permit: permit })
    }

    /// A frame that is newer than that of a number, and not older than the interval. `None` where the runtime ends.
    pub(crate) async fn after(&self, seen: u64) -> Option<Arc<Frame>> {
        let mut last = Arc::clone(&self.0.last).lock_owned().await;
        if let Some((at, frame)) = &last.frame
            && frame.number > seen
            && at.elapsed() < self.0.interval
        {
            return Some(Arc::clone(frame));
        }
        let (shared, at) = (Arc::clone(&self.0), Instant::now());
        // The lock goes along: where something that shows itself never comes to an end, one thread is held up, and no more.
        let taking = spawn_blocking(move || {
            let insights = (shared.source)();
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
            last.number += 1;
            let former = last.frame.take();
            let former = former.as_ref().map(|(_, frame)| &**frame);
            let frame = Arc::new(Frame::take(former, last.number, now, &insights));
            last.frame = Some((at, Arc::clone(&frame)));
            frame
        });
        taking.await.ok()
    }

    /// What one shows that has in it what is searched for, in JSON; all of it, where nothing is. `None` where nothing has this
    /// name.
    pub(crate) async fn find(&self, name: String, search: String) -> Option<String> {
        let permit = Arc::clone(&self.0.searches).acquire_owned().await.ok()?;
        let insights = (self.0.source)();
        let insight = insights.iter().find(|insight| insight.name() == name).map(Arc::clone)?;
        let finding = spawn_blocking(move || {
            let _permit = permit;
            let mut value = ask(&*insight, |insight| insight.glance(MOST, &search));
            if !search.is_empty() {
                sift(&mut value, &search.to_lowercase());
            }
            let fitted = fit(value, FOUND_BYTES);
            format!(r#"{{"name":{},"cut":{},"value":{}}}"#, Value::from(name), fitted.is_cut, fitted.json)
        });
        finding.await.ok()
    }
}

impl Seat {
    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Shared { seats, max_streams, last, .. } = &*self.feed.0;
        // Nobody else looks on, so that nothing is kept. Whoever comes at this moment has another one made.
        if seats.available_permits() + 1 == *max_streams
            && let Ok(mut last) = last.try_lock()
        {
            last.frame = None;
        }
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("interval", &self.0.interval)
            .field("free_seats", &self.0.seats.available_permits())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
