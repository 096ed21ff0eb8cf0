#![allow(clippy::unwrap_used)]

use std::time::Duration;

use http::{Method, StatusCode};
use tsk_core::{End, Endpoint, Meta, Operation, RouteTable};

use super::*;
use crate::{
    Config,
    budget::Budget,
    http::Ending,
    shard::Here,
    slo::{Burn, Slo, SloConfig},
};

/// A service that counts, and a clock.
struct Service {
    traffic: Arc<Traffic>,
    start: Instant,
    seconds: u64,
}

const FINE: (u16, End) = (200, End::Complete);
const FAILED: (u16, End) = (500, End::Complete);
const BROKEN: (u16, End) = (200, End::Failed);
const GIVEN_UP: (u16, End) = (503, End::Cancelled);

impl Service {
    fn new(series: usize) -> Self {
        let (config, start) = (Config { max_series_per_metric: series, ..Config::default() }, Instant::now());
        let traffic = Traffic::new(&config, Arc::new(Budget::new(10_000)), start);
        Self { traffic: Arc::new(traffic), start, seconds: 0 }
    }

    fn budgets(&self, slos: &Slos, former: Option<&Budgets>) -> Budgets {
        Budgets::new(Arc::clone(&self.traffic), slos, former, self.now())
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_secs(self.seconds)
    }

    fn ends(&self, method: &Method, template: &str, (status, end): (u16, End), millis: u64, count: usize) {
        let route = self.traffic.route(template, crate::http::method_index(method), false);
        let ending = Ending::new(StatusCode::from_u16(status).ok(), end);
        for _ in 0..count {
            route.ended(Here::new(), ending, millis * 1_000_000, 0, || {
                self.traffic.outcome(&route, ending, false)
            });
        }
    }

    fn get(&self, ending: (u16, End), millis: u64, count: usize) {
        self.ends(&Method::GET, "/users/{id}", ending, millis, count);
    }

    /// So many requests a minute, of which a share goes wrong; it is looked every minute.
    fn goes_on(&mut self, budgets: &Budgets, a_minute: f64, share: f64, minutes: u32, is_latency: bool) {
        let (mut all, mut bad) = (0.0_f64, 0.0_f64);
        for _ in 0..minutes {
            let before = (all as usize, bad as usize);
            (all, bad) = (all + a_minute, bad + a_minute * share);
            let (came, wrong) = (all as usize - before.0, bad as usize - before.1);
            self.get(if is_latency { FINE } else { FAILED }, if is_latency { 900 } else { 1 }, wrong);
            self.get(FINE, 1, came.saturating_sub(wrong));
            self.seconds += 60;
            budgets.shared.sample(self.now());
        }
    }

    fn only(&self, budgets: &Budgets) -> Standing {
        budgets.report(10, "", self.now()).objectives.remove(0)
    }
}

fn promised(slo: &Slo, method: Option<Method>) -> Slos {
    let mut meta = Meta::default();
    meta.insert(slo.clone());
    let users = Endpoint::new(method, "/users/{id}").declared(Operation::default(), meta);
    Slos::new(&RouteTable::new([users]), &[], &Config::default()).unwrap()
}

