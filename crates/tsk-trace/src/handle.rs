//! Tracing of a service, as it is set up.

use std::{fmt, future::Future, sync::Arc};

use http::{HeaderMap, Method, Uri};
use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};
use tsk_core::{Drain, HttpClient, Insight};

#[cfg(test)]
use crate::queue::Waiting;
use crate::{
    Config, Error, TraceObserver,
    bridge::{self, Bridge, Sink},
    call::{Call, Client},
    config::{Retain, Sampling},
    current::Mode,
    export::{Counts, Exporter, Parts},
    intake::Intake,
    layer,
    plan::Plans,
    propagate::Propagators,
    queue::Queue,
    redact::Secrets,
    sampling::{Beginning, Callers, Sampler, remote::Strategies},
    seen::Seen,
};

/// Tracing of a service. Clones are of the same.
///
/// A service has one, for as long as the process lives; each application in the place of another, as with a reload of the
/// configuration, has an observer of its own.
#[derive(Clone)]
pub struct Tracing(Arc<Shared>);

/// What all parts of it refer to.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) propagators: Propagators,
    pub(crate) callers: Callers,
    pub(crate) strategies: Arc<Strategies>,
    /// Of routes that say nothing else. That of a rate is shared.
    sampler: Sampler,
    /// What becomes of requests that are not sampled.
    pub(crate) unsampled: Mode,
    pub(crate) beginning: Beginning,
    pub(crate) plans: Arc<Plans>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) bridge: Bridge,
    intake: Arc<Intake>,
    /// `None` where there is no tracing.
    exporter: Option<Exporter>,
}

impl Tracing {
    /// Tracing as it is configured.
    ///
    /// # Errors
    ///
    /// Settings that cannot be.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::with_client(config, None)
    }

    /// The same, but spans are sent with that client.
    ///
    /// # Errors
    ///
    /// As with [`new`](Self::new).
    pub fn with_client(config: Config, client: Option<Arc<dyn HttpClient>>) -> Result<Self, Error> {
        config.check()?;
        let mut shared = Shared::new(config);
        if shared.config.enabled {
            let parts = Parts {
                intake: Arc::clone(&shared.intake),
                scope: bridge::scope(),
                resource: shared.config.resource(),
            };
            shared.exporter = Some(Exporter::start(&shared.config.export, parts, client)?);
        }
        Ok(Self(Arc::new(shared)))
    }

    /// What watches the requests of a service: to be bound to its routes, then shared.
    pub fn observer(&self) -> TraceObserver {
        TraceObserver::new(Arc::clone(&self.0))
    }

    /// What makes the spans of handlers part of the traces of their requests: to be added to the subscriber of the
    /// application, which is its own.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        layer::bridged(&self.0.bridge, self.0.config.level)
    }

    /// Begins a call of another service, `peer`, which is told of the trace in `headers`. `None` where it is no span: outside
    /// of a request, or in one that is not sampled.
    ///
    /// ```
    /// # fn answer() -> http::StatusCode { http::StatusCode::OK }
    /// # let tracing = tsk_trace::Tracing::new(tsk_trace::Config::default())?;
    /// let mut request = http::Request::get("http://stock.internal/items/7").body(())?;
    /// let (method, uri) = (request.method().clone(), request.uri().clone());
    /// let mut call = tracing.call("stock", &method, &uri, request.headers_mut());
    /// let status = answer();
    /// if let Some(call) = &mut call {
    ///     call.answered(status);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call(&self, peer: &str, method: &Method, uri: &Uri, headers: &mut HeaderMap) -> Option<Call> {
        Call::begin(&self.0, peer, method, uri, headers)
    }

    /// A client that does so with each request to `peer`.
    pub fn client(&self, inner: Arc<dyn HttpClient>, peer: &str) -> Client {
        Client::new(&self.0, inner, peer)
    }

    /// What there is to show of it: the recent requests that failed or were slow, errors of the same kind, who calls whom, and
    /// what became of the spans. They are of all requests that have ended by the moment one is asked, sent or not.
    pub fn insights(&self) -> Vec<Arc<dyn Insight>> {
        let mut insights = self.0.intake.insights();
        insights.extend(self.0.exporter.as_ref().map(|exporter| Arc::new(exporter.insight()) as _));
        insights
    }

    /// What became of the spans; nothing where there is no tracing.
    pub fn counts(&self) -> Counts {
        self.0.exporter.as_ref().map(Exporter::counts).unwrap_or_default()
    }

    /// Sends what has come so far, and says whether all of it was done with within `tracing.export.flush_timeout`. It can be
    /// awaited on any runtime.
    ///
    /// It is to be awaited at the end of a service, after its last request. When the last clone is dropped, spans are sent as
    /// well, and the thread that drops it waits.
    pub async fn flush(&self) -> bool {
        match &self.0.exporter {
            Some(exporter) => exporter.flush(self.0.config.export.flush_timeout).await,
            None => true,
        }
    }

    /// Reads the strategies of a Jaeger collector, where these are configured, until `drain` starts.
    ///
    /// It is to be spawned; otherwise the share that is configured for the beginning stays.
    pub fn follow(
        &self,
        client: Arc<dyn HttpClient>,
        drain: Drain,
    ) -> impl Future<Output = ()> + Send + 'static {
        let shared = Arc::clone(&self.0);
        async move {
            if let Sampling::Remote(remote) = &shared.config.sampling
                && shared.config.enabled
            {
                shared.strategies.follow(remote, shared.config.service(), client, drain).await;
            }
        }
    }

    /// Tracing whose spans stay in the queue.
    #[cfg(test)]
    pub(crate) fn unexported(config: Config) -> Self {
        config.check().expect("settings of a test");
        Self(Arc::new(Shared::new(config)))
    }

    #[cfg(test)]
    pub(crate) fn plans(&self) -> &Plans {
        &self.0.plans
    }

    #[cfg(test)]
    pub(crate) fn taken(&self) -> Waiting {
        let mut all = Waiting::default();
        for place in 0..self.0.queue.places() {
            let mut one = Waiting::default();
            self.0.queue.swap(place, &mut one);
            all.append(&mut one);
        }
        all
    }
}

