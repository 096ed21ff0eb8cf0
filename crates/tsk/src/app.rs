//! From routes and configuration to a service that runs.

use tokio::signal::unix::{SignalKind, signal};
use tsk_core::Drain;
use tsk_http::{
    Router, Server,
    server::{Address, Stopped},
};

use crate::{Config, Error, stack::Layers};

/// A service, in the making.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
#[must_use = "a service answers nothing until it is served"]
pub struct App {
    config: Config,
    router: Router,
    drain: Drain,
}

impl App {
    /// A service without routes.
    pub fn new(config: Config) -> Self {
        Self { config, router: Router::new(), drain: Drain::new() }
    }

    /// Adds routes.
    pub fn routes(mut self, routes: Router) -> Self {
        self.router = self.router.merge(routes);
        self
    }

    /// The signal that stops the service, for those who run with it, and for those who stop it themselves.
    pub fn drain(&self) -> Drain {
        self.drain.clone()
    }

    /// Checks the routes and listens, without accepting yet: what can go wrong at start goes wrong here.
    ///
    /// # Errors
    ///
    /// Routes that contradict each other or lack something, and addresses that cannot be listened on.
    pub async fn bind(self) -> Result<Bound, Error> {
        let Self { config, router, drain } = self;
        let layers = Layers {
            routes: router.build()?,
            id_header: config.http.id_header()?,
            body_limit: config.http.body_limit.as_u64(),
            drain: drain.clone(),
        };
        let server = Server::bind(&config.http).await?;
        Ok(Bound { server, layers, drain })
    }

    /// Serves until the process is told to stop by SIGTERM or SIGINT, and lets requests in flight finish.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub async fn serve(self) -> Result<(), Error> {
        let _ = self.bind().await?.serve_until_signalled().await?;
        Ok(())
    }
}

/// A service that listens.
#[derive(Debug)]
#[must_use = "a service answers nothing until it is served"]
pub struct Bound {
    server: Server,
    layers: Layers,
    drain: Drain,
}

impl Bound {
    /// Where it listens, in the order of the configuration.
    pub fn addresses(&self) -> Vec<Address> {
        self.server.addresses()
    }

    /// Serves until the [drain](App::drain) starts, and lets requests in flight finish.
    pub async fn serve(self) -> Stopped {
        let Self { server, layers, drain } = self;
        server.serve(move |peer| layers.stack(peer), drain).await
    }

    /// Serves until SIGTERM or SIGINT as well. A second signal ends it at once.
    ///
    /// # Errors
    ///
    /// Signals that cannot be listened for.
    pub async fn serve_until_signalled(self) -> Result<Stopped, Error> {
        let mut terminate = signal(SignalKind::terminate()).map_err(Error::signal)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::signal)?;
        let drain = self.drain.clone();
        let signals = async {
            for _ in 0..2 {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                drain.start();
            }
        };
        tokio::select! {
            stopped = self.serve() => Ok(stopped),
            () = signals => Ok(Stopped::default()),
        }
    }
}
