#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    panic::resume_unwind,
    pin::pin,
    task::Waker,
};

use http::{Method, Request, StatusCode};
use http_body::Body as _;
use proptest::{prelude::*, sample::select};
use tower_layer::Layer;
use tower_service::Service;

use super::*;
use crate::{
    End,
    end::tests::Seen,
    tests::{Act, Event, Log, Script, Scripted, Step, answered, scripts},
};

/// What a gate decides.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Decision {
    Pass,
    Refuse,
    Panic,
    /// It waits, pending so often, and then decides.
    Wait(usize, Verdict),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Pass,
    Refuse,
    Panic,
    Hang,
}

fn decisions() -> impl Strategy<Value = Decision> {
    let verdict = select(vec![Verdict::Pass, Verdict::Pass, Verdict::Refuse, Verdict::Panic, Verdict::Hang]);
    prop_oneof![
        4 => Just(Decision::Pass),
        1 => select(vec![Decision::Refuse, Decision::Panic]),
        4 => (0..3_usize, verdict).prop_map(|(pending, verdict)| Decision::Wait(pending, verdict)),
    ]
}

/// A gate that decides by the script, and writes down what becomes of its tickets.
#[derive(Clone)]
struct Doorman {
    name: &'static str,
    decision: Decision,
    log: Log,
}

impl Doorman {
    fn pass(&self) -> Pass {
        self.log.push(Event::Admitted(self.name));
        Pass { name: self.name, log: self.log.clone() }
    }

    fn refuse(&self) -> Response<Body> {
        self.log.push(Event::Refused(self.name));
        let mut response = Response::new(Body::from("refused"));
        *response.status_mut() = StatusCode::FORBIDDEN;
        response
    }
}

impl Policy for Doorman {}

impl Gate for Doorman {
    type Ticket = Pass;
    type Wait = Waiting;

    fn admit(&self, _: Head<'_>) -> Admission<Pass, Waiting> {
        match self.decision {
            Decision::Pass => Admission::Pass(self.pass()),
            Decision::Refuse => Admission::Refuse(self.refuse()),
            Decision::Panic => resume_unwind(Box::new("the gate")),
            Decision::Wait(pending, verdict) => {
                Admission::Wait(Waiting { pending, verdict, doorman: self.clone() })
            }
        }
    }
}

struct Waiting {
    pending: usize,
    verdict: Verdict,
    doorman: Doorman,
}

impl Future for Waiting {
    type Output = Result<Pass, Response<Body>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.pending > 0 {
            self.pending -= 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match self.verdict {
            Verdict::Pass => Poll::Ready(Ok(self.doorman.pass())),
            Verdict::Refuse => Poll::Ready(Err(self.doorman.refuse())),
            Verdict::Panic => resume_unwind(Box::new("the wait")),
            Verdict::Hang => {
                self.doorman.log.push(Event::Hung);
                Poll::Pending
            }
        }
    }
}

struct Pass {
    name: &'static str,
    log: Log,
}

impl Ticket for Pass {
    fn stamp(&self, headers: &mut HeaderMap) {
        self.log.push(Event::Stamped(self.name));
        headers.append("x-stamp", self.name.parse().unwrap());
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.log.push(Event::Released(self.name));
    }
}

/// Runs the script behind an outer and an inner gate.
fn run(script: &Script, [outer, inner]: [Decision; 2]) -> (Log, Seen) {
    let log = Log::default();
    let gate = |name, decision| Doorman { name, decision, log: log.clone() };
    // Two ways to hold a gate that must not make a difference.
    let (outer, inner) = (Arc::new(gate("outer", outer)), gate("inner", inner));
    let service = GateLayer::new(inner).layer(Scripted(script.clone(), log.clone()));
    let seen = script.run(GateLayer::new(outer).layer(service), &log);
    (log, seen)
}

/// Runs the script behind one gate.
fn run_behind(decision: Decision, script: &Script) -> (Log, Seen) {
    let log = Log::default();
    let gate = Doorman { name: "gate", decision, log: log.clone() };
    let seen = script.run(GateLayer::new(gate).layer(Scripted(script.clone(), log.clone())), &log);
    (log, seen)
}

fn passing(log: &Log) -> Doorman {
    Doorman { name: "gate", decision: Decision::Pass, log: log.clone() }
}

