#![allow(clippy::unwrap_used)]

use std::{pin::pin, sync::Mutex, task::Waker};

use http::{HeaderMap, HeaderValue, StatusCode};
use tsk_core::{Head, IntoResponse as _, Policy, Ticket};

use super::*;
use crate::{Dispatch, Router, get};

type Log = Arc<Mutex<Vec<&'static str>>>;

fn note(log: &Log, what: &'static str) {
    log.lock().unwrap().push(what);
}

/// Notes what it sees. `CATCHES` says whether it answers for those within.
#[derive(Clone)]
struct Witness<const CATCHES: bool>([&'static str; 2], Log);

impl<const CATCHES: bool> Filter for Witness<CATCHES> {
    type State = ();
    const CATCHES: bool = CATCHES;

    fn begin<B>(&self, request: &mut Request<B>, (): &mut ()) -> Result<(), Refusal> {
        note(&self.1, self.0[0]);
        let is_refused = request.headers().get("x-refused").is_some_and(|by| by == self.0[0]);
        if is_refused { Err(Box::new(StatusCode::IM_A_TEAPOT.into_response())) } else { Ok(()) }
    }

    fn pending(&self, (): &mut (), _: &mut Context<'_>) -> Option<Refusal> {
        let is_asked = self.0[0] == "within";
        is_asked.then(|| Box::new(StatusCode::GATEWAY_TIMEOUT.into_response()))
    }

    fn end(&self, (): &mut (), _: &mut Response<Body>) {
        note(&self.1, self.0[1]);
    }
}

/// Decides by what a request says, at once or after a while.
#[derive(Clone)]
struct Door(Log);

struct Pass(Log);

impl Ticket for Pass {
    const HELD: bool = false;

    fn stamp(&self, headers: &mut HeaderMap) {
        note(&self.0, "stamp");
        headers.insert("x-passed", HeaderValue::from_static("yes"));
    }
}

impl Policy for Door {}

impl Gate for Door {
    type Ticket = Pass;
    type Wait = std::pin::Pin<Box<dyn Future<Output = Result<Pass, Response<Body>>> + Send>>;

    fn admit(&self, head: Head<'_>) -> Admission<Pass, Self::Wait> {
        note(&self.0, "gate");
        let pass = Pass(Arc::clone(&self.0));
        let refused = || StatusCode::FORBIDDEN.into_response();
        match head.headers.get("x-gate").map_or("pass", |says| says.to_str().unwrap()) {
            "pass" => Admission::Pass(pass),
            "refuse" => Admission::Refuse(refused()),
            "panic" => std::panic::resume_unwind(Box::new("the gate")),
            "wait" => Admission::Wait(Box::pin(async move {
                tokio::task::yield_now().await;
                Ok(pass)
            })),
            "wait and refuse" => Admission::Wait(Box::pin(async move { Err(refused()) })),
            "wait and panic" => {
                Admission::Wait(Box::pin(async { std::panic::resume_unwind(Box::new("the wait")) }))
            }
            other => unreachable!("{other}"),
        }
    }
}

/// What happened to a request that says so, and its answer.
fn ask(path: &str, says: &[(&'static str, &'static str)]) -> (Vec<&'static str>, Response<Body>) {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let answer = move || {
        note(&seen, "handler");
        async { "hello" }
    };
    let hang = || async { std::future::pending::<&str>().await };
    let routes = Router::new().route(get("/", answer)).route(get("/hang", hang)).build().unwrap();
    let gated = Dispatch::new(routes.clone(), 0).gated(
        Witness::<true>(["outer", "outer end"], Arc::clone(&log)),
        Some(Door(Arc::clone(&log))),
        Witness::<false>(["within", "within end"], Arc::clone(&log)),
    );
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    for (name, value) in says {
        request.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    let mut future = pin!(crate::Entry::new(gated, routes, tsk_core::Peer::Local).call(request));
    let mut cx = Context::from_waker(Waker::noop());
    let response = (0..9).find_map(|_| match future.as_mut().poll(&mut cx) {
        Poll::Ready(response) => Some(response.unwrap()),
        Poll::Pending => None,
    });
    let log = log.lock().unwrap().clone();
    (log, response.expect("an answer"))
}

#[test]
fn whoever_passes_is_stamped_between_the_filters_at_once_or_after_a_wait() {
    for gate in ["pass", "wait"] {
        let (log, response) = ask("/", &[("x-gate", gate)]);
        assert_eq!(log, ["outer", "gate", "within", "handler", "within end", "stamp", "outer end"], "{gate}");
        assert_eq!(response.headers()["x-passed"], "yes");
    }
}

#[test]
fn whoever_is_refused_gets_no_further_and_out_through_the_outer_filter() {
    for gate in ["refuse", "wait and refuse"] {
        let (log, response) = ask("/", &[("x-gate", gate)]);
        assert_eq!((log, response.status().as_u16()), (vec!["outer", "gate", "outer end"], 403), "{gate}");
        assert!(!response.headers().contains_key("x-passed"));
    }
}

#[test]
fn a_filter_within_that_refuses_is_what_the_gate_has_let_in() {
    for gate in ["pass", "wait"] {
        let (log, response) = ask("/", &[("x-gate", gate), ("x-refused", "within")]);
        assert_eq!(log, ["outer", "gate", "within", "stamp", "outer end"], "{gate}");
        assert_eq!(
            (response.status().as_u16(), &response.headers()["x-passed"]),
            (418, &"yes".parse().unwrap())
        );
    }
    assert_eq!(ask("/", &[("x-refused", "outer")]).0, ["outer"]);
}

#[test]
fn a_panic_of_the_gate_is_an_answer() {
    for gate in ["panic", "wait and panic"] {
        let (log, response) = ask("/", &[("x-gate", gate)]);
        assert_eq!((log, response.status().as_u16()), (vec!["outer", "gate", "outer end"], 500), "{gate}");
    }
}

#[test]
fn a_filter_within_may_answer_for_a_handler_that_has_no_answer_yet() {
    for gate in ["pass", "wait"] {
        let (log, response) = ask("/hang", &[("x-gate", gate)]);
        assert_eq!(response.status(), 504, "{gate}");
        assert_eq!(log, ["outer", "gate", "within", "within end", "stamp", "outer end"], "{gate}");
    }
}
