//! Takes spans out of the queue: for whoever looks at them, and for whoever sends them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tsk_core::Insight;

use crate::{
    plan::Plans,
    queue::{Queue, Waiting},
    seen::Seen,
};

/// Takes spans out of the queue, and shows each to [`Seen`], once.
///
/// The exporter comes for them when a batch has come together, or its interval is over: whoever looks before that would see
/// nothing of a request that has failed. So whoever looks comes for them too, and what was shown then waits here for the exporter.
#[derive(Debug)]
pub(crate) struct Intake {
    queue: Arc<Queue>,
    plans: Arc<Plans>,
    seen: Seen,
    /// Shown, and not yet exported. Spans are taken and shown under this lock, so that whoever looks finds nothing half done.
    /// Requests never meet it.
    ahead: Mutex<Waiting>,
}

impl Intake {
    pub(crate) fn new(queue: Arc<Queue>, plans: Arc<Plans>, seen: Seen) -> Self {
        Self { queue, plans, seen, ahead: Mutex::default() }
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    pub(crate) fn plans(&self) -> &Plans {
        &self.plans
    }

    /// Shows what has ended until now. Where the exporter does not keep up, the rest stays in the queue, which drops what it has
    /// no room for.
    fn look(&self) {
        let mut ahead = self.lock();
        for place in 0..self.queue.places() {
            if ahead.count() >= self.queue.size() {
                break;
            }
            let mut waiting = Waiting::default();
            self.take(place, &mut waiting);
            ahead.append(&mut waiting);
        }
        let is_batch = ahead.count() >= self.queue.batch();
        drop(ahead);
        if is_batch {
            self.queue.hurry();
        }
    }

    /// Whether nothing waits to be exported.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty() && self.queue.is_empty()
    }

    /// Gives all that is to be exported, part by part. `emptied` is what its memory is used for again.
    pub(crate) fn drain(&self, emptied: &mut Waiting, mut export: impl FnMut(&mut Waiting)) {
        let mut ahead = std::mem::take(&mut *self.lock());
        export(&mut ahead);
        for place in 0..self.queue.places() {
            {
                let _guard = self.lock();
                self.take(place, emptied);
            }
            let count = emptied.count();
            export(emptied);
            emptied.reset(count);
        }
    }

    fn take(&self, place: usize, emptied: &mut Waiting) {
        self.queue.swap(place, emptied);
        if emptied.count() > 0 {
            self.seen.take(emptied, &self.plans);
        }
    }

    /// What is made of all that has ended by the moment it is asked.
    pub(crate) fn insights(self: &Arc<Self>) -> Vec<Arc<dyn Insight>> {
        let Seen { recent, errors, dependencies } = self.seen.clone();
        let all: [Arc<dyn Insight>; 3] = [recent, errors, dependencies];
        let current = |insight| Arc::new(Current { intake: Arc::clone(self), insight }) as _;
        all.into_iter().map(current).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks before it is asked.
struct Current {
    intake: Arc<Intake>,
    insight: Arc<dyn Insight>,
}

impl Insight for Current {
    fn name(&self) -> &str {
        self.insight.name()
    }

    fn snapshot(&self) -> Value {
        self.intake.look();
        self.insight.snapshot()
    }

    fn glance(&self, most: usize, search: &str) -> Value {
        self.intake.look();
        self.insight.glance(most, search)
    }
}

#[cfg(test)]
mod tests;