impl Log {
    fn admitted(&self) -> Vec<&'static str> {
        self.names(|event| if let Event::Admitted(name) = event { Some(name) } else { None })
    }

    fn released(&self) -> Vec<&'static str> {
        self.names(|event| if let Event::Released(name) = event { Some(name) } else { None })
    }

    fn stamped(&self) -> Vec<&'static str> {
        self.names(|event| if let Event::Stamped(name) = event { Some(name) } else { None })
    }

    fn position(&self, event: Event) -> Option<usize> {
        self.events().iter().position(|other| *other == event)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_ticket_is_released_once_and_not_before_the_end(
        script in scripts(),
        decisions in [decisions(), decisions()],
    ) {
        let (log, seen) = run(&script, decisions);
        let socket = log.socket();
        let given = log.admitted();
        if socket.is_some() {
            prop_assert_eq!(log.released(), Vec::<&str>::new(), "the socket holds them");
            drop(socket);
        } else if let Some(finished) = log.position(Event::Finished) {
            for name in &given {
                prop_assert!(log.position(Event::Released(name)) > Some(finished), "{:?}", log.events());
            }
        }
        let mut released = log.released();
        released.sort_unstable_by(|a, b| b.cmp(a));
        prop_assert_eq!(released, given, "seen: {:?}, events: {:?}", seen, log.events());
    }

    #[test]
    fn only_a_request_that_every_gate_admits_reaches_the_service_and_once(
        script in scripts(),
        decisions in [decisions(), decisions()],
    ) {
        let (log, _) = run(&script, decisions);
        let admitted = log.admitted();
        prop_assert_eq!(log.count(Event::Called), usize::from(admitted.len() == 2), "{:?}", log.events());
        prop_assert!(log.count(Event::Admitted("outer")) <= 1 && log.count(Event::Admitted("inner")) <= 1);
    }

    #[test]
    fn a_ticket_stamps_the_answer_and_no_refusal_of_its_own_gate(
        script in scripts(),
        decisions in [decisions(), decisions()],
    ) {
        let (log, seen) = run(&script, decisions);
        let stamps: Vec<_> = seen.headers.get_all("x-stamp").iter().map(|name| name.to_str().unwrap()).collect();
        let mut expected = if seen.status.is_some() { log.admitted() } else { Vec::new() };
        expected.reverse();
        prop_assert_eq!(&stamps, &expected, "inner gates stamp first: {:?}", log.events());
        prop_assert_eq!(log.stamped(), expected);
    }

    #[test]
    fn a_request_that_is_admitted_at_once_is_not_changed(script in scripts()) {
        let (_, gated) = run(&script, [Decision::Pass, Decision::Pass]);
        let log = Log::default();
        let bare = script.run(Scripted(script.clone(), log.clone()), &log);
        prop_assert_eq!((gated.end, gated.status, gated.sent), (bare.end, bare.status, bare.sent));
    }

    #[test]
    fn a_request_that_is_admitted_after_a_wait_is_not_changed(script in scripts(), pending in 0..3_usize) {
        let wait = Decision::Wait(pending, Verdict::Pass);
        let patient = Script { patience: script.patience.saturating_add(pending), ..script.clone() };
        // A service that panics when it is called does so in the first poll, which a caller may not reach.
        prop_assume!(script.service != Act::PanicWhenCalled || script.patience > 0);
        let (_, gated) = run_behind(wait, &patient);
        let log = Log::default();
        let bare = script.run(Scripted(script.clone(), log.clone()), &log);
        prop_assert_eq!((gated.end, gated.status, gated.sent), (bare.end, bare.status, bare.sent));
    }
}

#[test]
fn a_ticket_is_released_with_the_last_frame_rather_than_with_the_body() {
    let whole = [Step::Data(1), Step::Data(2)];
    for (steps, knows_its_end) in [(whole, true), (whole, false), ([Step::Data(1), Step::Fail], false)] {
        let log = Log::default();
        let script = Script { knows_its_end, ..answered(&steps) };
        let mut service = GateLayer::new(passing(&log)).layer(Scripted(script, log.clone()));
        let mut cx = Context::from_waker(Waker::noop());
        let mut future = pin!(service.call(Request::new(())));
        let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx) else { panic!("pending") };
        let mut body = pin!(response.into_body());
        let mut last = false;
        while !last {
            assert_eq!(log.count(Event::Released("gate")), 0, "{steps:?}");
            let Poll::Ready(frame) = body.as_mut().poll_frame(&mut cx) else { panic!("pending") };
            last = body.is_end_stream() || !matches!(frame, Some(Ok(_)));
        }
        assert_eq!(log.count(Event::Released("gate")), 1, "{steps:?}");
    }
}

#[test]
fn a_ticket_is_released_when_the_service_fails_before_its_future_is_dropped() {
    let log = Log::default();
    let script = Script { service: Act::Fail, ..answered(&[]) };
    let mut service = GateLayer::new(passing(&log)).layer(Scripted(script, log.clone()));
    let mut future = pin!(service.call(Request::new(())));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(log.count(Event::Released("gate")), 1);
}

