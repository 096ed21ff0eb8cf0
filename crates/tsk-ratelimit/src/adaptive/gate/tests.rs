#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{Method, Request};
use http_body::Body as _;
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_core::{
    GateLayer, Insight as _, Meta, Params, Peer, RequestContext, Scope, Ticket as _,
    principal::Kind as Caller,
};

use super::*;
use crate::adaptive::Priority::{Critical, Normal, Sheddable};

fn config() -> Config {
    Config { enabled: true, initial_limit: 4, min_limit: 4, queue: 2, ..Config::default() }
}

fn routes() -> RouteTable {
    let route = |path: &str, priority: Option<Priority>| {
        let mut meta = Meta::default();
        if let Some(priority) = priority {
            meta.insert(priority);
        }
        Endpoint::new(Some(Method::GET), path).declared(Operation::default(), meta)
    };
    RouteTable::new([route("/pay", Some(Critical)), route("/list", None), route("/hints", Some(Sheddable))])
}

const PAY: usize = 0;
const LIST: usize = 1;
const HINTS: usize = 2;

fn gate(config: &Config) -> AdaptiveGate {
    bound(AdaptiveGate::new(config).unwrap())
}

fn bound(mut gate: AdaptiveGate) -> AdaptiveGate {
    gate.bind(&routes()).unwrap();
    gate
}

fn request(route: usize) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    let scope = Arc::new(Scope::new(Arc::new(routes()), Peer::default()));
    RequestContext::attach(request.extensions_mut(), &scope, route, Params::default());
    request
}

fn ask(gate: &AdaptiveGate, route: usize) -> Admission<Permit, Wait> {
    gate.admit(Head::new(&request(route)).unwrap())
}

fn pass(gate: &AdaptiveGate, route: usize) -> Permit {
    match ask(gate, route) {
        Admission::Pass(permit) => permit,
        other => panic!("there was room: {other:?}"),
    }
}

fn wait(gate: &AdaptiveGate, route: usize) -> Wait {
    match ask(gate, route) {
        Admission::Wait(wait) => wait,
        other => panic!("there was room to wait only: {other:?}"),
    }
}