/// What the tests of the rules show of Prometheus.
#[test]
fn an_alert_is_met_where_the_rules_have_prometheus_fire_and_nowhere_else() {
    for is_latency in [false, true] {
        for burn in Burn::ALL {
            let slo = if is_latency { Slo::new().latency_ms(500, 99.0) } else { Slo::availability(99.0) };
            let slos = promised(&slo.alerts([burn]), Some(Method::GET));
            let (long, threshold) = (burn.long().minutes, burn.factor() * 0.01);
            let after = |a_minute: f64, share: f64, more: u32| {
                let mut service = Service::new(1000);
                let budgets = service.budgets(&slos, None);
                service.goes_on(&budgets, a_minute, share, long + burn.pending() + more, is_latency);
                (service.only(&budgets).alert, service, budgets)
            };
            let alert = after(100.0, 1.1 * threshold, 1).0.unwrap();
            assert!(alert.burn == burn && alert.fires, "{burn}: {alert:?}");
            assert_eq!(after(100.0, 0.9 * threshold, 1).0, None, "{burn}, below its threshold");
            let few = 0.8 * 20.0 / f64::from(long);
            assert_eq!(after(few, 1.0, 1).0, None, "{burn}, without traffic");
            let (_, mut service, budgets) = after(100.0, 1.1 * threshold, 1);
            service.goes_on(&budgets, 100.0, 0.0, burn.short().minutes * 6 / 5 + 2, is_latency);
            assert_eq!(service.only(&budgets).alert, None, "{burn}, once the trouble is over");
        }
    }
}

#[test]
fn an_alert_fires_once_it_has_been_so_for_long_enough() {
    let mut service = Service::new(1000);
    let budgets = service.budgets(&promised(&Slo::availability(99.9), Some(Method::GET)), None);
    service.goes_on(&budgets, 100.0, 1.0, 1, false);
    let alert = service.only(&budgets).alert.unwrap();
    assert_eq!((alert.burn, alert.seconds, alert.fires), (Burn::Fast, 0, false));
    service.goes_on(&budgets, 100.0, 1.0, 2, false);
    let alert = service.only(&budgets).alert.unwrap();
    assert_eq!((alert.severity, alert.seconds, alert.fires), ("page", 120, true));
}

#[test]
fn a_route_that_fails_goes_from_kept_to_burning_to_spent() {
    let mut service = Service::new(1000);
    let budgets = service.budgets(&promised(&Slo::availability(99.0), Some(Method::GET)), None);
    assert_eq!(service.only(&budgets).state, State::Unknown);
    service.goes_on(&budgets, 100.0, 0.0, 60 * 24, false);
    let told = service.only(&budgets);
    assert_eq!((told.state, told.budget_left, told.requests), (State::Ok, 1.0, 144_000));
    // All of them for an hour: a 30th of a day of 100 times too fast.
    service.goes_on(&budgets, 100.0, 1.0, 60, false);
    let told = service.only(&budgets);
    assert_eq!(told.state, State::Burning);
    assert!((told.budget_left - (1.0 - 100.0 / 720.0)).abs() < 0.01, "{told:?}");
    assert!((told.burn - 100.0).abs() < 5.0, "{told:?}");
    service.goes_on(&budgets, 100.0, 1.0, 60 * 7, false);
    let told = service.only(&budgets);
    assert_eq!((told.state, told.budget_left), (State::Spent, 0.0), "{told:?}");
    // It is forgotten after 30 days and the rest of one.
    service.goes_on(&budgets, 100.0, 0.0, 60 * 24 * 31, false);
    let told = service.only(&budgets);
    assert_eq!((told.state, told.budget_left, told.failed), (State::Ok, 1.0, 0));
}

#[test]
fn one_failure_at_night_spends_nothing_that_is_told() {
    let mut service = Service::new(1000);
    let budgets = service.budgets(&promised(&Slo::availability(99.9), Some(Method::GET)), None);
    service.goes_on(&budgets, 100.0, 0.0, 60 * 24 * 3, false);
    service.goes_on(&budgets, 0.0, 0.0, 60 * 24 * 5, false);
    service.get(FAILED, 1, 1);
    service.get(FINE, 1, 2);
    let told = service.only(&budgets);
    assert_eq!((told.state, told.alert), (State::Unknown, None), "{told:?}");
}

