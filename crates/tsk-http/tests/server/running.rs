//! Servers under test.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
};
use tower_service::Service;
use tsk_core::{BoxError, Drain};
use tsk_http::{
    Config, Connection, Route, Router, Server, get,
    server::{Address, RequestBody, Stopped},
};

use crate::client::Client;

/// Waits for what must happen, and fails where it does not rather than hang.
pub(crate) async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("what the test waits for never happened")
}

/// Deadlines that no test reaches, on a port of its own.
pub(crate) fn config() -> Config {
    let never = Duration::from_secs(3_600);
    Config {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        first_byte_timeout: never,
        head_timeout: never,
        idle_timeout: never,
        drain_grace: Duration::ZERO,
        drain_timeout: never,
        ..Config::default()
    }
}

/// A server that runs.
pub(crate) struct Running {
    pub(crate) addresses: Vec<Address>,
    #[cfg(feature = "tls")]
    pub(crate) reload: Option<tsk_http::tls::Reload>,
    pub(crate) drain: Drain,
    task: JoinHandle<Stopped>,
}

impl Running {
    pub(crate) async fn start(router: Router) -> Self {
        Self::with(config(), router).await
    }

    pub(crate) async fn with(config: Config, router: Router) -> Self {
        let routes = router.build().unwrap();
        Self::serving(config, move |connection| routes.service(connection)).await
    }

    pub(crate) async fn serving<M, S, B>(config: Config, make: M) -> Self
    where
        M: Fn(Connection) -> S + Send + Sync + 'static,
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let server = Server::bind(&config).await.unwrap();
        let (addresses, drain) = (server.addresses(), Drain::new());
        #[cfg(feature = "tls")]
        let reload = server.reload();
        let task = tokio::spawn(server.serve(make, drain.clone()));
        Self {
            addresses,
            #[cfg(feature = "tls")]
            reload,
            drain,
            task,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.addresses[0].tcp().unwrap()
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address()).await
    }

    /// Tells the server to stop, and waits until it has: every connection is gone by then.
    pub(crate) async fn stop(self) -> Stopped {
        self.drain.start();
        self.stopped().await
    }

    pub(crate) async fn stopped(self) -> Stopped {
        patiently(self.task).await.unwrap()
    }
}

/// A handler that has begun, and waits to be let go.
#[derive(Default)]
pub(crate) struct Held {
    begun: Notify,
    go: Notify,
    left: Notify,
}

impl Held {
    /// A route `GET /held` whose handler answers `held` once it is let go.
    pub(crate) fn route(self: &Arc<Self>) -> Route {
        let held = Arc::clone(self);
        get("/held", move || {
            let held = Arc::clone(&held);
            async move {
                let _left = Left(Arc::clone(&held));
                held.wait().await;
                "held"
            }
        })
        .erased()
    }

    /// What the handler does.
    pub(crate) async fn wait(&self) {
        self.begun.notify_one();
        self.go.notified().await;
    }

    /// Waits until the handler runs.
    pub(crate) async fn begun(&self) {
        patiently(self.begun.notified()).await;
    }

    pub(crate) fn let_go(&self) {
        self.go.notify_one();
    }

    /// Waits until the handler is done or dropped.
    pub(crate) async fn left(&self) {
        patiently(self.left.notified()).await;
    }
}

struct Left(Arc<Held>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.left.notify_one();
    }
}

/// A body that is fed by the test.
pub(crate) struct Fed(mpsc::UnboundedReceiver<&'static str>);

impl Fed {
    pub(crate) fn new() -> (mpsc::UnboundedSender<&'static str>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Self(receiver))
    }
}

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece.into()))))
    }
}
