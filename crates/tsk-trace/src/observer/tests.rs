#![allow(clippy::unwrap_used)]

use std::{convert::Infallible, sync::Arc, time::Duration};

use http::{HeaderMap, Method, Request, Response, StatusCode};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_proto::tonic::{common::v1::any_value::Value as Said, trace::v1::Span as Sent};
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;
use tower_layer::Layer as _;
use tower_service::Service as _;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tsk_core::{
    Body, Endpoint, IntoResponse as _, Meta, Observe, ObserveLayer, Operation, Params, Peer, Policy as _,
    Problem, Proxies, RequestContext, RouteTable, Scope, context::Trace,
};

use crate::{
    Config, Parent, Sampling, Tracing,
    config::{Retain, Rule},
    queue::Waiting,
    record::ServerSpan,
};

mod calls;
mod retained;
mod spans;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const ID: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;

fn always() -> Config {
    Config { sampling: Sampling::Always, ..Config::default() }
}

fn never() -> Config {
    Config { sampling: Sampling::Never, ..Config::default() }
}

fn routes() -> RouteTable {
    let mut meta = Meta::default();
    meta.insert(Sampling::Always);
    RouteTable::new([
        Endpoint::new(Some(Method::GET), "/users/{id}"),
        Endpoint::new(Some(Method::GET), "/declared").declared(Operation::default(), meta),
        Endpoint::new(None, "/any"),
    ])
}

fn request(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

/// Calls a service that is traced, with a request to the route of that index, and gives the trace of it.
async fn call<F>(
    tracing: &Tracing,
    route: usize,
    request: Request<Body>,
    handler: impl Fn(RequestContext) -> F,
) -> Trace
where
    F: Future<Output = Response<Body>>,
{
    call_over(|scope| scope, tracing, route, request, handler).await
}

/// The same, over a connection that is told more of.
async fn call_over<F>(
    of: impl FnOnce(Scope) -> Scope,
    tracing: &Tracing,
    route: usize,
    mut request: Request<Body>,
    handler: impl Fn(RequestContext) -> F,
) -> Trace
where
    F: Future<Output = Response<Body>>,
{
    let routes = routes();
    let mut observer = tracing.observer();
    observer.bind(&routes).unwrap();
    assert!(observer.is_active());
    let peer = Peer::from(std::net::SocketAddr::from(([192, 0, 2, 1], 4711)));
    let scope = Arc::new(of(Scope::new(Arc::new(routes), peer)));
    let context = RequestContext::attach(request.extensions_mut(), &scope, route, Params::default()).clone();
    let inner = tower_service_fn(|request: Request<Body>| {
        let context = RequestContext::ensure(&mut request.into_parts().0.extensions);
        let answer = handler(context);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let mut service = ObserveLayer::new(Arc::new(observer)).layer(inner);
    let answer = service.call(request).await.unwrap();
    http_body_util::BodyExt::collect(answer.into_body()).await.unwrap();
    context.trace().unwrap()
}

struct Function<F>(F);

fn tower_service_fn<F>(function: F) -> Function<F> {
    Function(function)
}

impl<F, T> tower_service::Service<Request<Body>> for Function<F>
where
    F: Fn(Request<Body>) -> T,
    T: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = T;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> T {
        (self.0)(request)
    }
}

async fn hello(_: RequestContext) -> Response<Body> {
    Response::new(Body::from("hello"))
}

/// The spans of requests, as a collector is told of them.
fn servers(tracing: &Tracing) -> Vec<Sent> {
    sent(tracing, &tracing.taken())
}

fn sent(tracing: &Tracing, taken: &Waiting) -> Vec<Sent> {
    let plans = tracing.plans().read();
    let sent = |span: crate::requests::Request<'_>| {
        let mut bytes = Vec::new();
        use crate::export::encode::{Known, server};
        server(&mut bytes, span, plans.get(span.plan).unwrap(), &mut Known::default());
        Sent::decode(&*bytes).unwrap()
    };
    taken.server.iter().map(sent).collect()
}

/// What an attribute of such a span says.
fn said(span: &Sent, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref().unwrap().value.as_ref().unwrap() {
        Said::StringValue(text) => Some(text.clone()),
        Said::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key)?;
    Some(found.value.to_string())
}
