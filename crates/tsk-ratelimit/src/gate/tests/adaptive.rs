//! Rules that adapt to their keys, within the gates.

use tsk_core::gate::admitted;

use super::*;
use crate::baseline::{Baseline, Settings, Signal, Standing};

const WINDOW: Duration = Duration::from_secs(10);

/// A store whose time began an hour ago, so that there is something to be learned of.
fn old_store() -> Store {
    Store::memory(1 << 16, Instant::now() - Duration::from_secs(3600))
}

fn rule() -> Rule {
    Rule::per_hour(8).name("api").adaptive(Settings { memory: 64 << 10, ..Settings::default() })
}

impl Served {
    /// The rule of all routes, which adapts.
    fn adaptive(&self) -> &Bound {
        &self.gates.0.limits.plan(0).before.rules[0]
    }

    fn baseline(&self) -> &Baseline {
        &self.adaptive().adaptive.as_ref().unwrap().baseline
    }

    fn account(&self) -> crate::Account {
        let request = self.request(ANYBODY, 0);
        self.adaptive().account(Head::new(&request).unwrap())
    }

    fn standing(&self) -> Standing {
        self.baseline().standing(self.account(), Instant::now()).unwrap()
    }

    /// Has been asked so often in each of so many windows, the last of which has just ended.
    fn was_asked(&self, windows: u32, requests: u32, is_error: bool, ago: u32) {
        let begin = Instant::now() - WINDOW * (windows + ago);
        for request in 0..windows * requests {
            self.baseline().arrived(self.account(), "/", begin + WINDOW * request / requests);
            self.baseline().answered(self.account(), is_error);
        }
    }
}

#[tokio::test]
async fn a_key_that_is_tight_is_allowed_less_and_is_told_how_much() {
    let served = serve(Limits::new(old_store()).rule(rule()), routes([]));
    served.was_asked(30, 20, false, 3);
    served.was_asked(3, 80, false, 0);
    let (_, headers) = served.ask(ANYBODY, 0).await;
    assert_eq!(text(&headers, "ratelimit-policy"), ["\"api\";q=1;w=3600"]);
    assert_eq!(served.status(ANYBODY, 0).await, 429);
    assert_eq!(served.standing().reason.unwrap().signal, Signal::Rate);
    assert_eq!(served.adaptive().tally.tightenings(Signal::Rate), 1);
    // Others are not concerned.
    let (_, headers) = served.ask(From([192, 0, 2, 2], None), 0).await;
    assert_eq!(text(&headers, "ratelimit-policy"), ["\"api\";q=8;w=3600"]);
}

/// Has an answer go through both gates.
fn answer(served: &Served, status: StatusCode) {
    let request = served.request(ANYBODY, 0);
    let (before, after) = &served.gates;
    let admit = |gate: &LimitGate| match gate.admit(Head::new(&request).unwrap()) {
        Admission::Pass(stamp) => stamp,
        _ => panic!("it was not let through"),
    };
    let (outer, inner) = (admit(before), admit(after));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let _ = admitted(admitted(response, inner), outer);
}

#[test]
fn what_clients_did_wrong_is_learned_of_and_what_servers_and_other_limits_did_is_not() {
    for (statuses, expected) in
        [([401, 404], Some(Signal::Errors)), ([200, 304], None), ([500, 503], None), ([429, 429], None)]
    {
        for several in [false, true] {
            let limits = Limits::new(old_store()).rule(rule().cost(0));
            let limits = if several { limits.rule(Rule::per_second(1000)) } else { limits };
            let served = serve(limits, routes([]));
            served.was_asked(30, 20, false, 0);
            for status in statuses.iter().cycle().take(20) {
                answer(&served, StatusCode::from_u16(*status).unwrap());
            }
            served.baseline().arrived(served.account(), "/", Instant::now() + WINDOW);
            let found = served.standing().reason.map(|reason| reason.signal);
            assert_eq!(found, expected, "{statuses:?}, several: {several}");
        }
    }
}

#[test]
fn a_dear_request_takes_all_that_is_left_where_it_could_come_before() {
    let cost = |cost| rule().cost_by(move |_| cost);
    let charged = |rule: Rule, step| {
        let served = serve(Limits::new(store()).rule(rule), routes([]));
        let request = served.request(ANYBODY, 0);
        let charge = served.adaptive().price(served.account(), step, Head::new(&request).unwrap()).charge();
        (charge.cost, charge.bucket.quota().most_at_once())
    };
    assert_eq!(charged(cost(1), 2), (1, 2));
    assert_eq!(charged(cost(5), 2), (2, 2));
    // What never could, cannot then either.
    assert_eq!(charged(cost(9), 2), (9, 2));
    // Where it is always the same, there is always room for it.
    assert_eq!(charged(rule().cost(5), 2), (5, 5));
}

#[test]
fn other_rules_of_the_same_store_go_on_with_what_is_usual_for_the_keys_of_those_that_are_the_same() {
    let store = old_store();
    let served = serve(Limits::new(store.clone()).rule(rule()), routes([]));
    served.was_asked(5, 20, false, 0);
    let again = serve(Limits::new(store.clone()).rule(rule()), routes([]));
    assert!(again.baseline().standing(again.account(), Instant::now()).is_some());
    let otherwise = rule().adaptive(Settings { warmup: 30, ..Settings::default() });
    let other = serve(Limits::new(store).rule(otherwise), routes([]));
    assert_eq!(other.baseline().standing(other.account(), Instant::now()), None);
}

#[test]
fn settings_that_cannot_be_stop_the_start_and_are_named() {
    let rule = rule().adaptive(Settings { steps: 9, ..Settings::default() });
    let error = Limits::new(store()).rule(rule).bind(&routes([])).unwrap_err();
    assert_eq!(error.to_string(), "the limit `api`: there are from 1 to 6 steps");
}
