//! Sends one batch after another, and each until it has arrived or never will.

use std::{
    io::Write,
    ops::Range,
    sync::Arc,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::{HeaderMap, Request, Response, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use tokio::{
    select,
    sync::{Notify, mpsc, oneshot},
    time::{Instant, sleep_until},
};
use tracing::{info, warn};
use tsk_core::{HttpClient, client::ClientError};

use super::{
    batch::{Batch, ResourceHead, Sealed, Spares},
    config::Compression,
    counts::Counters,
    notice::Notice,
    retry::{Backoff, Meaning},
};

/// What the sender is given.
#[derive(Debug)]
pub(super) enum Message {
    /// Spans to be sent.
    Batch(Batch),
    /// Somebody who wants to know when what came before is done with.
    Mark(oneshot::Sender<()>),
}

/// Sends batches in their order, one at a time.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) client: Arc<dyn HttpClient>,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) compression: Compression,
    pub(super) resource: ResourceHead,
    pub(super) retry_for: Duration,
    pub(super) counters: Arc<Counters>,
    pub(super) spares: Arc<Spares>,
    /// Told when the service is about to end, so that nothing is waited for that the collector did not ask for.
    pub(super) hurry: Arc<Notify>,
    pub(super) state: State,
}

/// What earlier batches have taught.
#[derive(Debug)]
pub(super) struct State {
    backoff: Backoff,
    /// Nothing is sent before then.
    pause: Option<Pause>,
    /// Spans that are larger together than this are not tried in one request.
    largest: usize,
    notice: Notice,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    until: Instant,
    is_asked: bool,
}

impl Default for State {
    fn default() -> Self {
        Self { backoff: Backoff::default(), pause: None, largest: usize::MAX, notice: Notice::default() }
    }
}

/// Why spans did not arrive.
enum Failure {
    TooLarge,
    Refused(String),
    Expired(String),
}

impl Sender {
    pub(super) async fn run(mut self, mut incoming: mpsc::UnboundedReceiver<Message>) {
        while let Some(message) = incoming.recv().await {
            match message {
                Message::Batch(batch) => {
                    let (count, size) = (batch.len(), batch.size());
                    let batch = batch.seal(&self.resource);
                    self.deliver(&batch).await;
                    self.spares.put(batch);
                    self.counters.waiting.fetch_sub(count, Relaxed);
                    self.counters.waiting_bytes.fetch_sub(size, Relaxed);
                }
                // Nobody may wait any more.
                Message::Mark(done) => drop(done.send(())),
            }
        }
    }

    /// Sends a batch, in halves where it is too large.
    async fn deliver(&mut self, batch: &Sealed) {
        let whole = 0..batch.len();
        let mut parts = vec![whole];
        while let Some(part) = parts.pop() {
            let is_single = part.len() <= 1;
            if !is_single && batch.size(part.clone()) > self.state.largest {
                parts.extend(halves(&part));
                continue;
            }
            match self.send(batch, part.clone()).await {
                Ok(rejected) => {
                    let rejected = rejected.min(part.len());
                    Counters::add(&self.counters.sent, part.len() - rejected);
                    Counters::add(&self.counters.refused, rejected);
                }
                Err(Failure::TooLarge) if !is_single => {
                    // Later batches are not sent in vain first.
                    self.state.largest = batch.size(part.clone()) / 2;
                    parts.extend(halves(&part));
                }
                Err(Failure::TooLarge) => {
                    Counters::add(&self.counters.refused, part.len());
                    self.fails("the collector takes no request as large as one span");
                }
                Err(Failure::Refused(reason)) => {
                    Counters::add(&self.counters.refused, part.len());
                    self.fails(&reason);
                }
                Err(Failure::Expired(reason)) => {
                    Counters::add(&self.counters.dropped_expired, part.len());
                    self.fails(&reason);
                }
            }
        }
    }

    /// Sends spans again and again, and gives how many of them the collector rejected.
    async fn send(&mut self, batch: &Sealed, spans: Range<usize>) -> Result<usize, Failure> {
        let body = self.compress(batch.request(&self.resource, spans));
        let deadline = Instant::now() + self.retry_for;
        loop {
            self.pause().await;
            let (asked, reason) = match self.client.send(self.request(body.clone())).await {
                Ok(response) => {
                    let meaning = Meaning::of(response.status(), response.headers(), SystemTime::now());
                    let reason = || format!("the collector answers {}", response.status());
                    match meaning {
                        Meaning::Taken => return Ok(self.taken(&response)),
                        Meaning::TooLarge => return Err(Failure::TooLarge),
                        Meaning::Refused => return Err(Failure::Refused(reason())),
                        Meaning::Later(asked) => (asked, reason()),
                    }
                }
                Err(error) if is_final(&error) => return Err(Failure::Refused(error.to_string())),
                Err(error) => (None, error.to_string()),
            };
            let until = Instant::now() + self.state.backoff.next(asked, fastrand::f64());
            self.state.pause = Some(Pause { until, is_asked: asked.is_some() });
            if until > deadline {
                return Err(Failure::Expired(reason));
            }
            self.fails(&reason);
        }
    }

    async fn pause(&mut self) {
        let Some(pause) = self.state.pause.take() else { return };
        if pause.is_asked {
            return sleep_until(pause.until).await;
        }
        select! {
            () = sleep_until(pause.until) => {}
            () = self.hurry.notified() => self.state.backoff.reset(),
        }
    }

    fn request(&self, body: Bytes) -> Request<Bytes> {
        let mut request = Request::post(self.uri.clone()).body(body).expect("the URI was checked");
        *request.headers_mut() = self.headers.clone();
        request
    }

    fn compress(&self, body: Bytes) -> Bytes {
        match self.compression {
            Compression::None => body,
            Compression::Gzip => {
                let mut encoder =
                    GzEncoder::new(Vec::with_capacity(body.len() / 8), flate2::Compression::fast());
                let written = encoder.write_all(&body).and_then(|()| encoder.finish());
                written.expect("a vector takes everything").into()
            }
        }
    }

    /// A request was taken, though maybe not all that was in it.
    fn taken(&mut self, response: &Response<Bytes>) -> usize {
        self.state.backoff.reset();
        // What is no message says nothing, and is no reason to send the spans again.
        let partial = ExportTraceServiceResponse::decode(response.body().clone())
            .ok()
            .and_then(|said| said.partial_success);
        if let Some(partial) = partial.filter(|partial| partial.rejected_spans > 0) {
            self.fails(&format!("the collector rejects spans: {}", shown(&partial.error_message)));
            return usize::try_from(partial.rejected_spans).unwrap_or(usize::MAX);
        }
        Counters::add(&self.counters.exports, 1);
        self.counters.set_failure(None);
        if let Some(duration) = self.state.notice.works(std::time::Instant::now()) {
            info!(target: TARGET, seconds = duration.as_secs(), "spans are exported again");
        }
        0
    }

    fn fails(&mut self, reason: &str) {
        Counters::add(&self.counters.exports_failed, 1);
        self.counters.set_failure(Some(reason.to_owned()));
        if self.state.notice.failed(std::time::Instant::now()) {
            let (collector, lost) = (&self.uri, self.counters.read().lost());
            warn!(target: TARGET, %collector, lost, "spans cannot be exported: {reason}");
        }
    }
}

const TARGET: &str = "tsk_trace::export";

/// In the order in which they are to be popped.
fn halves(part: &Range<usize>) -> [Range<usize>; 2] {
    let middle = part.start + part.len() / 2;
    [middle..part.end, part.start..middle]
}

/// Whether the same request would end the same way.
fn is_final(error: &ClientError) -> bool {
    error.is_too_large() || error.is_settings()
}

/// What a stranger says, fit for a log.
fn shown(message: &str) -> String {
    message.chars().take(200).flat_map(char::escape_debug).collect()
}
