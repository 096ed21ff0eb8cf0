//! What one look costs at a service of 10,000 routes, each of which promises something, and 100 consumers that ask all of them: what the
//! console asks once in an interval while somebody looks, and never else.
//!
//! ```console
//! $ cargo run --release -p tsk-metrics --example look
//! ```
//!
//! It tells milliseconds of each, in JSON as the console sends it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use http::{Method, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{
    Body, Endpoint, Insight, Meta, ObserveLayer, Operation, Params, Peer, Policy, Principal, RequestContext,
    RouteTable, Scope, principal::Kind,
};
use tsk_metrics::{
    Config, Metrics,
    slo::{Slo, Slos},
    usage::{self, Usage},
};

const ROUTES: usize = 10_000;
const CONSUMERS: usize = 100;
const LOOKS: u32 = 20;
/// Items of a list that are shown.
const MOST: usize = 100;

#[derive(Clone)]
struct Answers;

impl Service<Request<Body>> for Answers {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Response::new(Body::from("hello"))))
    }
}

fn main() -> Result<(), tsk_metrics::Error> {
    let endpoint = |number: usize| {
        let mut meta = Meta::default();
        meta.insert(Slo::availability(99.9));
        let template = format!("/area-{}/things-{number}/{{id}}", number % 97);
        Endpoint::new(Some(Method::GET), template)
            .of_version(format!("v{}", number % 3))
            .declared(Operation::default(), meta)
    };
    let routes = RouteTable::new((0..ROUTES).map(endpoint));
    let config = Config { max_series_per_metric: 2 * ROUTES, max_series: 10 * ROUTES, ..Config::default() };
    let metrics = Metrics::new(&config)?;
    let budgets = metrics.budgets(&Slos::new(&routes, &[], &config)?, None);
    let counted = usage::Config { enabled: true, routes: ROUTES, ..usage::Config::default() };
    let usage = Usage::new(&counted, Instant::now())?;
    let mut observers = (metrics.http(), usage.observer());
    observers.bind(&routes).expect("they refuse no routes");
    let scope = Arc::new(Scope::new(Arc::new(routes), Peer::Local));
    let mut service = ObserveLayer::new(Arc::new(observers)).layer(Answers);
    for consumer in 0..CONSUMERS {
        let caller = Arc::new(Principal::new(format!("consumer-{consumer}"), Kind::Service));
        (0..ROUTES).for_each(|route| ask(&mut service, &scope, route, &caller));
    }
    let insights: [(&dyn Insight, &str); 3] = [(&metrics, "http"), (&usage, "usage"), (&budgets, "slo")];
    for (insight, name) in insights {
        let look = || insight.glance(MOST, "").to_string().len();
        look();
        let (begun, mut bytes) = (Instant::now(), 0);
        (0..LOOKS).for_each(|_| bytes = look());
        let millis = begun.elapsed().as_secs_f64() * 1e3 / f64::from(LOOKS);
        println!("{name}: {millis:.2} ms a look, {bytes} bytes");
    }
    Ok(())
}

fn ask<S>(service: &mut S, scope: &Arc<Scope>, route: usize, caller: &Arc<Principal>)
where
    S: Service<Request<Body>, Error = Infallible>,
{
    let mut request = Request::new(Body::empty());
    let context = RequestContext::attach(request.extensions_mut(), scope, route, Params::default());
    context.set_principal(Arc::clone(caller));
    match pin!(service.call(request)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => drop(answer),
        Poll::Pending => unreachable!("the service does not wait"),
    }
}
