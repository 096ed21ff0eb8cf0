//! The thread that exports.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering::Relaxed},
    thread::{self, JoinHandle},
    time::Duration,
};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use tokio::{
    runtime, select,
    sync::{Notify, mpsc, oneshot},
    time::{MissedTickBehavior, interval, sleep},
};
use tsk_core::{
    HttpClient,
    client::{Client, ClientError},
};

use super::{
    Config, Counts, ExportInsight,
    batch::{Batch, ResourceHead},
    counts::Counters,
    sender::{Message, Sender, State},
    setting,
};
use crate::{
    Error,
    plan::Plans,
    queue::{Queue, Waiting},
    seen::Seen,
};

/// What the exporter's thread works with.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Where spans come from.
    pub(crate) queue: Arc<Queue>,
    /// What their numbers of plans mean.
    pub(crate) plans: Arc<Plans>,
    /// Who makes the spans of requests.
    pub(crate) scope: InstrumentationScope,
    /// Who runs it.
    pub(crate) resource: Resource,
    /// What else looks at them.
    pub(crate) seen: Seen,
}

/// The thread that exports. When dropped, it is ended, once all spans are sent or `flush_timeout` is over.
pub(crate) struct Exporter {
    commands: mpsc::UnboundedSender<Flush>,
    thread: Option<JoinHandle<()>>,
    flush_timeout: Duration,
    insight: ExportInsight,
}

/// Asks for everything to be sent that has come so far.
struct Flush {
    within: Duration,
    is_last: bool,
    done: oneshot::Sender<bool>,
}

impl Exporter {
    /// Starts the thread. `client` is used in the place of one of our own.
    ///
    /// # Errors
    ///
    /// Settings and files that cannot be used.
    pub(crate) fn start(
        config: &Config,
        parts: Parts,
        client: Option<Arc<dyn HttpClient>>,
    ) -> Result<Self, Error> {
        config.check()?;
        let uri = config.uri()?;
        let counters = Arc::new(Counters::default());
        let insight = ExportInsight {
            endpoint: uri.as_ref().map(ToString::to_string),
            counters: Arc::clone(&counters),
        };
        let hurry = Arc::new(Notify::new());
        let sender = match uri {
            None => None,
            Some(uri) => Some(Sender {
                client: match client {
                    Some(client) => client,
                    None => Arc::new(Client::new(&config.client()).map_err(|error| unusable(&error))?),
                },
                uri,
                headers: config.header_map()?,
                compression: config.compression,
                resource: ResourceHead::new(&parts.resource),
                retry_for: config.retry_for,
                counters: Arc::clone(&counters),
                hurry: Arc::clone(&hurry),
                state: State::default(),
            }),
        };
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Error::system(UNSTARTABLE, error))?;
        let (commands, incoming) = mpsc::unbounded_channel();
        let (interval, batch_size, queue_size) = (config.interval, config.batch_size, config.queue_size);
        let work = move || {
            Queue::exports_here();
            runtime.block_on(async {
                let outgoing = sender.map(|sender| {
                    let (outgoing, incoming) = mpsc::unbounded_channel();
                    tokio::spawn(sender.run(incoming));
                    outgoing
                });
                let (waiting, batch) = (Waiting::default(), Batch::default());
                let mut collector =
                    Collector { parts, counters, hurry, outgoing, waiting, batch, batch_size, queue_size };
                collector.run(interval, incoming).await;
            });
            // A name that is being looked up is not waited for.
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("tsk-trace".into()).spawn(work);
        let thread = thread.map_err(|error| Error::system(UNSTARTABLE, error))?;
        Ok(Self { commands, thread: Some(thread), flush_timeout: config.flush_timeout, insight })
    }

    /// Sends what has come so far, and says whether all of it was done with in time. It can be awaited on any runtime.
    pub(crate) fn flush(&self, within: Duration) -> impl Future<Output = bool> + Send + use<> {
        let asked = self.ask(within, false);
        async move { asked.await.unwrap_or(false) }
    }

