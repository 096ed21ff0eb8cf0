//! Allocations of a request that is not sampled: none.
//!
//! A file of its own, because whoever counts allocations must be alone in the process.

#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{Body, ObserveLayer, Params, Policy as _, RequestContext, RouteTable, Scope};
use tsk_trace::{Config, Sampling, Tracing, config::Retain};

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

fn request(scope: &Arc<Scope>) -> Request<Body> {
    let request = Request::get("/users/42?page=2").header("host", "localhost").header("user-agent", "curl/8");
    let mut request = request.body(Body::empty()).unwrap();
    RequestContext::attach(request.extensions_mut(), scope, 0, Params::default());
    request
}

fn answer(service: &mut impl Service<Request<Body>, Response: Sized>, request: Request<Body>) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(pin!(service.call(request)).poll(&mut cx), Poll::Ready(Ok(_))));
}

#[test]
fn a_request_that_is_not_sampled_allocates_once() {
    for retain in [Retain::None, Retain::Root] {
        let config = Config { sampling: Sampling::Never, retain, ..Config::default() };
        let tracing = Tracing::new(config).unwrap();
        let scope = Arc::new(Scope::new(Arc::new(RouteTable::default()), Default::default()));
        let mut observer = tracing.observer();
        observer.bind(scope.routes()).unwrap();
        let mut service = ObserveLayer::new(Arc::new(observer)).layer(Empty);
        // The first requests fill the pools that the later ones draw from.
        for _ in 0..10 {
            answer(&mut service, request(&scope));
        }
        let request = request(&scope);
        let counted = allocation_counter::measure(|| answer(&mut service, request));
        // What is kept of a request while it is watched is in one box, for all that watch.
        assert_eq!(counted.count_total, 1, "{retain:?}");
    }
}
