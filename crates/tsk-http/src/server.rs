//! The server: what it listens on, and how it is made to serve.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tokio::task::JoinSet;
use tower_service::Service;
use tsk_core::{BoxError, Drain};

#[cfg(feature = "tls")]
use crate::tls::Reload;
use crate::{Config, Connection, Error};

mod activity;
mod addresses;
mod ahead;
mod authority;
mod checks;
mod connection;
mod cork;
mod descriptors;
mod edge;
mod framing;
#[cfg(feature = "tls")]
mod handshake;
mod listener;
#[cfg(all(test, tsk_model))]
mod model;
mod monitor;
mod places;
mod probe;
mod pulse;
mod running;
#[cfg(feature = "tls")]
mod secure;
mod settings;
mod slots;
mod stream;
mod strict;
mod sweep;
mod sweeper;
mod sync;
mod tally;
#[cfg(target_os = "linux")]
mod timer;
mod traffic;
mod transport;
mod upload;

pub use activity::Activity;
use addresses::Addresses;
pub use listener::Address;
use listener::Listener;
pub use monitor::Monitor;
pub use probe::Probe;
pub use running::{Fixed, Running, Stopped};
use slots::Slots;
use sweep::Connections;
use sweeper::Sweeper;
#[cfg(target_os = "linux")]
pub use timer::Timer;
pub use upload::{RequestBody, TOO_SLOW};

/// A server that listens, and has not begun to accept.
///
/// ```no_run
/// use tsk_http::{Config, Router, Server, get};
/// use tsk_core::Drain;
///
/// # async fn run() -> Result<(), tsk_http::Error> {
/// let routes = Router::new().route(get("/", || async { "hello" })).build()?;
/// let server = Server::bind(&Config::default()).await?;
/// server.serve(move |connection| routes.service(connection), Drain::new()).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    listeners: Vec<Listener>,
    connections: Arc<Connections>,
    sweeper: Sweeper,
    slots: Slots,
    addresses: Addresses,
    backlog: u32,
    drain_delay: Duration,
    drain_grace: Duration,
    drain_timeout: Duration,
    #[cfg(feature = "tls")]
    reload: (Reload, tokio::sync::watch::Receiver<()>),
}

impl Server {
    /// Listens on every configured address. Where the process may not open as many files as there may be
    /// connections, a warning says so.
    ///
    /// # Errors
    ///
    /// An address that cannot be listened on, or a configuration without any.
    pub async fn bind(config: &Config) -> Result<Self, Error> {
        check(config)?;
        let mut listeners = Vec::new();
        for index in 0..config.listen.len() {
            listeners.push(Listener::bind(config, index).await?);
        }
        descriptors::check(config.max_connections);
        let connections = Arc::<Connections>::default();
        Ok(Self {
            listeners,
            sweeper: Sweeper::start(Arc::clone(&connections))?,
            connections,
            slots: Slots::new(config.max_connections),
            addresses: Addresses::new(config),
            backlog: config.backlog,
            drain_delay: config.drain_delay,
            drain_grace: config.drain_grace.min(config.drain_timeout),
            drain_timeout: config.drain_timeout,
            #[cfg(feature = "tls")]
            reload: Reload::new(),
        })
    }

    /// What would keep a server from starting with these settings, its certificates among them, but for the addresses
    /// themselves: nothing listens. One error for the server as a whole, and one for each place to listen at.
    ///
    /// ```
    /// use tsk_http::{Config, Server};
    ///
    /// let config = Config { max_connections: 0, ..Config::default() };
    /// assert_eq!(Server::check(&config).len(), 1);
    /// ```
    pub fn check(config: &Config) -> Vec<Error> {
        let places = (0..config.listen.len()).map(|index| settings::Settings::new(config, index).map(drop));
        std::iter::once(check(config)).chain(places).filter_map(Result::err).collect()
    }

    /// Where it listens, in the order of the configuration.
    pub fn addresses(&self) -> Vec<Address> {
        self.listeners.iter().filter_map(Listener::address).cloned().collect()
    }

    /// Has probes answered before the stack, over HTTP/1 and HTTP/2. Only the first call counts.
    #[must_use]
    pub fn probed_by(self, probe: impl Probe) -> Self {
        let _ = self.connections.set_probe(Arc::new(probe));
        self
    }

    /// Tells how much goes on.
    pub fn monitor(&self) -> Monitor {
        Monitor::new(&self.connections)
    }

    /// Has the certificates read again while the server runs; `None` where there are none.
    #[cfg(feature = "tls")]
    pub fn reload(&self) -> Option<Reload> {
        let has_tls = self.listeners.iter().any(|listener| listener.settings().tls.is_some());
        has_tls.then(|| self.reload.0.clone())
    }

    /// Accepts connections and serves each with what `make` gives for it, until `drain` starts.
    ///
    /// Then, after the configured `drain_delay`, it stops listening, lets requests in flight finish, HTTP/1 with `connection: close` and HTTP/2
    /// with GOAWAY, answers what idle connections may still send for the configured `drain_grace`, and after
    /// `drain_timeout` closes what is left. Where the future is dropped, all connections are closed at once.
    pub async fn serve<M, S, B>(self, make: M, drain: Drain) -> Stopped
    where
        M: Fn(Connection) -> S + Send + Sync + 'static,
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut serving = JoinSet::new();
        // A task of its own, as what it spawns would otherwise wait for other threads to look for work.
        serving.spawn(async move {
            let make = Arc::new(make);
            let mut running = self.start();
            running.accept(&make, drain.started()).await;
            running.stop(&make).await
        });
        // It ends otherwise where the runtime does, and all tasks with it.
        serving.join_next().await.and_then(Result::ok).unwrap_or_default()
    }

    /// Begins to look after connections, in a way that lets the service and the settings change meanwhile.
    pub fn start(self) -> Running {
        Running::new(self)
    }
}

/// Checks what holds for all listeners.
fn check(config: &Config) -> Result<(), Error> {
    if config.listen.is_empty() {
        return Err(Error::config("`http.listen` names no address, so nobody could connect; name one"));
    }
    if config.max_connections == 0 {
        return Err(Error::config("`http.max_connections` is 0, so nobody could connect; set 1 or more"));
    }
    if !(1..=100 << 10).contains(&config.head_limit.as_u64()) {
        return Err(Error::config("`http.head_limit` is not 1 B to 100 KiB; choose one within"));
    }
    if !(1..=64 << 10).contains(&config.target_limit.as_u64()) {
        return Err(Error::config("`http.target_limit` is not 1 B to 64 KiB; choose one within"));
    }
    if !(1..=1_000).contains(&config.max_headers) {
        return Err(Error::config("`http.max_headers` is not 1 to 1,000; choose one within"));
    }
    config.h2.check()
}
