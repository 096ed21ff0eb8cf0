//! Allocations of the observer.
//!
//! A file of its own, because whoever counts allocations must be alone in the process.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use http::{Method, Request, StatusCode};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{
    Body, Endpoint, ObserveLayer, Params, Peer, Policy, RequestContext, RouteTable, Scope, context::Trace,
};
use tsk_metrics::{Config, Metrics};

mod answers;
use answers::{Answers, poll};

#[test]
fn a_request_that_is_counted_allocates_once() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    let routes = RouteTable::new([Endpoint::new(Some(Method::GET), "/users/{id}")]);
    let mut http = metrics.http();
    http.bind(&routes).unwrap();
    let scope = Arc::new(Scope::new(Arc::new(routes), Peer::Local));
    let mut counted = ObserveLayer::new(Arc::new(http)).layer(Answers);
    let request = |route, is_sampled| {
        let mut request =
            Request::get("/users/42").header("content-length", "2").body(Body::empty()).unwrap();
        let context = RequestContext::attach(request.extensions_mut(), &scope, route, Params::default());
        context.set_trace(Trace { id: 1, span: 1, is_sampled });
        request
    };
    for (route, is_sampled) in [(0, false), (0, true), (1, false)] {
        // The first makes the series, and fills the pools of contexts.
        for _ in 0..10 {
            poll(counted.call(request(route, is_sampled)));
        }
        let request = request(route, is_sampled);
        let allocations = allocation_counter::measure(|| {
            assert_eq!(poll(counted.call(request)).status(), StatusCode::OK);
        });
        // What is kept of a request while it is watched is in one box, for all that watch.
        assert_eq!(allocations.count_total, 1, "route {route}");
    }
}
