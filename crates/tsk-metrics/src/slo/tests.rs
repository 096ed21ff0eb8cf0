#![allow(clippy::unwrap_used)]

use http::Method;
use proptest::prelude::*;
use tsk_core::{Endpoint, Meta, Operation, RouteTable};

use super::*;
use crate::{Config, Error, catalogue::Family};

fn declared(method: Method, template: &str, slo: Slo) -> Endpoint {
    let mut meta = Meta::default();
    meta.insert(slo);
    Endpoint::new(Some(method), template).declared(Operation::default(), meta)
}

fn of(slo: Slo) -> Result<Slos, Error> {
    let routes = RouteTable::new([declared(Method::GET, "/users/{id}", slo)]);
    Slos::new(&routes, &[], &Config::default())
}

fn configured(text: &str) -> Result<Slos, Error> {
    #[derive(serde::Deserialize)]
    struct File {
        slo: Vec<SloConfig>,
    }
    let File { slo } = toml::from_str(text).unwrap();
    let routes = [
        declared(Method::GET, "/users/{id}", Slo::availability(99.0)),
        declared(Method::POST, "/users/{id}", Slo::availability(99.5)),
    ];
    Slos::new(&RouteTable::new(routes), &slo, &Config::default())
}

#[test]
fn what_cannot_be_kept_told_or_fired_is_refused() {
    for (slo, reason) in [
        (Slo::new(), "it promises nothing"),
        (Slo::availability(100.0), "availability of 100 % cannot be"),
        (Slo::availability(0.0), "availability of 0 % cannot be"),
        (Slo::availability(-1.0), "availability of -1 % cannot be"),
        (Slo::availability(f64::NAN), "availability of NaN % cannot be"),
        (Slo::availability(99.999_999_99), "has a budget too small to be counted"),
        (
            Slo::new().latency_ms(60, 99.0),
            "latency-60ms cannot be told, as 0.06 is no bound of `metrics.duration_buckets`: add it there, or say 0.05 or 0.075",
        ),
        (Slo::new().latency_ms(20_000, 99.0), "say 10"),
        (Slo::new().latency_ms(50, 99.0).latency_ms(50, 98.0), "it says latency-50ms twice"),
        (
            Slo::availability(90.0),
            "the alert \"fast\" cannot fire: 14.4 times the budget of availability of 90 % is all requests or more; say more \
             than 93.1 %, or leave it out of `alerts`",
        ),
        (Slo::availability(66.0).alerts([Burn::Slow]), "the alert \"slow\" cannot fire"),
        (Slo::availability(99.9).alerts([]), "it has no alerts"),
    ] {
        let error = of(slo.clone()).unwrap_err();
        assert!(error.is_slo() && error.to_string().starts_with("the SLO of GET /users/{id}: "), "{error}");
        assert!(error.to_string().contains(reason), "{slo:?}: {error}");
    }
    assert!(of(Slo::availability(90.0).alerts([Burn::Medium])).is_ok());
}

#[test]
fn what_is_not_counted_has_no_alerts() {
    let routes = RouteTable::new([declared(Method::GET, "/", Slo::availability(99.0))]);
    let mut config = Config::default();
    config.families.remove(&Family::Http);
    let error = Slos::new(&routes, &[], &config).unwrap_err();
    assert!(error.to_string().contains("requests are not counted"), "{error}");
    assert!(Slos::new(&RouteTable::default(), &[], &config).unwrap().is_empty());
}

#[test]
fn settings_go_before_what_a_route_declares() {
    let slos = configured(
        "[[slo]]\nname = 'users'\nroute = 'GET /users/{id}'\nlatency = { '1s' = 99.0, '50ms' = 95.0 }",
    );
    let told: Vec<_> =
        slos.unwrap().objectives().iter().map(|o| format!("{}: {}", o.slo, o.indicator)).collect();
    assert_eq!(told, ["users: latency-50ms", "users: latency-1s", "POST /users/{id}: availability"]);
    let slos = configured("[[slo]]\nname = 'users'\nroute = '/users/{id}'\navailability = 99.0").unwrap();
    assert_eq!(slos.objectives().len(), 1, "by any method");
    let slos = configured("[[slo]]\nname = 'all'\navailability = 99.0").unwrap();
    assert_eq!(slos.objectives().len(), 3, "beside those of routes");
}

#[test]
fn settings_that_cannot_be_are_refused_by_their_place() {
    for (text, reason) in [
        ("name = ''\navailability = 99.0", "it has no name"),
        ("name = 'a'\nroute = '/user/{id}'\navailability = 99.0", "there is no route `/user/{id}`"),
        ("name = 'a'\nroute = 'PUT /users/{id}'\navailability = 99.0", "there is no route `PUT /users/{id}`"),
        ("name = 'a'\nlatency = { soon = 99.0 }", "latency \"soon\" is no time"),
        ("name = 'a'\navailability = 12.0", "cannot fire"),
    ] {
        let error = configured(&format!("[[slo]]\n{text}")).unwrap_err();
        assert_eq!(error.key(), Some("slo[0]"), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let one = "[[slo]]\nname = 'a'\navailability = 99.0\n";
    let error = configured(&format!("{one}{one}")).unwrap_err();
    assert_eq!(error.to_string(), "`slo[1]`: an earlier one is called \"a\"; give it another name");
    let error = configured("[[slo]]\nname = 'POST /users/{id}'\navailability = 99.0").unwrap_err();
    assert!(error.to_string().contains("one in the configuration has this name"), "{error}");
}

#[test]
fn versions_of_a_route_promise_the_same() {
    let of = |percents: [f64; 2]| {
        let endpoints = percents.map(|percent| declared(Method::GET, "/users", Slo::availability(percent)));
        Slos::new(&RouteTable::new(endpoints), &[], &Config::default())
    };
    assert_eq!(of([99.0, 99.0]).unwrap().objectives().len(), 1);
    assert!(of([99.0, 99.5]).unwrap_err().to_string().contains("another version of the route has another"));
}

proptest! {
    /// Whatever was taken can fire: there is a share of requests above each threshold.
    #[test]
    fn what_is_taken_can_fire(percent in -10.0..110.0_f64, alerts in 0_usize..16) {
        let alerts = Burn::ALL.into_iter().enumerate().filter(|(bit, _)| alerts >> bit & 1 == 1);
        if let Ok(slos) = of(Slo::availability(percent).alerts(alerts.map(|(_, burn)| burn))) {
            for objective in slos.objectives() {
                prop_assert!(!objective.alerts.is_empty());
                for burn in &objective.alerts {
                    let threshold = burn.factor() * objective.budget();
                    prop_assert!(threshold > 0.0 && threshold < 1.0, "{threshold}");
                }
            }
        }
    }
}
