#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use http::Method;
use proptest::prelude::*;
use tower_layer::Layer;

use super::*;
use crate::{
    End,
    context::RequestId,
    end::tests::Seen,
    tests::{Act, Connection, Event, Hint, Log, Script, Scripted, Step, answered, scripts},
};

/// An observer that writes down what it is told.
#[derive(Clone)]
struct Watcher {
    name: &'static str,
    log: Log,
    outcomes: Arc<Mutex<Vec<Outcome>>>,
}

impl Policy for Watcher {}

impl Observe for Watcher {
    type State = Option<Watch>;

    fn begin(&self, state: &mut Option<Watch>, head: &Head<'_>) {
        self.log.push(Event::Began(self.name));
        *state = Some(Watch { watcher: self.clone(), id: head.context.request_id().clone() });
    }

    fn enter(&self, state: &mut Option<Watch>) {
        self.log.push(Event::Entered(state.as_ref().unwrap().watcher.name));
    }

    fn leave(&self, state: &mut Option<Watch>) {
        self.log.push(Event::Left(state.as_ref().unwrap().watcher.name));
    }

    fn answered(&self, _: &mut Option<Watch>, _: Answer<'_>) {
        self.log.push(Event::Answered(self.name));
    }

    fn ended(&self, state: &mut Option<Watch>, context: &RequestContext, outcome: &Outcome) {
        let state = state.as_ref().unwrap();
        assert_eq!(context.request_id(), &state.id);
        self.log.push(Event::Ended(state.watcher.name));
        self.outcomes.lock().unwrap().push(*outcome);
    }
}

struct Watch {
    watcher: Watcher,
    id: RequestId,
}

#[derive(Default)]
struct Watched {
    log: Log,
    outcomes: Arc<Mutex<Vec<Outcome>>>,
}

impl Watched {
    fn by(&self, name: &'static str) -> Watcher {
        Watcher { name, log: self.log.clone(), outcomes: Arc::clone(&self.outcomes) }
    }

    fn run<O: Observe + Clone>(&self, script: &Script, observer: O) -> Seen {
        let service = Scripted(script.clone(), self.log.clone());
        script.run(ObserveLayer::new(observer).layer(service), &self.log)
    }

