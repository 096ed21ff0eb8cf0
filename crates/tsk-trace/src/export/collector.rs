//! Takes spans out of the queue, and gives them to whoever looks at them or sends them.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{
    select,
    sync::{Notify, mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval_at, sleep},
};

use super::{
    Config,
    batch::{Batch, Spares},
    counts::Counters,
    encode::Known,
    sender::Message,
    thread::{Flush, Parts},
};
use crate::{
    intake::Intake,
    plan::Plans,
    queue::{Queue, Waiting},
};

/// To the sender, and what comes back from it.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) messages: mpsc::UnboundedSender<Message>,
    pub(super) spares: Arc<Spares>,
}

/// Takes spans out of the queue.
pub(super) struct Collector {
    intake: Arc<Intake>,
    counters: Arc<Counters>,
    hurry: Arc<Notify>,
    /// If there is a collector.
    outgoing: Option<Outgoing>,
    waiting: Waiting,
    batch: Batch,
    known: Known,
    interval: Duration,
    batch_size: usize,
    queue_size: usize,
}

impl Collector {
    pub(super) fn new(
        config: &Config,
        parts: Parts,
        counters: Arc<Counters>,
        hurry: Arc<Notify>,
        outgoing: Option<Outgoing>,
    ) -> Self {
        Self {
            intake: parts.intake,
            counters,
            hurry,
            outgoing,
            waiting: Waiting::default(),
            batch: Batch::new(parts.scope.clone()),
            known: Known::default(),
            interval: config.interval,
            batch_size: config.batch_size,
            queue_size: config.queue_size,
        }
    }

    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Flush>) {
        let mut ticks = interval_at(Instant::now() + self.interval, self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let queue = Arc::clone(self.intake.queue());
        loop {
            select! {
                biased;
                Some(flush) = commands.recv() => {
                    self.drain();
                    let is_whole = self.sent(flush.within, &queue).await;
                    let is_last = flush.is_last;
                    self.counters.is_given_up.store(!is_whole, Relaxed);
                    if is_last && !is_whole {
                        let left = self.counters.waiting.load(Relaxed);
                        Counters::add(&self.counters.dropped_expired, left);
                    }
                    // Who asked may have gone.
                    let _ = flush.done.send(is_whole);
                    if is_last {
                        return;
                    }
                }
                () = queue.filled() => self.drain(),
                _ = ticks.tick() => {
                    self.drain();
                    if let Some(outgoing) = &self.outgoing {
                        outgoing.spares.give_back();
                    }
                }
            }
        }
    }

    /// Waits until everything that was taken is done with, or time is over.
    async fn sent(&mut self, within: Duration, queue: &Queue) -> bool {
        let Some(outgoing) = &self.outgoing else { return true };
        let (done, mut mark) = oneshot::channel();
        if outgoing.messages.send(Message::Mark(done)).is_err() {
            return false;
        }
        self.hurry.notify_one();
        let mut end = std::pin::pin!(sleep(within));
        loop {
            select! {
                biased;
                done = &mut mark => return done.is_ok(),
                () = &mut end => return false,
                () = queue.filled() => self.drain(),
            }
        }
    }

    /// Empties the queue.
    fn drain(&mut self) {
        let intake = Arc::clone(&self.intake);
        let mut emptied = std::mem::take(&mut self.waiting);
        intake.drain(&mut emptied, |waiting| {
            let dropped = usize::try_from(waiting.dropped).unwrap_or(usize::MAX);
            Counters::add(&self.counters.dropped_full, dropped);
            self.encode(waiting, intake.plans());
        });
        self.waiting = emptied;
        self.hand_over();
    }

    fn encode(&mut self, waiting: &Waiting, plans: &Plans) {
        if self.outgoing.is_none() {
            return;
        }
        let plans = plans.read();
        for span in waiting.server.iter() {
            if let Some(plan) = plans.get(span.plan)
                && self.has_room()
            {
                self.batch.push_request(span, plan, &mut self.known);
                self.hand_over_if_full();
            }
        }
        for span in &waiting.inner {
            if self.has_room() {
                self.batch.push(span);
                self.hand_over_if_full();
            }
        }
    }

    /// Whether one more span may wait; otherwise it counts as dropped.
    fn has_room(&self) -> bool {
        let count = self.counters.waiting.load(Relaxed) + self.batch.len();
        let bytes = self.counters.waiting_bytes.load(Relaxed) + self.batch.size();
        let has_room = count < self.queue_size && bytes < self.queue_size.saturating_mul(SPAN);
        if !has_room {
            Counters::add(&self.counters.dropped_full, 1);
        }
        has_room
    }

    fn hand_over_if_full(&mut self) {
        if self.batch.len() >= self.batch_size {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let Some(outgoing) = self.outgoing.as_ref().filter(|_| self.batch.len() > 0) else { return };
        let next = outgoing.spares.take().unwrap_or_else(|| Batch::after(&self.batch));
        let batch = std::mem::replace(&mut self.batch, next);
        self.counters.waiting.fetch_add(batch.len(), Relaxed);
        self.counters.waiting_bytes.fetch_add(batch.size(), Relaxed);
        // The sender ends only with this thread.
        let _ = outgoing.messages.send(Message::Batch(batch));
    }
}

/// What a span may take on average, in bytes; some have long texts.
const SPAN: usize = 1024;