fn refused(gate: &AdaptiveGate, route: usize) -> Response<Body> {
    match ask(gate, route) {
        Admission::Refuse(response) => response,
        other => panic!("there was no room: {other:?}"),
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn load(gate: &AdaptiveGate) -> (u32, u32, usize) {
    gate.shared.limiter.load()
}

/// As many as there may be.
fn fill(gate: &AdaptiveGate) -> Vec<Permit> {
    (0..gate.limit()).map(|_| pass(gate, PAY)).collect()
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_room_waits_until_another_has_ended() {
    let gate = gate(&config());
    let mut permits = fill(&gate);
    let mut waiting = wait(&gate, PAY);
    assert!(poll(&mut waiting).is_pending());
    permits.pop();
    assert!(matches!(poll(&mut waiting), Poll::Ready(Ok(_))));
    drop(permits);
    assert_eq!(load(&gate), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_longer_than_they_may() {
    let gate = gate(&config());
    let permits = fill(&gate);
    let answer = wait(&gate, LIST).await.unwrap_err();
    assert_eq!(answer.status(), 503);
    drop(permits);
    assert_eq!(load(&gate), (0, 0, 0));
}

#[tokio::test]
async fn who_is_refused_is_told_when_to_come_again() {
    let gate = gate(&Config { queue: 0, ..config() });
    let _permits = fill(&gate);
    let answer = refused(&gate, LIST);
    assert_eq!(answer.status(), 503);
    let after: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=2).contains(&after));
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem = answer.extensions().get::<Problem>().unwrap();
    assert_eq!(problem.kind().uri, "urn:tsk:problems/overloaded");
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_bounded() {
    let gate = gate(&config());
    let _permits = fill(&gate);
    let _waiting: Vec<_> = [PAY, PAY, LIST, LIST].map(|route| wait(&gate, route)).into();
    for route in [PAY, LIST, HINTS] {
        refused(&gate, route);
    }
    assert_eq!(load(&gate), (4, 0, 4));
}

#[tokio::test(start_paused = true)]
async fn what_matters_most_comes_first_and_the_rest_is_refused_first() {
    let gate = gate(&config());
    // Of four places, one is kept for what is critical, and one more for what is not sheddable.
    let first = [pass(&gate, HINTS), pass(&gate, HINTS)];
    refused(&gate, HINTS);
    let second = pass(&gate, LIST);
    let mut normal = wait(&gate, LIST);
    let third = pass(&gate, PAY);
    let mut critical = wait(&gate, PAY);
    assert!(poll(&mut normal).is_pending() && poll(&mut critical).is_pending());
    drop(third);
    assert!(poll(&mut normal).is_pending());
    let Poll::Ready(Ok(third)) = poll(&mut critical) else { panic!("it is next") };
    drop((first, second));
    assert!(matches!(poll(&mut normal), Poll::Ready(Ok(_))));
    drop(third);
    assert_eq!(load(&gate), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_nobody_takes_any_more_is_given_on() {
    let gate = gate(&config());
    let mut permits = fill(&gate);
    let (gone, admitted, mut next) = (wait(&gate, PAY), wait(&gate, LIST), wait(&gate, LIST));
    drop(gone);
    permits.truncate(2);
    assert!(poll(&mut next).is_pending());
    // It has a place, and goes before it knows.
    drop(admitted);
    assert!(matches!(poll(&mut next), Poll::Ready(Ok(_))));
    drop(permits);
    assert_eq!(load(&gate), (0, 0, 0));
}

#[test]
fn the_caller_can_decide_what_it_matters() {
    let gate =
        bound(AdaptiveGate::new(&Config { queue: 0, ..config() }).unwrap().by_principal(|caller, route| {
            match caller.tier_name() {
                Some("gold") => Critical,
                Some("free") => route.min(Sheddable),
                _ => route,
            }
        }));
    let _three = [pass(&gate, PAY), pass(&gate, PAY), pass(&gate, PAY)];
    let ask_as = |tier: &str| {
        let request = request(LIST);
        let context = RequestContext::get(request.extensions()).unwrap();
        context.set_principal(Principal::new("ada", Caller::User).tier(tier));
        gate.admit(Head::new(&request).unwrap())
    };
    refused(&gate, LIST);
    assert!(matches!(ask_as("free"), Admission::Refuse(_)));
    assert!(matches!(ask_as("silver"), Admission::Refuse(_)));
    assert!(matches!(ask_as("gold"), Admission::Pass(_)));
    let counted = |priority| gate.shared.counters.refused(priority, Refused::Full);
    assert_eq!([Sheddable, Normal, Critical].map(counted), [1, 2, 0]);
}

#[test]
fn a_place_is_held_until_the_answer_has_ended() {
    let gate = gate(&config());
    let mut service = GateLayer::new(gate.clone()).layer(Hello("text/plain"));
    let mut future = pin!(service.call(request(LIST)));
    let Poll::Ready(Ok(answer)) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it answers at once")
    };
    assert_eq!(load(&gate), (0, 1, 0));
    let mut body = pin!(answer.into_body());
    let frame = body.as_mut().poll_frame(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(frame, Poll::Ready(Some(Ok(_)))));
    assert_eq!(load(&gate), (0, 0, 0));
}

#[test]
fn an_event_stream_gives_its_place_back_when_it_begins() {
    let gate = gate(&config());
    let mut service = GateLayer::new(gate.clone()).layer(Hello("text/event-stream"));
    let mut future = pin!(service.call(request(LIST)));
    let Poll::Ready(Ok(answer)) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it answers at once")
    };
    assert_eq!(load(&gate), (0, 0, 0));
    drop(answer);
    assert_eq!(load(&gate), (0, 0, 0));
}

#[derive(Clone)]
struct Hello(&'static str);

impl Service<Request<Body>> for Hello {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Response::builder().header("content-type", self.0).body("hello".into()).unwrap()))
    }
}

#[test]
fn an_answer_that_is_no_success_is_no_example() {
    let gate = gate(&config());
    let average = || gate.shared.limiter.routes()[LIST].average();
    // A window of a tenth of a second begins when the gate is made; one that ends later is made by hand.
    let now = Instant::now();
    for status in [StatusCode::NOT_FOUND, StatusCode::INTERNAL_SERVER_ERROR] {
        pass(&gate, LIST).answered(status);
    }
    for millis in 0..400 {
        gate.shared.measure(
            LIST as u32,
            Duration::from_millis(20),
            true,
            now + Duration::from_millis(millis),
        );
    }
    assert!(average().is_some_and(|average| average > Duration::from_millis(15)), "{:?}", average());
}

#[test]
fn who_comes_in_its_place_knows_what_it_has_found_out() {
    let gate = gate(&Config { initial_limit: 20, ..config() });
    let now = Instant::now();
    for millis in 0..400 {
        gate.shared.measure(
            LIST as u32,
            Duration::from_millis(20),
            true,
            now + Duration::from_millis(millis),
        );
    }
    let next = |config: Config| bound(AdaptiveGate::new(&config).unwrap().succeeding(&gate));
    let usual = |gate: &AdaptiveGate| gate.shared.limiter.routes()[LIST].average();
    assert!(usual(&gate).is_some());
    assert_eq!((next(config()).limit(), usual(&next(config()))), (20, usual(&gate)));
    assert_eq!(next(Config { max_limit: 10, ..config() }).limit(), 10);
}

#[test]
fn documents_that_it_may_refuse() {
    let gate = gate(&config());
    let mut operation = Operation::default();
    gate.describe(routes().get(LIST), &mut operation);
    assert!(operation.responses[&503].headers.contains_key("retry-after"));
}

#[test]
fn shows_the_limit_and_who_was_refused() {
    let gate = gate(&Config { queue: 0, ..config() });
    let _permits = fill(&gate);
    refused(&gate, LIST);
    refused(&gate, HINTS);
    let shown = gate.insight().snapshot();
    assert_eq!((&shown["limit"], &shown["working"], &shown["waiting"]), (&json!(4), &json!(4), &json!(0)));
    assert_eq!(
        shown["priorities"],
        json!([
            { "priority": "sheddable", "waited": 0, "refused_full": 1, "refused_late": 0 },
            { "priority": "normal", "waited": 0, "refused_full": 1, "refused_late": 0 },
            { "priority": "critical", "waited": 0, "refused_full": 0, "refused_late": 0 },
        ])
    );
    assert_eq!(shown["moves"], json!([]));
}