    /// Likewise, and ends the thread.
    pub(crate) fn shut_down(&self, within: Duration) -> impl Future<Output = bool> + Send + use<> {
        let asked = self.ask(within, true);
        async move { asked.await.unwrap_or(false) }
    }

    fn ask(&self, within: Duration, is_last: bool) -> oneshot::Receiver<bool> {
        let (done, asked) = oneshot::channel();
        // A thread that has ended drops the sender, and so answers.
        let _ = self.commands.send(Flush { within, is_last, done });
        asked
    }

    /// What became of the spans.
    pub(crate) fn counts(&self) -> Counts {
        self.insight.counters.read()
    }

    /// What there is to show of it.
    pub(crate) fn insight(&self) -> ExportInsight {
        self.insight.clone()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // Who has waited in vain before does not wait again.
        let is_given_up = self.insight.counters.is_given_up.load(Relaxed);
        drop(self.ask(if is_given_up { Duration::ZERO } else { self.flush_timeout }, true));
        if let Some(thread) = self.thread.take() {
            // A panic in it was reported by then.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").field("insight", &self.insight).finish_non_exhaustive()
    }
}

/// Takes spans out of the queue.
struct Collector {
    parts: Parts,
    counters: Arc<Counters>,
    hurry: Arc<Notify>,
    /// To the sender, if there is a collector.
    outgoing: Option<mpsc::UnboundedSender<Message>>,
    waiting: Waiting,
    batch: Batch,
    batch_size: usize,
    queue_size: usize,
}

impl Collector {
    async fn run(&mut self, period: Duration, mut commands: mpsc::UnboundedReceiver<Flush>) {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let queue = Arc::clone(&self.parts.queue);
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
                _ = ticks.tick() => self.drain(),
            }
        }
    }

    /// Waits until everything that was taken is done with, or time is over.
    async fn sent(&mut self, within: Duration, queue: &Queue) -> bool {
        let Some(outgoing) = &self.outgoing else { return true };
        let (done, mut mark) = oneshot::channel();
        if outgoing.send(Message::Mark(done)).is_err() {
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
        for place in 0..self.parts.queue.places() {
            let mut waiting = std::mem::take(&mut self.waiting);
            self.parts.queue.swap(place, &mut waiting);
            let count = waiting.count();
            let dropped = usize::try_from(waiting.dropped).unwrap_or(usize::MAX);
            Counters::add(&self.counters.dropped_full, dropped);
            if count > 0 {
                self.parts.seen.take(&waiting, &self.parts.plans);
                self.encode(&mut waiting);
            }
            waiting.reset(count);
            self.waiting = waiting;
        }
        self.hand_over();
    }

    fn encode(&mut self, waiting: &mut Waiting) {
        if self.outgoing.is_none() {
            return;
        }
        for span in waiting.server.drain(..) {
            if !self.has_room() {
                continue;
            }
            if let Some(plan) = self.parts.plans.get(span.plan) {
                self.batch.push(&span.into_span_data(&plan, &self.parts.scope));
                self.hand_over_if_full();
            }
        }
        for span in waiting.inner.drain(..) {
            if self.has_room() {
                self.batch.push(&span);
                self.hand_over_if_full();
            }
        }
    }

    /// Whether one more span may wait; otherwise it counts as dropped.
    fn has_room(&self) -> bool {
        let count = self.counters.waiting.load(Relaxed) + self.batch.len();
        let bytes = self.counters.waiting_bytes.load(Relaxed) + self.batch.size(0..self.batch.len());
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
        let batch = std::mem::take(&mut self.batch);
        self.counters.waiting.fetch_add(batch.len(), Relaxed);
        self.counters.waiting_bytes.fetch_add(batch.size(0..batch.len()), Relaxed);
        // The sender ends only with this thread.
        let _ = outgoing.send(Message::Batch(batch));
    }
}

/// What a span may take on average, in bytes; some have long texts.
const SPAN: usize = 1024;

const UNSTARTABLE: &str = "the thread that exports spans cannot be started";

fn unusable(error: &ClientError) -> Error {
    setting("certificate", format_args!("or what belongs to it cannot be used: {error}"))
}