impl Shared {
    fn new(config: Config) -> Self {
        let queue = Arc::new(Queue::new(config.export.queue_size, config.export.batch_size));
        let secrets = Arc::new(Secrets::new(&config.redact));
        let initial = if let Sampling::Remote(remote) = &config.sampling { remote.initial } else { 0.0 };
        let strategies = Arc::new(Strategies::new(initial));
        let plans = Arc::<Plans>::default();
        Self {
            propagators: config.propagators.iter().copied().collect(),
            callers: Callers::new(config.parent),
            sampler: Sampler::new(&config.sampling, &strategies, ""),
            strategies,
            unsampled: match config.retain {
                Retain::None => Mode::Unsampled,
                Retain::Root => Mode::Watched,
                Retain::Full => Mode::Buffered,
            },
            beginning: Beginning::now(),
            intake: Arc::new(Intake::new(Arc::clone(&queue), Arc::clone(&plans), Seen::new(config.slow))),
            plans,
            bridge: Bridge::new(Some(Sink::new(Arc::clone(&queue), Arc::clone(&secrets)))),
            secrets,
            queue,
            exporter: None,
            config,
        }
    }

    /// The sampler of a route that says nothing else, whose spans have that name.
    pub(crate) fn sampler(&self, name: &str) -> Sampler {
        match &self.config.sampling {
            // One bucket for the service.
            Sampling::PerSecond(_) => self.sampler.clone(),
            sampling => Sampler::new(sampling, &self.strategies, name),
        }
    }
}

impl fmt::Debug for Tracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracing").field("config", &self.0.config).finish_non_exhaustive()
    }
}