#[test]
fn a_ticket_is_released_when_the_service_or_the_body_panics() {
    for (service, body) in
        [(Act::PanicWhenCalled, None), (Act::Panic, None), (Act::Answer, Some(Step::Panic))]
    {
        for decision in [Decision::Pass, Decision::Wait(1, Verdict::Pass)] {
            let script = Script { service, ..answered(body.as_slice()) };
            let (log, seen) = run_behind(decision, &script);
            assert_eq!(seen.end, End::Failed);
            assert_eq!(log.count(Event::Released("gate")), 1, "{service:?} {decision:?}");
        }
    }
}

#[test]
fn a_ticket_is_released_when_the_caller_drops_the_request() {
    for patience in 0..4 {
        let script = Script { pending: 1, patience, ..answered(&[Step::Data(2), Step::Data(3)]) };
        let (log, seen) = run_behind(Decision::Pass, &script);
        assert_eq!(seen.end, End::Cancelled);
        assert_eq!(log.count(Event::Released("gate")), 1, "after {patience} polls");
    }
}

#[test]
fn a_ticket_is_released_with_a_body_that_nobody_reads() {
    let script = Script { method: Method::HEAD, ..answered(&[Step::Data(2)]) };
    let (log, seen) = run_behind(Decision::Pass, &script);
    assert_eq!((seen.end, seen.sent), (End::Complete, 0));
    assert_eq!(log.count(Event::Released("gate")), 1);
}

#[test]
fn a_ticket_moves_into_the_socket_of_an_upgraded_connection() {
    let script = Script { service: Act::Upgrade, status: StatusCode::SWITCHING_PROTOCOLS, ..answered(&[]) };
    let (log, seen) = run(&script, [Decision::Pass, Decision::Wait(1, Verdict::Pass)]);
    assert_eq!((seen.end, seen.status), (End::Complete, Some(StatusCode::SWITCHING_PROTOCOLS)));
    let socket = log.socket();
    assert!(socket.is_some());
    assert!(log.released().is_empty());
    drop(socket);
    assert_eq!(log.released(), ["inner", "outer"]);
}

#[test]
fn a_refusal_is_the_answer_and_the_service_is_not_called() {
    for decision in [Decision::Refuse, Decision::Wait(2, Verdict::Refuse)] {
        let (log, seen) = run_behind(decision, &answered(&[Step::Data(2)]));
        assert_eq!((seen.end, seen.status, seen.sent), (End::Complete, Some(StatusCode::FORBIDDEN), 7));
        assert!(seen.headers.is_empty());
        assert_eq!(log.count(Event::Called), 0);
    }
}

#[test]
fn a_refusal_further_in_is_stamped_by_the_gates_further_out() {
    let (log, seen) = run(&answered(&[]), [Decision::Pass, Decision::Refuse]);
    assert_eq!(seen.headers["x-stamp"], "outer");
    assert_eq!(log.released(), ["outer"]);
}

#[test]
fn a_request_that_is_dropped_while_it_waits_never_reaches_the_service() {
    let script = Script { patience: 2, ..answered(&[]) };
    let (log, seen) = run_behind(Decision::Wait(5, Verdict::Pass), &script);
    assert_eq!(seen.end, End::Cancelled);
    assert_eq!((log.count(Event::Called), log.count(Event::Admitted("gate"))), (0, 0));
}

/// A service that reserves something when it becomes ready.
struct Reserving(Option<Pass>, Log);

impl Clone for Reserving {
    fn clone(&self) -> Self {
        Self(None, self.1.clone())
    }
}

impl Service<Request<()>> for Reserving {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0 = Some(Pass { name: "reserved", log: self.1.clone() });
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        drop(self.0.take().expect("polled until it was ready"));
        ready(Ok(Response::new(Body::empty())))
    }
}

#[test]
fn what_the_ready_service_reserved_is_used_or_given_back() {
    let wait = |verdict| Decision::Wait(1, verdict);
    for decision in [Decision::Pass, Decision::Refuse, wait(Verdict::Pass), wait(Verdict::Refuse)] {
        let log = Log::default();
        let gate = Doorman { decision, ..passing(&log) };
        let mut service = GateLayer::new(gate).layer(Reserving(None, log.clone()));
        let mut cx = Context::from_waker(Waker::noop());
        for requests in 1..=2 {
            assert!(service.poll_ready(&mut cx).is_ready());
            let mut future = pin!(service.call(Request::new(())));
            while future.as_mut().poll(&mut cx).is_pending() {}
            assert_eq!(log.count(Event::Released("reserved")), requests, "{decision:?}");
        }
    }
}
