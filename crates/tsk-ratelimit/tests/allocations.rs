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

#[test]
fn two_limits_allocate_no_more_each() {
    allocates(vec![Rule::per_hour(1_000_000), Rule::per_minute(1_000_000)], [0, 200]);
}

#[test]
fn more_limits_take_two_allocations_for_what_is_told_of_them() {
    let rules = [Rule::per_hour(1_000_000), Rule::per_minute(1_000_000), Rule::per_day(1_000_000)];
    allocates(rules.into(), [2, 500]);
}

fn allocates_as_said(rule: Rule) {
    allocates(vec![rule], [0, 100]);
}

/// The most allocations where the same was said before, and of a hundred that all say something else.
fn allocates(rules: Vec<Rule>, [known, new]: [u64; 2]) {
    // One shard, which asks for its memory with the first account.
    let store = Store::memory(4096, Instant::now());
    let count = rules.len();
    let (gate, _) = rules.into_iter().fold(Limits::new(store), Limits::rule).gates().unwrap();
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
                assert_eq!(headers.len(), 2 * count);
            }
        })
    };
    // Another client each time, which all get the same: it is remembered from the second on.
    for client in 1..3 {
        ask(client, 1);
    }
    for client in 3..100 {
        assert_eq!(ask(client, 1).count_total, known);
    }
    // One that has less left each time.
    assert!(ask(100, 100).count_total <= new);
}
