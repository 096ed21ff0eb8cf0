//! Allocations of usage.
//!
//! A file of its own, because whoever counts allocations must be alone in the process.

#![allow(clippy::unwrap_used)]

use std::{sync::Arc, time::Instant};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{
    Body, Endpoint, ObserveLayer, Params, Peer, Policy, Principal, RequestContext, RouteTable, Scope,
    principal::Kind,
};
use tsk_metrics::usage::{Config, Usage};

mod answers;
use answers::{Answers, poll};

#[test]
fn a_request_whose_caller_is_counted_allocates_no_more_than_one_that_is_watched() {
    let usage = Usage::new(&Config { enabled: true, ..Config::default() }, Instant::now()).unwrap();
    let routes = RouteTable::new([Endpoint::new(None, "/users/{id}").of_version("v1")]);
    let mut observer = usage.observer();
    observer.bind(&routes).unwrap();
    let scope = Arc::new(Scope::new(Arc::new(routes), Peer::Local));
    let mut counted = ObserveLayer::new(Arc::new(observer)).layer(Answers);
    let ada = Arc::new(Principal::new("ada", Kind::User));
    let request = || {
        let mut request = Request::get("/users/42").body(Body::empty()).unwrap();
        let context = RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
        context.set_principal(Arc::clone(&ada));
        request
    };
    // What is added up for the first time is made then.
    (0..600).for_each(|_| drop(poll(counted.call(request()))));
    // Two buffers full, and so two times of adding up.
    for _ in 0..512 {
        let request = request();
        let allocations = allocation_counter::measure(|| drop(poll(counted.call(request))));
        // What is kept of a request while it is watched is in one box, for all that watch.
        assert_eq!(allocations.count_total, 1);
    }
    assert_eq!(usage.report(Instant::now()).consumers[0].requests, 1112);
}
