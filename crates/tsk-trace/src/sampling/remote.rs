//! The strategies of a Jaeger collector: <https://www.jaegertracing.io/docs/2.12/architecture/sampling/>.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Uri};
use serde::Deserialize;
use tsk_core::{BoxError, Drain, HttpClient};

use super::{Bucket, below};
use crate::config::Remote;

/// The most operations that are remembered of an answer.
const MAX_OPERATIONS: usize = 10_000;

/// What a collector says of all operations, until it says otherwise.
#[derive(Debug)]
pub(crate) struct Strategies {
    /// Where the strategy is so many traces a second, for the whole service.
    rate: Bucket,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Of operations that are not named.
    default: Share,
    operations: HashMap<Box<str>, Share>,
    /// Of routes that are served. One that is not any more is let go of.
    cells: Vec<Weak<Cell>>,
}

/// A share of requests, and how many a second there are at least.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    ratio: f64,
    at_least: f64,
}

/// The strategy of a route.
#[derive(Debug)]
pub(crate) struct Cell {
    name: Box<str>,
    below: AtomicU64,
    at_least: Bucket,
}

impl Strategies {
    /// As long as nothing has been read: that share.
    pub(crate) fn new(initial: f64) -> Self {
        let default = Share { ratio: initial, at_least: 0.0 };
        Self { rate: Bucket::new(0.0), known: Mutex::new(Known { default, ..Known::default() }) }
    }

    /// The strategy of the route whose spans have that name.
    pub(crate) fn cell(&self, name: &str) -> Arc<Cell> {
        let mut known = self.known();
        known.cells.retain(|cell| cell.strong_count() > 0);
        let cell = Cell { name: name.into(), below: AtomicU64::new(0), at_least: Bucket::new(0.0) };
        let cell = Arc::new(cell);
        known.apply(&cell);
        known.cells.push(Arc::downgrade(&cell));
        cell
    }

    #[inline]
    pub(super) fn samples(&self, cell: &Cell, id: u64, now: Duration) -> bool {
        id < cell.below.load(Relaxed) || cell.at_least.take(now) || self.rate.take(now)
    }

    /// Goes by what a collector answered.
    pub(crate) fn read(&self, answer: &[u8]) -> Result<(), serde_json::Error> {
        let answer: Answer = serde_json::from_slice(answer)?;
        let mut known = self.known();
        let mut rate = 0.0;
        known.operations.clear();
        if let Some(all) = answer.operation_sampling {
            let at_least = all.default_lower_bound_traces_per_second;
            known.default = Share { ratio: all.default_sampling_probability, at_least };
            for one in all.per_operation_strategies.into_iter().take(MAX_OPERATIONS) {
                let share = Share { ratio: one.probabilistic_sampling.sampling_rate, at_least };
                known.operations.insert(one.operation.into(), share);
            }
        } else if let Some(one) = answer.rate_limiting_sampling {
            known.default = Share::default();
            rate = one.max_traces_per_second;
        } else if let Some(one) = answer.probabilistic_sampling {
            known.default = Share { ratio: one.sampling_rate, at_least: 0.0 };
        }
        self.rate.set(rate);
        known.cells.retain(|cell| cell.strong_count() > 0);
        for cell in known.cells.iter().filter_map(Weak::upgrade) {
            known.apply(&cell);
        }
        Ok(())
    }

    /// Reads them again and again, until the service is told to stop. A collector that does not answer changes nothing.
    pub(crate) async fn follow(
        &self,
        settings: &Remote,
        service: &str,
        client: Arc<dyn HttpClient>,
        drain: Drain,
    ) {
        let service = percent_encoding::utf8_percent_encode(service, percent_encoding::NON_ALPHANUMERIC);
        let Ok(uri) = format!("{}?service={service}", settings.endpoint).parse::<Uri>() else { return };
        let mut was_read = true;
        loop {
            let result = self.fetch(&uri, &*client).await;
            if let Err(error) = &result
                && was_read
            {
                tracing::warn!(%uri, error = &**error as &dyn std::error::Error, "strategies cannot be read; they stay as they are");
            }
            if result.is_ok() && !was_read {
                tracing::info!(%uri, "strategies are read again");
            }
            was_read = result.is_ok();
            tokio::select! {
                () = drain.started() => return,
                () = tokio::time::sleep(settings.interval) => {}
            }
        }
    }

    async fn fetch(&self, uri: &Uri, client: &dyn HttpClient) -> Result<(), BoxError> {
        let request = Request::get(uri.clone()).body(Bytes::new())?;
        let answer = client.send(request).await?;
        if !answer.status().is_success() {
            return Err(format!("the collector answered {}", answer.status()).into());
        }
        Ok(self.read(answer.body())?)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn apply(&self, cell: &Cell) {
        let share = self.operations.get(&cell.name).unwrap_or(&self.default);
        cell.below.store(below(share.ratio), Relaxed);
        cell.at_least.set(share.at_least);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    probabilistic_sampling: Option<Probabilistic>,
    rate_limiting_sampling: Option<RateLimiting>,
    operation_sampling: Option<Operations>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Probabilistic {
    sampling_rate: f64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RateLimiting {
    max_traces_per_second: f64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Operations {
    default_sampling_probability: f64,
    default_lower_bound_traces_per_second: f64,
    per_operation_strategies: Vec<Operation>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Operation {
    operation: String,
    probabilistic_sampling: Probabilistic,
}
