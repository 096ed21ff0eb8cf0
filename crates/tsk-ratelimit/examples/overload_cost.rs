//! What the limit of what is worked on costs a request: run it under an instrument, with and without.
//!
//! ```console
//! $ cargo build --release --example overload_cost -p tsk-ratelimit
//! $ valgrind --tool=callgrind target/release/examples/overload_cost on 4000
//! ```
//!
//! The difference between 4,000 and 2,000 requests, less that of `bare`, is what 2,000 cost.

use std::{
    convert::Infallible,
    env,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use http::{Request, Response};
use http_body::Body as _;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{Body, Endpoint, GateLayer, Params, Peer, Policy, RequestContext, RouteTable, Scope};
use tsk_ratelimit::adaptive::{AdaptiveGate, Config};

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
        ready(Ok(Response::new("hello".into())))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args().skip(1);
    let (what, count) = (args.next().unwrap_or_else(|| "on".into()), args.next().unwrap_or_default());
    let count: u32 = count.parse().unwrap_or(1_000);
    let routes = RouteTable::new([Endpoint::new(Some(http::Method::GET), "/users/{id}")]);
    let mut gate = AdaptiveGate::new(&Config::default())?;
    gate.bind(&routes)?;
    let scope = Arc::new(Scope::new(Arc::new(routes), Peer::default()));
    match &*what {
        "bare" => serve(Empty, &scope, count),
        "on" => serve(GateLayer::new(gate).layer(Empty), &scope, count),
        other => return Err(format!("{other}: write bare or on").into()),
    }
    Ok(())
}

fn serve<S, B>(mut service: S, scope: &Arc<Scope>, count: u32)
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body,
{
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..count {
        let mut request = Request::new(Body::empty());
        RequestContext::attach(request.extensions_mut(), scope, 0, Params::default());
        let Poll::Ready(Ok(answer)) = pin!(service.call(request)).poll(&mut cx) else {
            unreachable!("it is ready")
        };
        let mut body = pin!(answer.into_body());
        while !body.is_end_stream() {
            let _ = black_box(body.as_mut().poll_frame(&mut cx));
        }
    }
}
