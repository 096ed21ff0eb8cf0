//! A service on plain hyper that can work on so many requests at a time, and stays up when more come.
//!
//! ```console
//! $ cargo run --release -p tsk-ratelimit --example overload_plain_hyper
//! ```
//!
//! `/pay` is critical, `/list` is normal, and `/hints` are the first to be refused; each takes 40 ms, of 32 at a time.

use std::{convert::Infallible, error::Error, future::Future, pin::Pin, sync::Arc, task, time::Duration};

use http::{Method, Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::Semaphore};
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_core::{
    Body, Endpoint, GateLayer, Meta, Operation, Params, Peer, Policy as _, RequestContext, RouteTable, Scope,
};
use tsk_ratelimit::adaptive::{AdaptiveGate, Config, Priority};

/// What the work needs, such as the connections of a pool to a database.
const AT_A_TIME: usize = 32;
const WORK: Duration = Duration::from_millis(40);

#[derive(Clone)]
struct Work(Arc<Semaphore>);

impl Service<Request<Incoming>> for Work {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), Infallible>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        let connections = Arc::clone(&self.0);
        Box::pin(async move {
            let _connection = connections.acquire().await;
            tokio::time::sleep(WORK).await;
            Ok(Response::new("done\n".into()))
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let routes = [("/pay", Priority::Critical), ("/list", Priority::Normal), ("/hints", Priority::Sheddable)];
    let routes = Arc::new(RouteTable::new(routes.map(|(path, priority)| {
        let mut meta = Meta::default();
        meta.insert(priority);
        Endpoint::new(Some(Method::GET), path).declared(Operation::default(), meta)
    })));
    let mut gate = AdaptiveGate::new(&Config::default())?;
    gate.bind(&routes)?;
    let service = GateLayer::new(gate).layer(Work(Arc::new(Semaphore::new(AT_A_TIME))));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().await?;
        let (service, scope) = (service.clone(), Arc::new(Scope::new(Arc::clone(&routes), Peer::from(peer))));
        let service = service_fn(move |mut request: Request<Incoming>| {
            let route = scope.routes().iter().find(|route| route.template() == request.uri().path());
            let route = route.unwrap_or(scope.routes().unmatched()).index();
            RequestContext::attach(request.extensions_mut(), &scope, route, Params::default());
            service.clone().call(request)
        });
        tokio::spawn(async move {
            // Clients come and go.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
