//! What it costs to count a request: `cost watched 2000`, `cost counted 2000`, and so on.
//!
//! Under `valgrind --tool=callgrind`, the difference of two lengths is the cost of a request:
//!
//! - `bare`: of one that nobody observes;
//! - `watched`: of one with an observer that does nothing, which is the share of `ObserveLayer`;
//! - `counted`: of one that is counted;
//! - `traced`: the same where each is sampled, and so offered as an exemplar;
//! - `used`: of one of which it is counted who has sent it, and nothing else.
//!
//! Without valgrind, it tells nanoseconds a request.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use http::{HeaderMap, HeaderValue, Method, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{
    Body, Endpoint, Head, Observe, ObserveLayer, Outcome, Params, Peer, Policy, Principal, RequestContext,
    RouteTable, Scope, context::Trace, principal::Kind,
};
use tsk_metrics::{
    Config, Metrics,
    usage::{self, Usage},
};

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

/// Does nothing.
#[derive(Clone)]
struct Watcher;

impl Policy for Watcher {}

impl Observe for Watcher {
    type State = ();

    fn begin(&self, (): &mut (), _: &Head<'_>) {}

    fn ended(&self, (): &mut (), context: &RequestContext, outcome: &Outcome) {
        std::hint::black_box((context, outcome));
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let kind = args.next().unwrap_or_else(|| "counted".into());
    let count = args.next().and_then(|count| count.parse().ok()).unwrap_or(2_000);

    let routes = RouteTable::new([Endpoint::new(Some(Method::GET), "/users/{id}")]);
    let metrics = Metrics::new(&Config::default()).expect("the defaults are right");
    let mut http = metrics.http();
    http.bind(&routes).expect("it refuses no routes");
    let settings = usage::Config { enabled: true, ..usage::Config::default() };
    let mut usage = Usage::new(&settings, Instant::now()).expect("the defaults are right").observer();
    usage.bind(&routes).expect("it refuses no routes");
    let scope = Arc::new(Scope::new(Arc::new(routes), Peer::Local));
    match &*kind {
        "bare" => run(ObserveLayer::new(None::<Watcher>).layer(Answers), &scope, count, false),
        "watched" => run(ObserveLayer::new(Watcher).layer(Answers), &scope, count, false),
        "used" => run(ObserveLayer::new(Arc::new(usage)).layer(Answers), &scope, count, false),
        kind => run(ObserveLayer::new(Arc::new(http)).layer(Answers), &scope, count, kind == "traced"),
    }
}

fn run<S>(mut service: S, scope: &Arc<Scope>, count: u32, is_sampled: bool)
where
    S: Service<Request<Body>, Error = Infallible>,
{
    let mut headers = HeaderMap::new();
    for name in ["host", "accept", "user-agent"] {
        headers.insert(name, HeaderValue::from_static("something"));
    }
    let caller = Arc::new(Principal::new("ada", Kind::User));
    let begun = Instant::now();
    for _ in 0..count {
        let mut request = Request::new(Body::empty());
        *request.headers_mut() = headers.clone();
        let context = RequestContext::attach(request.extensions_mut(), scope, 0, Params::default());
        context.set_principal(Arc::clone(&caller));
        context.set_trace(Trace { id: 1, span: 1, is_sampled });
        match pin!(service.call(request)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => drop(std::hint::black_box(answer)),
            Poll::Pending => unreachable!("the service does not wait"),
        }
    }
    println!("{:.1} ns a request", begun.elapsed().as_nanos() as f64 / f64::from(count));
}
