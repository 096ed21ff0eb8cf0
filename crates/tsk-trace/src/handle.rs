//! Tracing of a service, as it is set up.

use std::{fmt, future::Future, sync::Arc};

use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};
use tsk_core::{Drain, HttpClient};

use crate::{
    Config, Error, TraceObserver,
    bridge::Bridge,
    config::{Retain, Sampling},
    current::Mode,
    layer,
    plan::Plans,
    propagate::Propagators,
    queue::Queue,
    redact::Secrets,
    sampling::{Beginning, Callers, Sampler, remote::Strategies},
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
}

impl Tracing {
    /// Tracing as it is configured.
    ///
    /// # Errors
    ///
    /// Settings that cannot be.
    pub fn new(config: Config) -> Result<Self, Error> {
        config.check()?;
        let queue = Arc::new(Queue::default());
        Ok(Self(Arc::new(Shared::new(config, queue))))
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
        layer::layer(&self.0.bridge, self.0.config.level)
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

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Shared {
    pub(crate) fn new(config: Config, queue: Arc<Queue>) -> Self {
        let initial = if let Sampling::Remote(remote) = &config.sampling { remote.initial } else { 0.0 };
        let strategies = Arc::new(Strategies::new(initial));
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
            plans: Arc::default(),
            secrets: Arc::new(Secrets::new(&config.redact)),
            bridge: Bridge::new(Arc::clone(&queue)),
            queue,
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