    /// Each observer saw what the client saw, once.
    fn check(&self, names: &[&'static str], seen: &Seen) {
        let (log, events) = (&self.log, self.log.events());
        let backwards: Vec<_> = names.iter().rev().copied().collect();
        let began = log.names(|event| if let Event::Began(name) = event { Some(name) } else { None });
        let answered = log.names(|event| if let Event::Answered(name) = event { Some(name) } else { None });
        let ended = log.names(|event| if let Event::Ended(name) = event { Some(name) } else { None });
        assert_eq!(began, names, "begin: {events:?}");
        assert_eq!(answered, if seen.status.is_some() { names } else { &[] }, "answered: {events:?}");
        assert_eq!(ended, backwards, "ended: {events:?}");

        let first = |wanted: fn(&Event) -> bool| events.iter().position(wanted).unwrap_or(events.len());
        let last = |wanted: fn(&Event) -> bool| events.iter().rposition(wanted).unwrap_or(0);
        assert!(last(|e| matches!(e, Event::Began(_))) < first(|e| matches!(e, Event::Called)));
        assert!(last(|e| matches!(e, Event::Answered(_))) < first(|e| matches!(e, Event::Ended(_))));
        if seen.end == End::Cancelled {
            // What a dropped request held is gone by then: its tickets, say.
            assert!(first(|e| matches!(e, Event::Finished)) < first(|e| matches!(e, Event::Ended(_))));
        }
        self.check_guards(names);

        let outcomes = self.outcomes.lock().unwrap();
        for outcome in outcomes.iter() {
            assert_eq!((outcome.end, outcome.status, outcome.sent), (seen.end, seen.status, seen.sent));
            assert_eq!(outcome.at, outcomes[0].at);
        }
    }

    /// The service runs inside all guards, the connection outside of them, and they are left as they nest.
    fn check_guards(&self, names: &[&'static str]) {
        let mut entered = Vec::new();
        for event in self.log.events() {
            match event {
                Event::Entered(name) => entered.push(name),
                Event::Left(name) => assert_eq!(entered.pop(), Some(name)),
                Event::Called | Event::Polled => assert_eq!(entered, names),
                Event::Returned => assert!(entered.is_empty(), "still entered: {entered:?}"),
                _ => {}
            }
        }
    }
}

/// What an observer is told of a script's end: how, with what status, after how many bytes.
fn outcome(script: &Script) -> (End, Option<u16>, u64) {
    let watched = Watched::default();
    let seen = watched.run(script, watched.by("a"));
    watched.check(&["a"], &seen);
    let outcome = watched.outcomes.lock().unwrap()[0];
    (outcome.end, outcome.status.map(|status| status.as_u16()), outcome.sent)
}

const SHAPES: usize = 10;

/// Runs the script under observers that are composed in one of several ways.
fn run_as(shape: usize, script: &Script) -> (Watched, Vec<&'static str>, Seen) {
    let watched = Watched::default();
    let [a, b, c, d, e, f] = ["a", "b", "c", "d", "e", "f"].map(|name| watched.by(name));
    let (count, seen) = match shape {
        0 => (1, watched.run(script, a)),
        1 => (1, watched.run(script, Arc::new(a))),
        2 => (1, watched.run(script, Some(a))),
        3 => (1, watched.run(script, (a,))),
        4 => (2, watched.run(script, (a, b))),
        5 => (3, watched.run(script, (a, None::<Watcher>, b, None::<Arc<Watcher>>, c))),
        6 => (3, watched.run(script, (Arc::new((a, Some(b))), c))),
        7 => (4, watched.run(script, Some((a, b, c, d)))),
        8 => (5, watched.run(script, (a, b, c, d, e))),
        _ => (6, watched.run(script, (a, b, c, d, e, f))),
    };
    (watched, ["a", "b", "c", "d", "e", "f"][..count].to_vec(), seen)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_ends_once_and_as_its_client_saw_it(script in scripts(), shape in 0..SHAPES) {
        let (watched, names, seen) = run_as(shape, &script);
        watched.check(&names, &seen);
    }

    #[test]
    fn what_is_observed_is_not_changed(script in scripts(), shape in 0..SHAPES) {
        let (_, _, observed) = run_as(shape, &script);
        let log = Log::default();
        let bare = script.run(Scripted(script.clone(), log.clone()), &log);
        prop_assert_eq!(format!("{observed:?}"), format!("{bare:?}"));
    }
}

#[test]
fn the_first_of_several_observers_is_the_outermost() {
    for shape in 0..SHAPES {
        let (watched, names, seen) = run_as(shape, &answered(&[Step::Data(2)]));
        watched.check(&names, &seen);
    }
}

#[test]
fn a_whole_answer_is_complete() {
    let script = answered(&[Step::Pending, Step::Data(2), Step::Data(3)]);
    assert_eq!(outcome(&script), (End::Complete, Some(200), 5));
}

#[test]
fn an_empty_answer_is_complete_at_once() {
    let script = Script { knows_its_end: true, patience: 1, ..answered(&[]) };
    assert_eq!(outcome(&script), (End::Complete, Some(200), 0));
}

#[test]
fn a_body_that_knows_its_end_is_complete_with_its_last_frame() {
    let script = Script { knows_its_end: true, patience: 2, ..answered(&[Step::Data(2)]) };
    assert_eq!(outcome(&script), (End::Complete, Some(200), 2));
}

#[test]
fn trailers_are_the_end_of_a_body() {
    let script = answered(&[Step::Data(2), Step::Trailers]);
    assert_eq!(outcome(&script), (End::Complete, Some(200), 2));
}

#[test]
fn a_connection_stops_asking_at_the_length_that_the_body_gave() {
    let script = Script { hint: Hint::Honest, patience: 3, ..answered(&[Step::Data(2), Step::Data(3)]) };
    assert_eq!(outcome(&script), (End::Complete, Some(200), 5));
    let script = Script { hint: Hint::Exact(0), ..answered(&[Step::Data(2)]) };
    assert_eq!(outcome(&script), (End::Complete, Some(200), 0));
}

#[test]
fn a_connection_stops_asking_at_the_content_length() {
    let script = Script { content_length: Some(5), patience: 3, ..answered(&[Step::Data(2), Step::Data(3)]) };
    assert_eq!(outcome(&script), (End::Complete, Some(200), 5));
}

#[test]
fn a_body_that_ends_short_of_its_length_has_failed() {
    let script = Script { content_length: Some(5), ..answered(&[Step::Data(2)]) };
    assert_eq!(outcome(&script), (End::Failed, Some(200), 2));
    let script = Script { hint: Hint::Exact(5), knows_its_end: true, ..answered(&[Step::Data(2)]) };
    assert_eq!(outcome(&script), (End::Failed, Some(200), 2));
}

#[test]
fn an_error_after_the_last_byte_is_a_failure_where_the_connection_reads_on() {
    let body = [Step::Data(2), Step::Fail];
    let script = Script { hint: Hint::Exact(2), connection: Connection::Http2, ..answered(&body) };
    assert_eq!(outcome(&script), (End::Failed, Some(200), 2));
}

#[test]
fn an_answer_that_may_not_have_a_body_is_complete_with_its_head() {
    let whole = (End::Complete, 0);
    for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304), ("CONNECT", 200), ("GET", 101)] {
        for connection in [Connection::Http1, Connection::Http2] {
            let (method, status) = (method.parse().unwrap(), StatusCode::from_u16(status).unwrap());
            let script = Script { method, status, connection, ..answered(&[Step::Data(2)]) };
            let (end, _, sent) = outcome(&script);
            assert_eq!((end, sent), whole, "{script:?}");
        }
    }
}

