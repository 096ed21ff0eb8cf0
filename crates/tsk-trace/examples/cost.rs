//! What tracing costs a request: run it under an instrument, with and without.
//!
//! ```console
//! $ cargo build --release --example cost -p tsk-trace
//! $ valgrind --tool=callgrind target/release/examples/cost never 4000
//! ```
//!
//! The difference between 4,000 and 2,000 requests, less that of `bare`, is what 2,000 cost. `always` hands spans to the
//! exporter, which sends them to `OTEL_EXPORTER_OTLP_ENDPOINT`, if there is one. `time` as a third argument prints
//! the CPU time of the thread that serves.

use std::{
    convert::Infallible,
    env,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use http::{HeaderValue, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{
    Body, Endpoint, Head, Observe, ObserveLayer, Outcome, Params, Peer, Policy, RequestContext, RouteTable,
    Scope,
};
use tsk_trace::{Config, Parent, Sampling, Tracing, config::Retain};

#[derive(Clone)]
struct Empty;

impl Service<Request<Body>> for Empty {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        RequestContext::recycle(request.into_parts().0.extensions);
        ready(Ok(Response::new(Body::empty())))
    }
}

/// Another observer, which does nothing.
struct Other;

impl Policy for Other {}

impl Observe for Other {
    type State = ();

    fn begin(&self, (): &mut (), _: &Head<'_>) {}
    fn ended(&self, (): &mut (), _: &RequestContext, _: &Outcome) {}
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args().skip(1);
    let (what, count) = (args.next().unwrap_or_else(|| "never".into()), args.next().unwrap_or_default());
    let (count, is_timed): (u32, bool) = (count.parse().unwrap_or(1000), args.next().is_some());
    let mut config = Config { sampling: Sampling::Never, parent: Parent::Obeyed, ..Config::default() };
    match &*what {
        "bare" => {}
        "never" => {}
        "none" => config.retain = Retain::None,
        "always" => config.sampling = Sampling::Always,
        other => return Err(format!("{other}: write bare, never, none or always").into()),
    }
    config.read_environment(&|name| env::var(name).ok());
    let tracing = Tracing::new(config)?;
    let routes = RouteTable::new([Endpoint::new(Some(http::Method::GET), "/users/{id}")]);
    let mut observer = tracing.observer();
    observer.bind(&routes)?;
    let peer = Peer::from(std::net::SocketAddr::from(([192, 0, 2, 1], 4711)));
    let scope = Arc::new(Scope::new(Arc::new(routes), peer));
    // In a service there are other observers: what all of them share is no cost of this one.
    let observer = (what != "bare").then_some(observer);
    let mut service = ObserveLayer::new(Arc::new((Other, observer))).layer(Empty);

    let mut cx = Context::from_waker(Waker::noop());
    let uri: http::Uri = "/users/42?page=2".parse()?;
    let before = cpu_time();
    for _ in 0..count {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri.clone();
        request.headers_mut().insert("host", HeaderValue::from_static("localhost:8080"));
        request.headers_mut().insert("user-agent", HeaderValue::from_static("curl/7.88.1"));
        request.headers_mut().insert("accept", HeaderValue::from_static("*/*"));
        RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
        let Poll::Ready(answer) = pin!(service.call(request)).poll(&mut cx) else {
            unreachable!("it is ready")
        };
        drop(black_box(answer));
    }
    if is_timed {
        println!("{what}: {:.3} µs", (cpu_time() - before) as f64 / 1e3 / f64::from(count));
    }
    Ok(())
}

/// Of this thread, in nanoseconds, as Linux says.
fn cpu_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default()
}
