//! What a limit allocates for a request.

#![allow(clippy::unwrap_used)]

use std::{net::SocketAddr, sync::Arc, time::Instant};

use allocation_counter::measure;
use http::{HeaderMap, Request, StatusCode};
use tsk_core::{Admission, Gate as _, Head, Params, RequestContext, RouteTable, Scope, Ticket as _};
use tsk_ratelimit::{Limits, Rule, Store, baseline::Settings};

#[test]
fn what_is_left_costs_one_allocation_and_none_where_it_was_said_before() {
    allocates_as_said(Rule::per_hour(1_000_000));
}

#[test]
fn a_limit_that_adapts_allocates_no_more() {
    allocates_as_said(Rule::per_hour(1_000_000).adaptive(Settings::default()));
}

fn allocates_as_said(rule: Rule) {
    let store = Store::memory(1 << 20, Instant::now());
    let (gate, _) = Limits::new(store).rule(rule).gates().unwrap();
    let routes = Arc::<RouteTable>::default();
    let mut headers = HeaderMap::with_capacity(8);
    let mut ask = |client: u32, times: u64| {
        let mut request = Request::new(());
        let peer = SocketAddr::from((client.to_be_bytes(), 4711));
        let scope = Arc::new(Scope::new(Arc::clone(&routes), peer.into()));
        RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
        measure(|| {
            for _ in 0..times {
                let Admission::Pass(stamp) = gate.admit(Head::new(&request).unwrap()) else {
                    panic!("it is allowed")
                };
                headers.clear();
                stamp.answered(StatusCode::OK);
                stamp.stamp(&mut headers);
                assert_eq!(headers.len(), 2);
            }
        })
    };
    // Another client each time, which all get the same: it is remembered from the second on.
    for client in 1..3 {
        ask(client, 1);
    }
    for client in 3..100 {
        assert_eq!(ask(client, 1).count_total, 0);
    }
    // One that has less left each time.
    assert!(ask(100, 100).count_total <= 100);
}
