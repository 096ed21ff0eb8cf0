//! The accept loop: connections, how their service and their settings change, and how they end.

use std::{
    future::{Future, poll_fn},
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
    sync::OwnedSemaphorePermit,
    task::{AbortHandle, JoinSet},
    time::Instant,
};
use tower_service::Service;
use tsk_core::{BoxError, Drain};

use super::{Server, connection, listener::Accepted, pulse::Command, tally::Reason, upload::RequestBody};
#[cfg(feature = "tls")]
use super::{handshake, stream::Stream};
use crate::{Config, Connection, Error, connection::Shared};
#[cfg(feature = "tls")]
use crate::{config::Protocol, tls};

/// A server that runs: it accepts connections, with one service after another, until it is stopped.
///
/// ```no_run
/// use std::sync::Arc;
/// use tsk_http::{Config, Router, Server, get};
///
/// # async fn changed() {}
/// # async fn told_to_stop() {}
/// # async fn run() -> Result<(), tsk_http::Error> {
/// let mut running = Server::bind(&Config::default()).await?.start();
/// let old = Router::new().route(get("/", || async { "old" })).build()?;
/// running.accept(&Arc::new(move |connection| old.service(connection)), changed()).await;
///
/// let new = Router::new().route(get("/", || async { "new" })).build()?;
/// let make = Arc::new(move |connection| new.service(connection));
/// running.retire();
/// running.accept(&make, told_to_stop()).await;
/// running.stop(&make).await;
/// # Ok(())
/// # }
/// ```
///
/// Where it is dropped, all connections are closed at once.
#[derive(Debug)]
pub struct Running {
    server: Server,
    /// Held by what a connection occupies: its own, so that what the application holds does not keep connections from
    /// being counted.
    open: Drain,
    tasks: JoinSet<()>,
    /// What looks after all connections by the present settings.
    watches: Vec<AbortHandle>,
    /// The listener to ask first.
    first: usize,
}

/// How a server stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that were closed because they had not finished by the deadline.
    pub abandoned: usize,
}

/// Settings that cannot change while a server runs, as they are named in the configuration.
pub type Fixed = Vec<&'static str>;

/// How many connections are accepted before others have their turn: where a thousand come together, nobody waits until
/// all of them have been seen to.
const ACCEPTED_AT_ONCE: usize = 4;

impl Running {
    pub(super) fn new(server: Server) -> Self {
        let (open, tasks) = (Drain::new(), JoinSet::new());
        let mut running = Self { server, open, tasks, watches: Vec::new(), first: 0 };
        running.watch();
        running
    }

    /// Accepts connections and serves each with what `make` gives for it, until `until` is over. Those that are open
    /// then stay so.
    pub async fn accept<M, S, B>(&mut self, make: &Arc<M>, until: impl Future<Output = ()>)
    where
        M: Fn(Connection) -> S + Send + Sync + 'static,
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let accepting = async {
            loop {
                for _ in 0..ACCEPTED_AT_ONCE {
                    let (accepted, slot) = self.next().await;
                    self.spawn(make, accepted, slot);
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = until => {}
            () = accepting => {}
        }
    }

    /// Has connections follow other settings: those to come at once. Those that are open follow the old ones; they can
    /// be [retired](Self::retire).
    ///
    /// It gives the settings that are different and cannot change while the server runs; they stay as they are.
    ///
    /// # Errors
    ///
    /// Settings that make no sense, and certificates that cannot be used. Nothing has changed then.
    pub fn reconfigure(&mut self, config: &Config) -> Result<Fixed, Error> {
        super::check(config)?;
        let server = &mut self.server;
        let changes = server.listeners.iter().map(|listener| listener.change(config));
        let changes = changes.collect::<Result<Vec<_>, _>>()?;
        let mut fixed = Fixed::new();
        if changes.iter().any(Option::is_none) || changes.len() != config.listen.len() {
            fixed.push("http.listen");
        }
        if server.backlog != config.backlog {
            fixed.push("http.backlog");
        }
        for (listener, change) in server.listeners.iter_mut().zip(changes) {
            change.into_iter().for_each(|change| listener.apply(change));
        }
        super::descriptors::check(config.max_connections);
        server.slots.resize(config.max_connections);
        server.addresses.reconfigure(config);
        server.drain_delay = config.drain_delay;
        server.drain_grace = config.drain_grace.min(config.drain_timeout);
        server.drain_timeout = config.drain_timeout;
        self.watch();
        Ok(fixed)
    }

    /// Has the connections that are open finish: what is in flight is answered, and what idle clients may still send
    /// for the configured `drain_grace`; then they are closed, and their clients come again.
    pub fn retire(&mut self) {
        let open = self.server.connections.open_now();
        open.iter().for_each(|pulse| pulse.give(Command::Retire));
        let grace = self.server.drain_grace;
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(async move {
            tokio::time::sleep(grace).await;
            open.iter().for_each(|pulse| pulse.give(Command::Finish));
        });
    }

    /// Goes on accepting for the configured `drain_delay`, stops listening, lets requests in flight finish, and after the configured `drain_timeout` closes what is left:
    /// see [`Server::serve`]. What the system has accepted in the meantime is served with what `make` gives.
    pub async fn stop<M, S, B>(mut self, make: &Arc<M>) -> Stopped
    where
        M: Fn(Connection) -> S + Send + Sync + 'static,
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let delay = self.server.drain_delay;
        if !delay.is_zero() {
            self.accept(make, tokio::time::sleep(delay)).await;
        }
        for listener in std::mem::take(&mut self.server.listeners) {
            for connection in listener.close(self.server.slots.free()) {
                if let Some(slot) = self.server.slots.try_take() {
                    self.spawn(make, connection, slot);
                }
            }
        }
        let connections = &self.server.connections;
        let deadline = Instant::now() + self.server.drain_timeout;
        connections.command(Command::Retire);
        // Who has all it wants by then has gone by itself.
        let _ = tokio::time::timeout(self.server.drain_grace, self.open.finished()).await;
        connections.command(Command::Finish);
        let in_time = tokio::time::timeout_at(deadline, self.open.finished()).await.is_ok();
        let abandoned = if in_time { 0 } else { connections.len() };
        connections.command(Command::Close);
        // Tasks end at their next poll; one that blocks its thread in a handler cannot be waited for.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.open.finished()).await;
        Stopped { abandoned }
    }

