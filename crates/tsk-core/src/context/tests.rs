#![allow(clippy::unwrap_used)]

use http::Method;

use super::*;
use crate::{Proxies, RouteTable, principal::Kind, respond};

fn scope(path: &str) -> Arc<Scope> {
    let routes = RouteTable::new([Endpoint::new(Some(Method::GET), path)]);
    Arc::new(Scope::new(Arc::new(routes), Peer::Local))
}

#[test]
fn a_recycled_context_remembers_nothing() {
    let (first, second) = (scope("/first"), scope("/second"));
    let mut extensions = Extensions::new();
    let context = RequestContext::attach(&mut extensions, &first, 0, Params::default());
    context.set_principal(Principal::new("ada", Kind::User));
    context.set_claims(Arc::new(1_u8));
    context.push_cookie(HeaderValue::from_static("a=b"));
    let id = context.request_id().clone();
    extensions.insert("something else");
    RequestContext::recycle(extensions);

    let mut extensions = Extensions::new();
    let context = RequestContext::attach(&mut extensions, &second, 0, Params::default());
    assert_eq!(context.endpoint().template(), "/second");
    assert_eq!(context.principal(), None);
    assert_eq!(context.claims::<u8>(), None);
    assert!(context.take_cookies().is_empty());
    assert_ne!(context.request_id(), &id);
    assert_eq!(extensions.get::<&str>(), None);
}

#[test]
fn a_context_that_somebody_holds_is_not_reused() {
    let scope = scope("/");
    let mut extensions = Extensions::new();
    let held = RequestContext::attach(&mut extensions, &scope, 0, Params::default()).clone();
    held.set_principal(Principal::new("ada", Kind::User));
    RequestContext::recycle(extensions);

    let mut extensions = Extensions::new();
    let context = RequestContext::attach(&mut extensions, &scope, 0, Params::default());
    assert_eq!(context.principal(), None);
    assert_eq!(held.principal().unwrap().id(), "ada");
}

#[test]
fn a_context_keeps_nothing_alive_after_its_last_clone() {
    let (scope, claims) = (scope("/"), Arc::new("claims"));
    let mut extensions = Extensions::new();
    let observer = RequestContext::attach(&mut extensions, &scope, 0, Params::default()).clone();
    observer.set_claims(claims.clone());
    RequestContext::recycle(extensions);
    assert_eq!(observer.claims(), Some(&"claims"));
    assert_eq!(Arc::strong_count(&claims), 2);
    drop(observer);
    assert_eq!((Arc::strong_count(&scope), Arc::strong_count(&claims)), (1, 1));
}

#[test]
fn the_memory_of_a_context_is_used_again_once_its_last_clone_is_dropped() {
    while pool::take(false).0.is_some() {}
    let mut extensions = Extensions::new();
    let held = RequestContext::ensure(&mut extensions);
    RequestContext::recycle(extensions);
    assert!(pool::take(false).0.is_none());
    drop(held);
    assert!(pool::take(false).0.is_some());
}

/// Claims whose destructor handles a request, as one does that says goodbye to somebody.
struct Goodbye;

impl Drop for Goodbye {
    fn drop(&mut self) {
        let mut extensions = Extensions::new();
        let context = RequestContext::ensure(&mut extensions);
        assert_eq!((context.endpoint().template(), context.request_id().as_str().len()), ("", 32));
        RequestContext::recycle(extensions);
        respond::recycle(crate::IntoResponse::into_response("goodbye").into_parts().0.headers);
    }
}

fn with_goodbye() -> Extensions {
    let mut extensions = Extensions::new();
    RequestContext::ensure(&mut extensions).set_claims(Arc::new(Goodbye));
    extensions
}

#[test]
fn a_destructor_may_handle_a_request_even_where_the_pool_is_full() {
    let many: Vec<_> = (0..1_000).map(|_| with_goodbye()).collect();
    many.into_iter().for_each(RequestContext::recycle);
}

#[test]
fn a_destructor_may_handle_a_request_while_its_thread_exits() {
    thread_local! {
        static LATE: std::cell::RefCell<Option<Extensions>> = const { std::cell::RefCell::new(None) };
    }
    let thread = std::thread::spawn(|| {
        // Destructors run in the reverse of the order in which threads first touched their values, so the
        // pools are gone when this one's turn comes.
        LATE.set(None);
        let extensions = with_goodbye();
        RequestContext::recycle(with_goodbye());
        LATE.set(Some(extensions));
    });
    assert!(thread.join().is_ok());
}

#[test]
fn contexts_that_move_between_threads_do_not_mix() {
    let scope = &scope("/");
    std::thread::scope(|threads| {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| std::sync::mpsc::channel()).unzip();
        for (thread, received) in receivers.into_iter().enumerate() {
            let next = senders[(thread + 1) % senders.len()].clone();
            threads.spawn(move || {
                for request in 0..1_000 {
                    let mut params = Params::default();
                    params.push(thread..request);
                    let mut extensions = Extensions::new();
                    let context = RequestContext::attach(&mut extensions, scope, 0, params).clone();
                    assert!(context.principal().is_none());
                    context.set_principal(Principal::new(format!("{params:?}"), Kind::User));
                    RequestContext::recycle(extensions);
                    // The last clone may be dropped by the other thread, or by this one.
                    next.send(context.clone()).unwrap();
                    let other: RequestContext = received.recv().unwrap();
                    assert_eq!(other.principal().unwrap().id(), format!("{:?}", other.params()));
                    assert_eq!(context.principal().unwrap().id(), format!("{params:?}"));
                }
            });
        }
        drop(senders);
    });
}

