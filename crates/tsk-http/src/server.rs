//! The accept loop: listeners, connections, and how they end.

use std::{
    future::poll_fn,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::Instant,
};
use tower_service::Service;
use tsk_core::{BoxError, Drain};

use crate::{Config, Connection, Error};
#[cfg(feature = "tls")]
use crate::{
    config::Protocol,
    tls::{self, Reload},
};

mod addresses;
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
mod places;
mod pulse;
mod refused;
#[cfg(feature = "tls")]
mod secure;
mod settings;
mod stream;
mod strict;
mod sweep;
mod sweeper;
mod sync;
mod transport;
mod upload;

use addresses::Addresses;
pub use listener::Address;
use listener::{Accepted, Listener};
use pulse::Command;
#[cfg(feature = "tls")]
use stream::Stream;
use sweep::Connections;
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
    drain_grace: Duration,
    drain_timeout: Duration,
    max_connections: usize,
    addresses: Arc<Addresses>,
    #[cfg(feature = "tls")]
    reload: (Reload, tokio::sync::watch::Receiver<()>),
}

/// How a server stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that were closed because they had not finished by the deadline.
    pub abandoned: usize,
}

impl Server {
    /// Listens on every configured address. Where the process may not open as many files as there may be
    /// connections, a warning says so.
    ///
    /// # Errors
    ///
    /// An address that cannot be listened on, or a configuration without any.
    pub async fn bind(config: &Config) -> Result<Self, Error> {
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
        config.h2.check()?;
        let mut listeners = Vec::new();
        for index in 0..config.listen.len() {
            listeners.push(Listener::bind(config, index).await?);
        }
        descriptors::check(config.max_connections);
        Ok(Self {
            listeners,
            drain_grace: config.drain_grace.min(config.drain_timeout),
            drain_timeout: config.drain_timeout,
            max_connections: config.max_connections.min(Semaphore::MAX_PERMITS),
            addresses: Addresses::new(config),
            #[cfg(feature = "tls")]
            reload: Reload::new(),
        })
    }

    /// Where it listens, in the order of the configuration.
    pub fn addresses(&self) -> Vec<Address> {
        self.listeners.iter().filter_map(Listener::address).cloned().collect()
    }

    /// Has the certificates read again while the server runs; `None` where there are none.
    #[cfg(feature = "tls")]
    pub fn reload(&self) -> Option<Reload> {
        let has_tls = self.listeners.iter().any(|listener| listener.settings().tls.is_some());
        has_tls.then(|| self.reload.0.clone())
    }

    /// Accepts connections and serves each with what `make` gives for it, until `drain` starts.
    ///
    /// Then it stops listening, lets requests in flight finish, HTTP/1 with `connection: close` and HTTP/2
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
        let Self { listeners, drain_grace, drain_timeout, max_connections, addresses, .. } = self;
        let connections = Arc::new(Connections::default());
        let slots = Arc::new(Semaphore::new(max_connections));
        // Its own, so that what the application holds does not keep connections from being counted.
        let open = Drain::new();
        let _end = End(Arc::clone(&connections));
        let mut tasks = JoinSet::new();
        let interval = listeners.iter().map(|listener| listener.settings().limits.interval()).min();
        tasks.spawn(sweeper::run(Arc::clone(&connections), interval.unwrap_or_default()));

        #[cfg(feature = "tls")]
        let (_reload, asked) = self.reload;
        #[cfg(feature = "tls")]
        for acceptor in listeners.iter().filter_map(|listener| listener.settings().tls.as_ref()) {
            tasks.spawn(tls::watch(Arc::clone(acceptor), asked.clone()));
        }

