#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    future::Ready,
    net::SocketAddr,
    task::{Context, Poll},
};

use http::{HeaderMap, Method, Request, StatusCode};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{
    Endpoint, GateLayer, Meta, Operation, Params, Peer, Principal, RequestContext, RouteTable, Scope,
    gate::Gated, principal::Kind,
};

use super::*;
use crate::{DeclareLimit, Exempt, Key, Mode, Quota, Rule, Store};

mod adaptive;
mod connections;
mod delays;
mod remote;
mod told;

/// Answers everything.
#[derive(Clone)]
pub(super) struct Answers;

impl<B> Service<Request<B>> for Answers {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        std::future::ready(Ok(Response::new(Body::from("hello"))))
    }
}

/// A route that is being declared.
#[derive(Default)]
pub(super) struct Declared(Meta, Operation);

impl tsk_core::Declare for Declared {
    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.0
    }

    fn operation_mut(&mut self) -> &mut Operation {
        &mut self.1
    }
}

/// A service behind both gates.
pub(super) struct Served {
    routes: Arc<RouteTable>,
    gates: (LimitGate, LimitGate),
}

/// Routes at `/0`, `/1` and so on; the declarations of each.
pub(super) fn routes(declared: impl IntoIterator<Item = Declared>) -> RouteTable {
    RouteTable::new(declared.into_iter().enumerate().map(|(index, Declared(meta, operation))| {
        Endpoint::new(Some(Method::GET), format!("/{index}")).declared(operation, meta)
    }))
}

pub(super) fn store() -> Store {
    Store::memory(1 << 16, Instant::now())
}

pub(super) fn serve(mut limits: Limits, routes: RouteTable) -> Served {
    limits.bind(&routes).unwrap();
    Served { routes: Arc::new(routes), gates: limits.gates().unwrap() }
}

/// Who sends a request.
#[derive(Clone, Copy)]
pub(super) struct From(pub(super) [u8; 4], pub(super) Option<(&'static str, &'static str)>);

pub(super) const ANYBODY: From = From([192, 0, 2, 1], None);

impl Served {
    pub(super) fn service(&self) -> Gated<Gated<Answers, LimitGate>, LimitGate> {
        let (before, after) = self.gates.clone();
        GateLayer::new(before).layer(GateLayer::new(after).layer(Answers))
    }

    pub(super) fn request(&self, from: From, route: usize) -> Request<()> {
        let mut request = Request::new(());
        let peer = Peer::from(SocketAddr::from((from.0, 4711)));
        let scope = Arc::new(Scope::new(Arc::clone(&self.routes), peer));
        let context = RequestContext::attach(request.extensions_mut(), &scope, route, Params::default());
        if let Some((id, tier)) = from.1 {
            context.set_principal(Principal::new(id, Kind::User).tier(tier));
        }
        request
    }

    pub(super) async fn ask(&self, from: From, route: usize) -> (StatusCode, HeaderMap) {
        let answer = self.service().call(self.request(from, route)).await.unwrap();
        (answer.status(), answer.headers().clone())
    }

    async fn status(&self, from: From, route: usize) -> u16 {
        self.ask(from, route).await.0.as_u16()
    }