#[test]
fn a_slot_is_written_once() {
    let mut extensions = Extensions::new();
    let context = RequestContext::ensure(&mut extensions);
    assert!(context.set_principal(Principal::new("ada", Kind::User)));
    assert!(!context.set_principal(Principal::new("eve", Kind::User)));
    assert_eq!(context.principal().unwrap().id(), "ada");
}

#[test]
fn a_trace_is_set_once_and_is_the_one_that_was_set() {
    let trace = |id, is_sampled| Trace { id, span: u64::MAX - 7, is_sampled };
    for trace in [trace(1, false), trace(u128::MAX - 1, true), trace(1 << 64, false)] {
        let mut extensions = Extensions::new();
        let context = RequestContext::ensure(&mut extensions);
        assert_eq!(context.trace(), None);
        assert!(context.set_trace(trace) && !context.set_trace(Trace { id: 2, ..trace }));
        assert_eq!(context.trace(), Some(trace));
        drop(context);
        RequestContext::recycle(extensions);
    }
}

#[test]
fn a_request_outside_our_router_has_the_unmatched_endpoint() {
    let mut extensions = Extensions::new();
    assert_eq!(RequestContext::ensure(&mut extensions).endpoint().template(), "");
}

#[test]
fn parameters_are_cut_from_the_path() {
    let mut params = Params::default();
    params.push(7..9);
    assert_eq!(params.value("/users/42", 0), Some("42"));
    assert_eq!(params.value("/users/42", 1), None);
    assert_eq!(params.value("/u", 0), None);
    for _ in 0..20 {
        params.push(0..1);
    }
    assert_eq!(params.len(), Params::MAX);
}

#[test]
fn request_ids_are_32_hexadecimal_digits_and_differ() {
    let ids: std::collections::HashSet<_> = (0..1_000).map(|_| RequestId::new().to_string()).collect();
    assert_eq!(ids.len(), 1_000);
    assert!(ids.iter().all(|id| id.len() == 32));
    // Each of the digits comes at each place.
    for place in 0..32 {
        let digits: std::collections::BTreeSet<_> = ids.iter().map(|id| id.as_bytes()[place]).collect();
        assert!(digits.iter().eq(b"0123456789abcdef"), "{place}: {digits:?}");
    }
}

#[test]
fn an_adopted_identifier_is_the_same_as_one_that_was_made_with_its_text() {
    let made = RequestId::new();
    let adopted = RequestId::adopt(&made.to_header()).unwrap();
    assert_eq!((&adopted, adopted.to_string()), (&made, made.to_string()));
}

#[test]
fn adopts_only_identifiers_that_cannot_forge_a_log_line() {
    let adopt =
        |value: &str| RequestId::adopt(&HeaderValue::from_str(value).unwrap()).map(|id| id.to_string());
    assert_eq!(adopt("req-1_a.b:c").as_deref(), Some("req-1_a.b:c"));
    for refused in ["", "a b", "a\"b", "a\tb", &"x".repeat(129)] {
        assert_eq!(adopt(refused), None, "{refused:?}");
    }
}

#[test]
fn the_client_is_found_once_behind_a_proxy_and_forgotten_with_the_request() {
    let proxies = Arc::new(Proxies { networks: vec!["10.0.0.0/8".parse().unwrap()], ..Default::default() });
    let from = |address: [u8; 4]| {
        let peer = Peer::from(std::net::SocketAddr::from((address, 4711)));
        Arc::new(Scope::new(Arc::default(), peer).with_proxies(&proxies))
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
    for (peer, expected) in [([10, 0, 0, 1], [192, 0, 2, 1]), ([10, 0, 0, 2], [192, 0, 2, 1])] {
        let mut extensions = Extensions::new();
        let context = RequestContext::attach(&mut extensions, &from(peer), 0, Params::default());
        assert_eq!(context.client(&headers), Some(expected.into()));
        // Who changes the headers later changes nothing.
        assert_eq!(context.client(&HeaderMap::new()), Some(expected.into()));
        assert_eq!(context.peer().ip(), Some(peer.into()));
        RequestContext::recycle(extensions);
        let mut extensions = Extensions::new();
        let context = RequestContext::attach(&mut extensions, &from(peer), 0, Params::default());
        assert_eq!(context.client(&HeaderMap::new()), Some(peer.into()));
        RequestContext::recycle(extensions);
    }
    let mut extensions = Extensions::new();
    let context = RequestContext::attach(&mut extensions, &from([198, 51, 100, 1]), 0, Params::default());
    assert_eq!(context.client(&headers), Some([198, 51, 100, 1].into()));
}