        let make = Arc::new(make);
        let (hold, watched) = (open.clone(), Arc::clone(&connections));
        let spawn = move |accepted: Accepted, slot: OwnedSemaphorePermit| {
            let Accepted { stream, peer, place, settings } = accepted;
            let Some(share) = addresses.take(peer) else { return };
            let held = (hold.hold(), slot, place, share);
            let registration = watched.open(Arc::clone(&settings.limits), peer);
            let connection = settings.connection.with_peer(peer);
            #[cfg(feature = "tls")]
            let stream = match (stream, &settings.tls) {
                (Stream::Tcp(socket), Some(tls)) => {
                    let (tls, make, protocol) = (Arc::clone(tls), Arc::clone(&make), settings.protocol);
                    registration.pulse().set_shaking(true);
                    tokio::spawn(async move {
                        let shaken = handshake::shake(socket, peer, &tls, registration.pulse()).await;
                        let Some((stream, info)) = shaken else { return };
                        let protocol = info.http().or(protocol).unwrap_or(Protocol::H1);
                        if let Some(service) = made(&*make, connection.with_tls(info)) {
                            connection::serve(stream, service, registration, Some(protocol), held).await;
                        }
                    });
                    return;
                }
                (stream, _) => stream,
            };
            if let Some(service) = made(&*make, connection) {
                let serving = connection::serve(stream, service, registration, settings.protocol, held);
                tokio::spawn(serving);
            }
        };
        // A task of its own, as what it spawns would otherwise wait for other threads to look for work.
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listeners, Arc::clone(&slots), drain, spawn));
        let Some(Ok((listeners, spawn))) = accepting.join_next().await else {
            // The runtime is going, and all tasks with it.
            return Stopped::default();
        };
        for listener in listeners {
            for connection in listener.close(slots.available_permits()) {
                if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
                    spawn(connection, slot);
                }
            }
        }
        let deadline = Instant::now() + drain_timeout;
        connections.command(Command::Retire);
        // Who has all it wants by then has gone by itself.
        let _ = tokio::time::timeout(drain_grace, open.finished()).await;
        connections.command(Command::Finish);
        let in_time = tokio::time::timeout_at(deadline, open.finished()).await.is_ok();
        let abandoned = if in_time { 0 } else { connections.len() };
        connections.command(Command::Close);
        // Tasks end at their next poll; one that blocks its thread in a handler cannot be waited for.
        let _ = tokio::time::timeout(Duration::from_secs(1), open.finished()).await;
        Stopped { abandoned }
    }
}

/// The service for a connection; `None` if `make` panics.
fn made<S>(make: impl Fn(Connection) -> S, connection: Connection) -> Option<S> {
    let peer = connection.peer();
    // What a panic leaves behind belongs to this connection, which is dropped.
    let made = catch_unwind(AssertUnwindSafe(|| make(connection)));
    if made.is_err() {
        tracing::error!(%peer, "no service could be made for a connection: the maker panicked");
    }
    made.ok()
}

/// Closes what is left where serving is given up.
struct End(Arc<Connections>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.command(Command::Close);
    }
}

/// How many connections are accepted before others have their turn: where a thousand come together, nobody waits until all of
/// them have been seen to.
const ACCEPTED_AT_ONCE: usize = 4;

/// Accepts until the drain starts, and gives back what it was given.
async fn accept<F: Fn(Accepted, OwnedSemaphorePermit)>(
    mut listeners: Vec<Listener>,
    slots: Arc<Semaphore>,
    drain: Drain,
    spawn: F,
) -> (Vec<Listener>, F) {
    tokio::select! {
        biased;
        () = drain.started() => {}
        () = accept_all(&mut listeners, &slots, &spawn) => {}
    }
    (listeners, spawn)
}

async fn accept_all(
    listeners: &mut [Listener],
    slots: &Arc<Semaphore>,
    spawn: impl Fn(Accepted, OwnedSemaphorePermit),
) {
    // Who was served last is asked last, so that no listener starves the others.
    let (mut first, mut count) = (0, 0_usize);
    loop {
        // The slot comes first: who finds none waits in the kernel's backlog.
        let slot = Arc::clone(slots).acquire_owned().await.expect("the semaphore is never closed");
        let accepted = poll_fn(|cx| {
            let count = listeners.len();
            for index in (0..count).map(|offset| (first + offset) % count) {
                if let Poll::Ready(accepted) = listeners[index].poll_accept(cx) {
                    first = index + 1;
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        });
        match accepted.await {
            Ok(connection) => spawn(connection, slot),
            Err(error) => recover(&error).await,
        }
        count = (count + 1) % ACCEPTED_AT_ONCE;
        if count == 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// Some errors are the client's, who has gone already; others need a moment, for descriptors to be closed.
async fn recover(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "cannot accept a connection; trying again in 100 ms");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