    /// The next client, and its slot.
    async fn next(&mut self) -> (Accepted, OwnedSemaphorePermit) {
        loop {
            // The slot comes first: who finds none waits in the kernel's backlog.
            let slot = self.server.slots.take().await;
            let (listeners, first) = (&mut self.server.listeners, &mut self.first);
            let accepted = poll_fn(|cx| {
                let count = listeners.len();
                for index in (0..count).map(|offset| (*first + offset) % count) {
                    if let Poll::Ready(accepted) = listeners[index].poll_accept(cx) {
                        // Who was served last is asked last, so that no listener starves the others.
                        *first = index + 1;
                        return Poll::Ready(accepted);
                    }
                }
                Poll::Pending
            });
            match accepted.await {
                Ok(accepted) => return (accepted, slot),
                Err(error) => recover(&error).await,
            }
        }
    }

    /// Serves a client, in a task of its own.
    fn spawn<M, S, B>(&self, make: &Arc<M>, accepted: Accepted, slot: OwnedSemaphorePermit)
    where
        M: Fn(Connection) -> S + Send + Sync + 'static,
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let Accepted { stream, peer, place, settings } = accepted;
        let Some(share) = self.server.addresses.take(peer) else {
            self.server.connections.tally().refused(Reason::Crowded, peer);
            return;
        };
        let held = (self.open.hold(), slot, place, share);
        let registration = self.server.connections.open(Arc::clone(&settings.limits), peer);
        let connection = settings.connection.with_peer(peer);
        #[cfg(feature = "tls")]
        let stream = match (stream, &settings.tls) {
            (Stream::Tcp(socket), Some(tls)) => {
                let (tls, make, protocol) = (Arc::clone(tls), Arc::clone(make), settings.protocol);
                registration.pulse().set_shaking(true);
                tokio::spawn(async move {
                    let shaken = handshake::shake(socket, peer, &tls, registration.pulse()).await;
                    let tally = registration.tally();
                    let Some((stream, info)) = shaken else {
                        tally.tls_failed.more();
                        return;
                    };
                    tally.tls.more();
                    let protocol = info.http().or(protocol).unwrap_or(Protocol::H1);
                    if let Some(made) = made(&*make, connection.with_tls(info)) {
                        connection::serve(stream, made, registration, Some(protocol), held).await;
                    }
                });
                return;
            }
            (stream, _) => stream,
        };
        if let Some(made) = made(&**make, connection) {
            let serving = connection::serve(stream, made, registration, settings.protocol, held);
            tokio::spawn(serving);
        }
    }

    /// Looks after connections and certificates by the present settings, and no longer by earlier ones.
    fn watch(&mut self) {
        self.watches.drain(..).for_each(|watch| watch.abort());
        let settings = || self.server.listeners.iter().map(|listener| listener.settings());
        if let Some(interval) = settings().map(|settings| settings.limits.interval()).min() {
            self.server.sweeper.every(interval);
        }
        #[cfg(feature = "tls")]
        for acceptor in settings().filter_map(|settings| settings.tls.clone()) {
            self.watches.push(self.tasks.spawn(tls::watch(acceptor, self.server.reload.1.clone())));
        }
    }
}

/// Closes what is left where serving is given up.
impl Drop for Running {
    fn drop(&mut self) {
        self.server.connections.command(Command::Close);
    }
}

/// The service for a connection, and what the server shares with it; `None` if `make` panics.
fn made<S>(make: impl Fn(Connection) -> S, connection: Connection) -> Option<(S, Arc<Shared>)> {
    let (peer, shared) = (connection.peer(), Arc::clone(connection.shared()));
    // What a panic leaves behind belongs to this connection, which is dropped.
    let made = catch_unwind(AssertUnwindSafe(|| make(connection)));
    if made.is_err() {
        tracing::error!(%peer, "no service could be made for a connection: the maker panicked");
    }
    Some((made.ok()?, shared))
}

/// Some errors are the client's, who has gone already; others need a moment, for descriptors to be closed.
async fn recover(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "cannot accept a connection; trying again in 100 ms");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
