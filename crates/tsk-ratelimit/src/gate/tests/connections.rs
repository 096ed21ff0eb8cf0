//! What is concluded once for a connection.

use tsk_core::{Admission, Proxies, proxies::Forwarding};

use super::*;

/// Asks the gate of a connection for a request over it. One that speaks for somebody else comes from a proxy that is trusted.
fn passes(gate: &ImmediateGate, peer: [u8; 4], speaks_for: Option<&str>) -> bool {
    let proxies = Proxies {
        networks: vec!["10.0.0.0/8".parse().unwrap()],
        local: false,
        header: Forwarding::XForwardedFor,
    };
    let peer = Peer::from(SocketAddr::from((peer, 4711)));
    let scope = Scope::new(Arc::new(RouteTable::default()), peer).with_proxies(&Arc::new(proxies));
    let mut request = Request::new(());
    if let Some(client) = speaks_for {
        request.headers_mut().insert("x-forwarded-for", client.parse().unwrap());
    }
    RequestContext::attach(request.extensions_mut(), &Arc::new(scope), 0, Params::default());
    matches!(gate.admit(Head::new(&request).unwrap()), Admission::Pass(_))
}

#[test]
fn a_client_has_the_same_account_over_all_of_its_connections() {
    for key in [Key::address(), Key::network(24, 48), Key::constant().and(Key::address())] {
        let (before, _) = Limits::new(store()).rule(Rule::per_hour(4).by(key)).gates().unwrap();
        let shared = before.immediate().unwrap();
        let on = |address: [u8; 4]| shared.on(SocketAddr::from((address, 1)).into());
        let (first, second, other) = (on([192, 0, 2, 1]), on([192, 0, 2, 1]), on([198, 51, 100, 1]));
        let asked =
            [&first, &second, &shared, &first, &second].map(|gate| passes(gate, [192, 0, 2, 1], None));
        assert_eq!(asked, [true, true, true, true, false]);
        assert!(passes(&other, [198, 51, 100, 1], None));
    }
}

#[test]
fn the_clients_of_a_proxy_have_an_account_each_over_its_connection() {
    let (before, _) = Limits::new(store()).rule(Rule::per_hour(1)).gates().unwrap();
    let gate = before.immediate().unwrap().on(SocketAddr::from(([10, 0, 0, 1], 1)).into());
    let ask = |client| passes(&gate, [10, 0, 0, 1], client);
    assert_eq!([ask(Some("192.0.2.1")), ask(Some("192.0.2.1"))], [true, false]);
    assert_eq!([ask(Some("192.0.2.2")), ask(None), ask(None)], [true, true, false]);
    // One that comes without the proxy is the same.
    assert!(!passes(&gate, [192, 0, 2, 1], None));
}

#[test]
fn limits_of_an_address_have_an_account_each() {
    let limits =
        Limits::new(store()).rule(Rule::per_hour(4).name("a")).rule(Rule::per_hour(4).name("b").cost(2));
    let (before, _) = limits.gates().unwrap();
    let gate = before.immediate().unwrap().on(SocketAddr::from(([192, 0, 2, 1], 1)).into());
    // On one account, a request would cost three of four, and the second be refused.
    assert_eq!([(); 3].map(|()| passes(&gate, [192, 0, 2, 1], None)), [true, true, false]);
}