    /// How many of so many requests are let through.
    async fn passed(&self, from: From, route: usize, of: usize) -> usize {
        let mut passed = 0;
        for _ in 0..of {
            passed += usize::from(self.status(from, route).await == 200);
        }
        passed
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_beyond_a_limit_is_refused_and_says_which_and_until_when() {
    let served = serve(Limits::new(store()).rule(Rule::per_hour(2).name("api")), routes([]));
    let (status, headers) = served.ask(ANYBODY, 0).await;
    assert_eq!(status, 200);
    assert_eq!(text(&headers, "ratelimit"), ["\"api\";r=1;t=1800"]);
    assert_eq!(text(&headers, "ratelimit-policy"), ["\"api\";q=2;w=3600"]);
    assert_eq!(served.status(ANYBODY, 0).await, 200);
    let answer = served.service().call(served.request(ANYBODY, 0)).await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(text(answer.headers(), "ratelimit"), ["\"api\";r=0;t=1800"]);
    assert_eq!(text(answer.headers(), "retry-after"), ["1800"]);
    let problem = answer.extensions().get::<tsk_core::Problem>().unwrap();
    assert_eq!(problem.kind().uri, "urn:tsk:problems/rate-limited");
    let members = serde_json::to_value(problem).unwrap();
    assert_eq!(members["violated-policies"], serde_json::json!(["api"]));
    assert_eq!(members["detail"], "This is beyond the limit `api`: come again in 1800 seconds.");
    // Others are not concerned.
    assert_eq!(served.status(From([192, 0, 2, 2], None), 0).await, 200);
}

#[tokio::test]
async fn a_request_that_one_limit_refuses_costs_nothing_at_the_others() {
    let wide = Rule::per_hour(5).name("wide").by(Key::constant());
    let served = serve(Limits::new(store()).rule(wide).rule(Rule::per_hour(1).name("narrow")), routes([]));
    assert_eq!(served.passed(ANYBODY, 0, 10).await, 1);
    let (_, headers) = served.ask(ANYBODY, 0).await;
    assert_eq!(text(&headers, "ratelimit"), ["\"wide\";r=4;t=720", "\"narrow\";r=0;t=3600"]);
    for client in 2..6 {
        assert_eq!(served.passed(From([192, 0, 2, client], None), 0, 2).await, 1);
    }
    assert_eq!(served.status(From([192, 0, 2, 9], None), 0).await, 429);
}

#[tokio::test]
async fn a_limit_of_a_group_is_one_for_all_its_routes_unless_its_key_has_the_route() {
    for (key, expected) in [(Key::address(), [3, 0]), (Key::address().and(Key::route()), [3, 3])] {
        let group = Declared::default().limit(Rule::per_hour(3).by(key));
        let mut members = [Declared::default(), Declared::default()];
        for member in &mut members {
            member.0.inherit(&group.0);
        }
        let served = serve(Limits::new(store()), routes(members));
        assert_eq!([served.passed(ANYBODY, 0, 5).await, served.passed(ANYBODY, 1, 5).await], expected);
    }
}

#[tokio::test]
async fn a_route_has_limits_of_its_own_beside_those_of_its_group() {
    let group = Declared::default().limit(Rule::per_hour(5).name("group"));
    let mut members = [Declared::default().limit(Rule::per_hour(2).name("own")), Declared::default()];
    for member in &mut members {
        member.0.inherit(&group.0);
    }
    let served = serve(Limits::new(store()), routes(members));
    assert_eq!(served.passed(ANYBODY, 0, 9).await, 2);
    assert_eq!(served.passed(ANYBODY, 1, 9).await, 3);
}

#[tokio::test]
async fn two_routes_with_a_limit_each_have_an_account_each() {
    let declared = || Declared::default().limit(Rule::per_hour(2));
    let served = serve(Limits::new(store()), routes([declared(), declared()]));
    assert_eq!((served.passed(ANYBODY, 0, 5).await, served.passed(ANYBODY, 1, 5).await), (2, 2));
}

#[tokio::test]
async fn a_route_can_be_left_alone() {
    let limits = Limits::new(store()).rule(Rule::per_hour(1));
    let open = Declared::default().unlimited();
    let served = serve(limits, routes([open, Declared::default()]));
    assert_eq!((served.passed(ANYBODY, 0, 5).await, served.passed(ANYBODY, 1, 5).await), (5, 1));
    assert!(served.ask(ANYBODY, 0).await.1.is_empty());
    // What no route matches is limited as well.
    assert_eq!(served.status(From([192, 0, 2, 2], None), 2).await, 200);
    assert_eq!(served.status(From([192, 0, 2, 2], None), 2).await, 429);
}

#[tokio::test]
async fn tiers_have_quotas_of_their_own() {
    let rule = Rule::per_hour(1).by(Key::principal()).tier("gold", Quota::per_hour(3));
    let served = serve(Limits::new(store()).rule(rule.name("api")), routes([]));
    assert_eq!(served.passed(From([192, 0, 2, 1], Some(("ada", "gold"))), 0, 9).await, 3);
    assert_eq!(served.passed(From([192, 0, 2, 1], Some(("bob", "silver"))), 0, 9).await, 1);
    let (_, headers) = served.ask(From([192, 0, 2, 1], Some(("ada", "gold"))), 0).await;
    assert_eq!(text(&headers, "ratelimit-policy"), ["\"api\";q=3;w=3600"]);
}

#[tokio::test]
async fn who_is_exempt_is_not_counted() {
    for exempt in [
        Exempt::Network("192.0.2.0/24".parse().unwrap()),
        Exempt::Principal("ada".into()),
        Exempt::Tier("staff".into()),
        Exempt::When(Arc::new(|head| head.context.principal().is_some_and(|known| known.id() == "ada"))),
    ] {
        let served = serve(
            Limits::new(store()).rule(Rule::per_hour(1).by(Key::constant()).exempt(exempt.clone())),
            routes([]),
        );
        let ada = From([192, 0, 2, 1], Some(("ada", "staff")));
        assert_eq!(served.passed(ada, 0, 5).await, 5, "{exempt:?}");
        assert!(served.ask(ada, 0).await.1.is_empty());
        assert_eq!(served.passed(From([198, 51, 100, 1], Some(("bob", ""))), 0, 5).await, 1, "{exempt:?}");
    }
}

#[tokio::test]
async fn a_limit_that_is_tried_out_refuses_nothing_and_says_nothing() {
    let limits = Limits::new(store()).rule(Rule::per_hour(1).dry_run().name("tried"));
    let served = serve(limits.rule(Rule::per_hour(3).name("real")), routes([]));
    assert_eq!(served.passed(ANYBODY, 0, 5).await, 3);
    let (_, headers) = served.ask(ANYBODY, 0).await;
    assert_eq!(text(&headers, "ratelimit").len(), 1);
}

#[tokio::test]
async fn what_a_request_costs_is_said_or_computed() {
    let computed = Rule::per_hour(10).cost_by(|head| if head.method.is_safe() { 3 } else { 10 });
    for (rule, expected) in [(Rule::per_hour(10).cost(4), 2), (computed, 3), (Rule::per_hour(1).cost(0), 5)] {
        let served = serve(Limits::new(store()).rule(rule), routes([]));
        assert_eq!(served.passed(ANYBODY, 0, 5).await, expected);
    }
    // More than there ever is: to come again would not help.
    let dear = Rule::per_hour(10).cost_by(|_| 11);
    let served = serve(Limits::new(store()).rule(dear), routes([]));
    let (status, headers) = served.ask(ANYBODY, 0).await;
    assert_eq!((status.as_u16(), headers.contains_key("retry-after")), (429, false));
    assert_eq!(text(&headers, "ratelimit"), ["\"address-per-hour\";r=10;t=0"]);
}

#[tokio::test]
async fn other_rules_of_the_same_store_go_on_with_the_accounts_of_those_that_are_the_same() {
    let store = store();
    let declared = || routes([Declared::default().limit(Rule::per_hour(2).name("kept"))]);
    let served = serve(Limits::new(store.clone()), declared());
    assert_eq!(served.passed(ANYBODY, 0, 5).await, 2);
    let reloaded = serve(Limits::new(store).rule(Rule::per_hour(9).name("new")), declared());
    let (status, headers) = reloaded.ask(ANYBODY, 0).await;
    assert_eq!((status.as_u16(), text(&headers, "ratelimit").len()), (429, 2));
}

#[tokio::test]
async fn without_routes_of_ours_its_own_limits_hold_for_all_requests() {
    let (before, after) = Limits::new(store()).rule(Rule::per_hour(1)).gates().unwrap();
    let mut service = GateLayer::new(before).layer(GateLayer::new(after).layer(Answers));
    let mut ask = async || service.call(Request::new(())).await.unwrap().status().as_u16();
    assert_eq!((ask().await, ask().await), (200, 429));
}

#[test]
fn a_rule_that_cannot_be_kept_stops_the_start_and_is_named() {
    let fault = |rule: Rule| {
        let error = Limits::new(store()).bind(&routes([Declared::default().limit(rule)])).unwrap_err();
        error.to_string()
    };
    assert!(fault(Rule::per_hour(0).name("x")).starts_with("GET /0: the limit `x`: a quota of 0 units"));
    assert!(fault(Rule::per_hour(5).cost(6).name("x")).contains("raise the burst"));
    assert!(fault(Rule::per_hour(5).name("x y")).contains("cannot be called"));
    assert!(fault(Rule::per_hour(5).name("")).contains("cannot be called"));
    let twice = Declared::default().limit(Rule::per_hour(5)).limit(Rule::per_hour(6));
    let error = Limits::new(store()).bind(&routes([twice])).unwrap_err().to_string();
    assert_eq!(error, "GET /0: two limits are called `address-per-hour`: give one another name");
    assert!(Limits::new(store()).rule(Rule::per_hour(0)).gates().is_err());
}