#[test]
fn what_counts_is_what_the_rules_look_at() {
    let told = |slo: &Slo, method: Option<Method>| {
        let mut service = Service::new(1000);
        let budgets = service.budgets(&promised(slo, method), None);
        service.get(FINE, 1, 10);
        service.get(FINE, 51, 10);
        service.get(FAILED, 900, 3);
        service.get(BROKEN, 1, 4);
        service.get(GIVEN_UP, 1, 5);
        service.ends(&Method::POST, "/users/{id}", FAILED, 1, 7);
        service.ends(&Method::GET, "/users", FAILED, 1, 100);
        service.ends(&Method::GET, "/users/{id}/orders", FAILED, 1, 100);
        service.seconds = 5;
        let told = service.only(&budgets);
        (told.requests, told.failed)
    };
    assert_eq!(told(&Slo::availability(99.0), Some(Method::GET)), (32, 7));
    assert_eq!(told(&Slo::availability(99.0), None), (39, 14));
    // Of those that have not failed, the ones at the bound are within it.
    assert_eq!(told(&Slo::new().latency_ms(50, 99.0), Some(Method::GET)), (25, 10));
}

#[test]
fn all_requests_are_all_that_there_is_room_for_and_those_beyond() {
    let service = Service::new(1);
    let of_all: SloConfig = serde_json::from_str(r#"{ "name": "shop", "availability": 99.0 }"#).unwrap();
    let slos = Slos::new(&RouteTable::default(), &[of_all], &Config::default()).unwrap();
    let budgets = service.budgets(&slos, None);
    service.get(FAILED, 1, 2);
    service.ends(&Method::GET, "", FINE, 1, 3);
    let told = service.only(&budgets);
    assert_eq!((told.route, told.requests, told.failed), (None, 5, 2));
}

#[test]
fn what_was_counted_goes_on_with_another_application_and_not_before_there_was_a_promise() {
    let mut service = Service::new(1000);
    service.get(FAILED, 1, 50);
    let budgets = service.budgets(&promised(&Slo::availability(99.0), Some(Method::GET)), None);
    service.seconds += 60;
    assert_eq!(service.only(&budgets).requests, 0, "nothing was promised of these");
    service.goes_on(&budgets, 10.0, 0.5, 10, false);
    let both = Slo::availability(99.5).latency_ms(50, 99.0);
    let next = service.budgets(&promised(&both, Some(Method::GET)), Some(&budgets));
    drop(budgets);
    service.get(FINE, 1, 1);
    let told = next.report(10, "AVAIL", service.now());
    assert_eq!((told.objectives.len(), told.states.burning, told.states.ok), (1, 1, 0));
    assert_eq!((told.objectives[0].requests, told.objectives[0].failed), (101, 50));
    assert_eq!(next.report(10, "latency", service.now()).objectives[0].requests, 1);
}

#[test]
fn what_matters_most_is_the_first_and_the_rest_is_counted() {
    let service = Service::new(1000);
    let endpoints = (0..50).map(|number| {
        let mut meta = Meta::default();
        meta.insert(Slo::availability(99.0));
        Endpoint::new(Some(Method::GET), format!("/{number}")).declared(Operation::default(), meta)
    });
    let slos = Slos::new(&RouteTable::new(endpoints), &[], &Config::default()).unwrap();
    let budgets = service.budgets(&slos, None);
    for number in 10..50 {
        service.ends(&Method::GET, &format!("/{number}"), FINE, 1, 20 + number);
    }
    service.ends(&Method::GET, "/9", FAILED, 1, 30);
    let told = budgets.report(3, "", service.now());
    let names: Vec<_> = told.objectives.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["GET /9 availability", "GET /49 availability", "GET /48 availability"]);
    assert_eq!(told.states, States { spent: 0, burning: 1, ok: 40, unknown: 9 });
    assert_eq!(budgets.report(3, "get /17", service.now()).objectives[0].route.as_deref(), Some("/17"));
}

#[test]
fn an_objective_without_requests_takes_no_room() {
    let service = Service::new(1000);
    let budgets = service.budgets(&promised(&Slo::availability(99.0), Some(Method::GET)), None);
    budgets.shared.sample(service.now());
    assert!(budgets.shared.locked()[0].kept.is_none());
}