#[test]
fn a_refused_tunnel_has_a_body() {
    let script =
        Script { method: Method::CONNECT, status: StatusCode::FORBIDDEN, ..answered(&[Step::Data(2)]) };
    assert_eq!(outcome(&script), (End::Complete, Some(403), 2));
}

#[test]
fn an_upgrade_is_complete_with_its_head() {
    let script = Script { service: Act::Upgrade, status: StatusCode::SWITCHING_PROTOCOLS, ..answered(&[]) };
    assert_eq!(outcome(&script), (End::Complete, Some(101), 0));
}

#[test]
fn a_service_that_gives_an_error_has_failed() {
    let script = Script { service: Act::Fail, pending: 1, ..answered(&[]) };
    assert_eq!(outcome(&script), (End::Failed, None, 0));
}

#[test]
fn a_service_that_panics_has_failed_wherever_the_panic_is_caught() {
    for service in [Act::Panic, Act::PanicWhenCalled] {
        for unwinds in [true, false] {
            let script = Script { service, unwinds, pending: 1, ..answered(&[]) };
            assert_eq!(outcome(&script), (End::Failed, None, 0), "{script:?}");
        }
    }
}

#[test]
fn a_body_that_gives_an_error_has_failed() {
    assert_eq!(outcome(&answered(&[Step::Data(2), Step::Fail])), (End::Failed, Some(200), 2));
}

#[test]
fn a_body_that_panics_has_failed_wherever_the_panic_is_caught() {
    for unwinds in [true, false] {
        let script = Script { unwinds, ..answered(&[Step::Data(2), Step::Panic]) };
        assert_eq!(outcome(&script), (End::Failed, Some(200), 2), "{script:?}");
    }
}

#[test]
fn a_request_that_its_caller_drops_is_cancelled() {
    let body = [Step::Data(2), Step::Pending, Step::Data(3)];
    let dropped_after = |patience| outcome(&Script { pending: 1, patience, ..answered(&body) });
    assert_eq!(dropped_after(0), (End::Cancelled, None, 0), "before the first poll");
    assert_eq!(dropped_after(1), (End::Cancelled, None, 0), "while it was pending");
    assert_eq!(dropped_after(2), (End::Cancelled, Some(200), 0), "before its body");
    assert_eq!(dropped_after(3), (End::Cancelled, Some(200), 2), "within its body");
    assert_eq!(dropped_after(4), (End::Cancelled, Some(200), 2), "while its body was pending");
    assert_eq!(dropped_after(5), (End::Cancelled, Some(200), 5), "before the end was known");
    assert_eq!(dropped_after(6), (End::Complete, Some(200), 5));
}

#[test]
fn a_panic_elsewhere_is_no_failure_of_the_service() {
    let watched = Watched::default();
    let script = Script { service: Act::Hang, ..answered(&[]) };
    let service = Scripted(script, watched.log.clone());
    let mut service = ObserveLayer::new(watched.by("a")).layer(service);
    let future = tower_service::Service::call(&mut service, http::Request::new(()));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _dropped_while_unwinding = future;
        std::panic::resume_unwind(Box::new("elsewhere"));
    }));
    assert!(panicked.is_err());
    assert_eq!(watched.outcomes.lock().unwrap()[0].end, End::Cancelled);
}

#[test]
fn nothing_is_begun_where_no_observer_is_active() {
    /// Not active, and not to be disturbed.
    #[derive(Clone)]
    struct Asleep;

    impl Policy for Asleep {}

    impl Observe for Asleep {
        type State = ();

        fn is_active(&self) -> bool {
            false
        }

        fn begin(&self, (): &mut (), _: &Head<'_>) {
            unreachable!("it is not active");
        }

        fn ended(&self, (): &mut (), _: &RequestContext, _: &Outcome) {}
    }

    let watched = Watched::default();
    let script = answered(&[Step::Data(2)]);
    for seen in [
        watched.run(&script, None::<Watcher>),
        watched.run(&script, Asleep),
        watched.run(&script, (None::<Watcher>, Some(Arc::new(Asleep)))),
    ] {
        assert_eq!((seen.end, seen.sent), (End::Complete, 2));
    }
    watched.check_guards(&[]);
}
