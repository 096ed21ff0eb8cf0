#![allow(clippy::unwrap_used)]

use std::{net::SocketAddr, sync::Arc};

use http::{HeaderValue, Method, Request};
use tsk_core::{Endpoint, Params, Peer, Principal, RequestContext, RouteTable, principal::Kind};

use super::*;
use crate::Accounts;

/// A request from an address, to the first of two routes unless it says otherwise.
struct From<'a> {
    address: &'a str,
    route: usize,
    headers: &'a [(&'static str, &'a str)],
    principal: Option<(&'a str, Kind)>,
}

const ANYBODY: From<'static> = From { address: "192.0.2.1", route: 0, headers: &[], principal: None };

impl From<'_> {
    fn account(&self, key: &Key) -> Account {
        // The same secret each time, so that accounts can be compared.
        let scope = Accounts::shared(b"secret").of_rule("rule");
        let routes = [(Method::GET, "/a"), (Method::GET, "/b"), (Method::POST, "/a")];
        let routes = RouteTable::new(routes.map(|(method, path)| Endpoint::new(Some(method), path)));
        let peer = match self.address {
            "" => Peer::Local,
            address => SocketAddr::new(address.parse().unwrap(), 4711).into(),
        };
        let mut request = Request::new(());
        for (name, value) in self.headers {
            request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
        }
        let scope_of = Arc::new(tsk_core::Scope::new(Arc::new(routes), peer));
        RequestContext::attach(request.extensions_mut(), &scope_of, self.route, Params::default());
        let head = Head::new(&request).unwrap();
        if let Some((id, kind)) = self.principal {
            head.context.set_principal(Principal::new(id, kind));
        }
        key.account(&scope, head, None)
    }
}

#[test]
fn an_address_of_ipv6_counts_as_far_as_a_subscriber_has_it() {
    let key = Key::address();
    let account = |address| From { address, ..ANYBODY }.account(&key);
    assert_eq!(account("192.0.2.1"), account("::ffff:192.0.2.1"));
    assert_ne!(account("192.0.2.1"), account("192.0.2.2"));
    assert_eq!(account("2001:db8::1"), account("2001:db8::ffff:ffff:ffff:ffff"));
    assert_ne!(account("2001:db8::1"), account("2001:db8:0:1::1"));
    assert_ne!(account(""), account("192.0.2.1"));
    let key = Key::network(24, 48);
    let account = |address| From { address, ..ANYBODY }.account(&key);
    assert_eq!(account("192.0.2.1"), account("192.0.2.254"));
    assert_ne!(account("192.0.2.1"), account("192.0.3.1"));
    assert_eq!(account("2001:db8::1"), account("2001:db8:0:1::1"));
    let key = Key::network(0, 0);
    let account = |address| From { address, ..ANYBODY }.account(&key);
    assert_eq!(account("192.0.2.1"), account("198.51.100.1"));
    assert_eq!(account("2001:db8::1"), account("fe80::1"));
}

#[test]
fn each_part_tells_accounts_apart_by_what_it_names_and_by_nothing_else() {
    let ada = || Some(("ada", Kind::User));
    for (key, request, same, other) in [
        (
            Key::principal(),
            From { principal: ada(), ..ANYBODY },
            From { principal: ada(), address: "192.0.2.9", route: 1, ..ANYBODY },
            From { principal: Some(("ada", Kind::Service)), ..ANYBODY },
        ),
        (
            Key::api_key(),
            From { principal: Some(("k", Kind::ApiKey)), ..ANYBODY },
            From { principal: Some(("k", Kind::ApiKey)), address: "192.0.2.9", ..ANYBODY },
            From { principal: Some(("k", Kind::User)), ..ANYBODY },
        ),
        (
            Key::header(HeaderName::from_static("x-tenant")),
            From { headers: &[("x-tenant", "a")], ..ANYBODY },
            From { headers: &[("x-tenant", "a"), ("x-tenant", "b")], address: "192.0.2.9", ..ANYBODY },
            From { headers: &[("x-tenant", "b")], ..ANYBODY },
        ),
        (
            Key::cookie("session"),
            From { headers: &[("cookie", "session=1")], ..ANYBODY },
            From { headers: &[("cookie", "a=b; session=1; session=2")], address: "192.0.2.9", ..ANYBODY },
            From { headers: &[("cookie", "asession=1")], ..ANYBODY },
        ),
        (Key::route(), ANYBODY, From { address: "192.0.2.9", ..ANYBODY }, From { route: 2, ..ANYBODY }),
        (
            Key::own("length", |head| Some(head.headers.len().to_string())),
            ANYBODY,
            From { address: "192.0.2.9", ..ANYBODY },
            From { headers: &[("x", "y")], ..ANYBODY },
        ),
        (
            Key::address().and(Key::route()),
            ANYBODY,
            From { headers: &[("x", "y")], ..ANYBODY },
            From { route: 1, ..ANYBODY },
        ),
    ] {
        let account = request.account(&key);
        assert_eq!(same.account(&key), account, "{key}");
        assert_ne!(other.account(&key), account, "{key}");
    }
    let all = Key::constant();
    assert_eq!(ANYBODY.account(&all), From { address: "192.0.2.9", route: 1, ..ANYBODY }.account(&all));
}

#[test]
fn the_address_stands_in_for_what_a_request_lacks() {
    for key in [
        Key::principal(),
        Key::api_key(),
        Key::header(HeaderName::from_static("x-tenant")),
        Key::cookie("session"),
        Key::own("nothing", |_| None),
    ] {
        let account = ANYBODY.account(&key);
        assert_eq!(From { route: 1, ..ANYBODY }.account(&key), account, "{key}");
        assert_ne!(From { address: "192.0.2.2", ..ANYBODY }.account(&key), account, "{key}");
    }
    // Nobody gets at the account of an address by sending it as a value.
    let key = Key::header(HeaderName::from_static("x-tenant"));
    let headers = &[("x-tenant", "192.0.2.1")];
    assert_ne!(From { headers, ..ANYBODY }.account(&key), ANYBODY.account(&key));
}

#[test]
fn what_is_side_by_side_is_not_taken_for_something_else() {
    let names = ["x-a", "x-b"].map(HeaderName::from_static);
    let [a, b] = names.map(Key::header);
    let key = a.and(b);
    let account = |a, b| From { headers: &[("x-a", a), ("x-b", b)], ..ANYBODY }.account(&key);
    assert_ne!(account("ab", "c"), account("a", "bc"));
    assert_ne!(account("", "abc"), account("abc", ""));
}

#[test]
fn only_a_key_that_asks_who_is_calling_has_to_wait_for_authentication() {
    for (key, needs) in [
        (Key::address(), false),
        (Key::address().and(Key::route()), false),
        (Key::header(HeaderName::from_static("x-tenant")), false),
        (Key::cookie("session").and(Key::constant()), false),
        (Key::principal(), true),
        (Key::route().and(Key::api_key()), true),
        (Key::own("tenant", |_| None), true),
    ] {
        assert_eq!(key.needs_principal(), needs, "{key}");
    }
}
