//! What it costs to count a request: `cost bare 2000`, `cost counted 2000`, `cost traced 2000`.
//!
//! Under `valgrind --tool=callgrind`, the difference of two lengths is the cost of a request, and that of `counted` and `bare`
//! the cost of counting it. `traced` has every request sampled, so that each is offered as an exemplar. Without valgrind, it
//! tells nanoseconds a request.

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
    Body, Endpoint, ObserveLayer, Params, Peer, Policy, RequestContext, RouteTable, Scope, context::Trace,
};
use tsk_metrics::{Config, Metrics};

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

fn main() {
    let mut args = std::env::args().skip(1);
    let kind = args.next().unwrap_or_else(|| "counted".into());
    let count = args.next().and_then(|count| count.parse().ok()).unwrap_or(2_000_u32);

    let metrics = Metrics::new(&Config::default()).expect("the defaults are right");
    let routes = RouteTable::new([Endpoint::new(Some(Method::GET), "/users/{id}")]);
    let mut http = metrics.http();
    http.bind(&routes).expect("it refuses no routes");
    let http = (kind != "bare").then(|| Arc::new(http));
    let mut service = ObserveLayer::new(http).layer(Answers);

    let scope = Arc::new(Scope::new(Arc::new(routes), Peer::Local));
    let mut request = Request::get("/users/42").body(Body::empty()).expect("a request");
    for name in ["host", "accept", "user-agent"] {
        request.headers_mut().insert(name, http::HeaderValue::from_static("something"));
    }
    let begun = Instant::now();
    for _ in 0..count {
        let (mut head, body) = std::mem::take(&mut request).into_parts();
        let headers = head.headers.clone();
        let context = RequestContext::attach(&mut head.extensions, &scope, 0, Params::default());
        if kind == "traced" {
            context.set_trace(Trace { id: 1, span: 1, is_sampled: true });
        }
        let answered = service.call(Request::from_parts(head, body));
        if let Poll::Ready(Ok(response)) = pin!(answered).poll(&mut Context::from_waker(Waker::noop())) {
            drop(response);
        }
        *request.headers_mut() = headers;
    }
    println!("{:.1} ns a request", begun.elapsed().as_nanos() as f64 / f64::from(count));
}
