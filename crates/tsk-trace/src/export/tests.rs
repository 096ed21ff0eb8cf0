#![allow(clippy::unwrap_used)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use opentelemetry::InstrumentationScope;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_sdk::Resource;
use prost::Message as _;
use tsk_core::{
    HttpClient, Insight as _,
    client::{ClientError, Sending},
};

use super::*;
use crate::{intake::Intake, queue::Queue, sample, seen::Seen};

mod collectors;
mod runtimes;
mod start;

const PATIENCE: Duration = Duration::from_secs(60);

/// What a collector does with a request.
#[derive(Debug, Clone, Copy)]
enum Act {
    Take,
    Answer(u16),
    /// An answer that says when to come again, in seconds.
    Later(u64),
    /// Takes a request of at most so many spans.
    AtMost(usize),
    /// Takes all spans but one, and says so.
    RejectOne,
    /// Is not there.
    Down,
    /// Takes the request and says nothing.
    Hang,
}

/// A collector that follows a script, then takes everything.
#[derive(Debug, Clone, Default)]
struct Collector(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    acts: VecDeque<Act>,
    /// Done where the script is over.
    then: Option<Act>,
    requests: usize,
    taken: Vec<u64>,
}

impl Collector {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        let collector = Self::default();
        collector.0.lock().unwrap().acts = acts.into_iter().collect();
        collector
    }

    fn always(act: Act) -> Self {
        let collector = Self::default();
        collector.0.lock().unwrap().then = Some(act);
        collector
    }

    fn then(&self, act: Act) {
        self.0.lock().unwrap().then = Some(act);
    }

    /// The spans that it has, by number.
    fn taken(&self) -> Vec<u64> {
        let mut taken = self.0.lock().unwrap().taken.clone();
        taken.sort_unstable();
        taken
    }

    fn requests(&self) -> usize {
        self.0.lock().unwrap().requests
    }
}

impl HttpClient for Collector {
    fn send(&self, request: Request<Bytes>) -> Sending {
        let mut script = self.0.lock().unwrap();
        script.requests += 1;
        let act = script.acts.pop_front().or(script.then).unwrap_or(Act::Take);
        let spans = spans(request.into_body());
        let answer = |status: u16| Response::builder().status(status).body(Bytes::new());
        let result = match act {
            Act::Down => Err(ClientError::connect("refused")),
            Act::Hang => return Box::pin(std::future::pending()),
            Act::Answer(status) => Ok(answer(status).unwrap()),
            Act::Later(seconds) => {
                let later = Response::builder().status(503).header("retry-after", seconds);
                Ok(later.body(Bytes::new()).unwrap())
            }
            Act::AtMost(most) if spans.len() > most => Ok(answer(413).unwrap()),
            Act::RejectOne => {
                script.taken.extend(&spans[1..]);
                let error_message = "one \u{1b}[31mtoo many".to_owned();
                let partial_success = Some(ExportTracePartialSuccess { rejected_spans: 1, error_message });
                Ok(Response::new(ExportTraceServiceResponse { partial_success }.encode_to_vec().into()))
            }
            Act::Take | Act::AtMost(_) => {
                script.taken.extend(spans);
                Ok(answer(200).unwrap())
            }
        };
        Box::pin(std::future::ready(result))
    }
}

fn spans(body: Bytes) -> Vec<u64> {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|spans| spans.scope_spans);
    let spans = scopes.flat_map(|scope| scope.spans);
    spans.map(|span| u64::from_be_bytes(span.span_id.try_into().unwrap())).collect()
}

/// An exporter, and what it exports.
struct Bench {
    queue: Arc<Queue>,
    intake: Arc<Intake>,
    exporter: Exporter,
}

impl Bench {
    fn start(collector: &Collector) -> Self {
        Self::with(collector, |_| ())
    }

    fn with(collector: &Collector, change: impl FnOnce(&mut Config)) -> Self {
        // Nothing happens by itself: what a test does not ask for would come by the clock.
        let mut config = Config {
            endpoint: Some("http://collector.invalid".into()),
            interval: Duration::from_secs(3600),
            ..Config::default()
        };
        change(&mut config);
        let queue = Arc::new(Queue::new(config.queue_size, config.batch_size));
        let plans = Arc::new(sample::plans());
        let intake = Arc::new(Intake::new(Arc::clone(&queue), plans, Seen::new(Duration::ZERO)));
        let parts = Parts {
            intake: Arc::clone(&intake),
            scope: InstrumentationScope::builder("tsk").build(),
            resource: Resource::builder_empty().build(),
        };
        let exporter = Exporter::start(&config, parts, Some(Arc::new(collector.clone()))).unwrap();
        Self { queue, intake, exporter }
    }

    fn serve(&self, numbers: std::ops::Range<u64>) {
        numbers.for_each(|number| self.queue.server(&sample::texts(), || sample::server(number)));
    }

    /// Without a runtime.
    fn flush(&self) -> bool {
        wait(self.exporter.flush(PATIENCE))
    }
}

/// Waits for a future on no runtime at all.
fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) =
            future.as_mut().poll(&mut std::task::Context::from_waker(&waker))
        {
            return value;
        }
        std::thread::park();
    }
}
