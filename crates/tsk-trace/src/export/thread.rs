//! The thread that exports.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use tokio::{
    runtime::{self, Runtime},
    sync::{Notify, mpsc, oneshot},
};
use tsk_core::{
    HttpClient,
    client::{Client, ClientError},
};

use super::{
    Config, Counts, ExportInsight,
    batch::ResourceHead,
    collector::{Collector, Outgoing},
    counts::Counters,
    sender::{Sender, State},
    setting,
    starter::{Presence, Starter},
};
use crate::{Error, intake::Intake, queue::Queue};

/// What the exporter's thread works with.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Where spans come from.
    pub(crate) intake: Arc<Intake>,
    /// Who makes the spans of requests.
    pub(crate) scope: InstrumentationScope,
    /// Who runs it.
    pub(crate) resource: Resource,
}

/// The thread that exports, from the first span on. When this is dropped, it is ended, once all spans are sent or `flush_timeout` is
/// over.
pub(crate) struct Exporter {
    commands: mpsc::UnboundedSender<Flush>,
    pub(super) starter: Arc<Starter>,
    flush_timeout: Duration,
    insight: ExportInsight,
}

/// What the thread does, once there is one.
#[derive(Debug)]
pub(super) struct Work {
    runtime: Runtime,
    settings: Config,
    parts: Parts,
    counters: Arc<Counters>,
    hurry: Arc<Notify>,
    sender: Option<Sender>,
    commands: mpsc::UnboundedReceiver<Flush>,
}

/// Asks for everything to be sent that has come so far.
#[derive(Debug)]
pub(super) struct Flush {
    pub(super) within: Duration,
    pub(super) is_last: bool,
    pub(super) done: oneshot::Sender<bool>,
}

impl Exporter {
    /// Makes what the thread needs, which the first span starts. `client` is used in the place of one of our own.
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
                spares: Arc::default(),
                hurry: Arc::clone(&hurry),
                state: State::default(),
            }),
        };
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Error::system(UNSTARTABLE, error))?;
        let (commands, incoming) = mpsc::unbounded_channel();
        let (intake, has_collector) = (Arc::clone(&parts.intake), sender.is_some());
        let settings = config.clone();
        let work = Work {
            runtime,
            settings,
            parts,
            counters: Arc::clone(&counters),
            hurry,
            sender,
            commands: incoming,
        };
        let starter = Arc::new(Starter::new(work, Arc::clone(&intake), counters, has_collector));
        intake.queue().attended_by(&starter);
        Ok(Self { commands, starter, flush_timeout: config.flush_timeout, insight })
    }

    /// Sends what has come so far, and says whether all of it was done with in time. It can be awaited on any runtime.
    pub(crate) fn flush(&self, within: Duration) -> impl Future<Output = bool> + Send + use<> {
        let presence = self.starter.rouse();
        let asked = (presence == Presence::Running).then(|| self.ask(within, false));
        async move {
            match asked {
                Some(asked) => asked.await.unwrap_or(false),
                None => presence == Presence::Unneeded,
            }
        }
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
        self.starter.rouse();
        let Some(thread) = self.starter.close() else { return };
        // Who has waited in vain before does not wait again.
        let is_given_up = self.insight.counters.is_given_up.load(Relaxed);
        drop(self.ask(if is_given_up { Duration::ZERO } else { self.flush_timeout }, true));
        // A panic in it was reported by then.
        let _ = thread.join();
    }
}

impl Work {
    pub(super) fn run(self) {
        let Self { runtime, settings, parts, counters, hurry, sender, commands } = self;
        Queue::exports_here();
        runtime.block_on(async {
            let outgoing = sender.map(|sender| {
                let (messages, incoming) = mpsc::unbounded_channel();
                let spares = Arc::clone(&sender.spares);
                tokio::spawn(sender.run(incoming));
                Outgoing { messages, spares }
            });
            Collector::new(&settings, parts, counters, hurry, outgoing).run(commands).await;
        });
        // A name that is being looked up is not waited for.
        runtime.shutdown_background();
    }

    /// It was never needed.
    pub(super) fn discard(self) {
        // A runtime that waits for its end must not be dropped on another.
        self.runtime.shutdown_background();
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").field("insight", &self.insight).finish_non_exhaustive()
    }
}

const UNSTARTABLE: &str = "the thread that exports spans cannot be started";

fn unusable(error: &ClientError) -> Error {
    setting("certificate", format_args!("or what belongs to it cannot be used: {error}"))
}
