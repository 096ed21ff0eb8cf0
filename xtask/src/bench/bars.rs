//! The bars that the product is held to, and the floors below which it would be of no use.

use super::Results;
use super::added::Added;
use super::callgrind::{Cost, Route};
use super::load::Load;
use super::markdown::number;
use super::measured::Measured;
use super::spread::Spread;
use crate::peers::{
    AXUM, DOCUMENTED, EXPRESS, EXPRESS_PRODUCTION, RAW_HYPER, TSK, TSK_ACCESS_LOG, TSK_DEFAULTS, TSK_LIMITED,
    TSK_LIMITED_UNTOLD, TSK_METRICS,
};

/// A row of the table: what is asked, what was measured, and whether it is enough.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) what: String,
    pub(crate) limit: String,
    pub(crate) measured: String,
    /// The same figure of axum, where it has one.
    pub(crate) axum: String,
    pub(crate) met: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// How a figure is written.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// `1.04 ×`
    Times,
    /// `+ 1,980`
    More,
    /// `24`
    Count,
}

/// The bars whose figures were measured.
pub(crate) fn bars(results: &Results) -> Vec<Bar> {
    let mut bars = Vec::new();
    let mut add = |what: String, limit: Limit, form: Form, ours: Option<f64>, axum: Option<f64>| {
        bars.extend(ours.map(|ours| Bar::new(what, limit, form, ours, axum)));
    };
    let ratio = |server: &str, load: Load, of: fn(&Measured) -> f64| {
        results.rounds.ratio(server, load.yardstick(), load, of).map(|spread| spread.median)
    };
    for load in [Load::Plaintext, Load::User, Load::Echo] {
        let cpu = |server| ratio(server, load, |measured| measured.cpu_micros);
        let what = format!("{}: CPU a request, against raw hyper", load.title());
        add(what, Limit::AtMost(1.08), Form::Times, cpu(TSK), cpu(AXUM));
    }
    for (load, least, yardstick) in
        [(Load::Echo, 0.97, "raw hyper"), (Load::Pipelined, 0.75, "raw hyper with `pipeline_flush`")]
    {
        let rate = |server| ratio(server, load, |measured| measured.requests_per_second);
        let what = format!("{}: requests a second, against {yardstick}", load.title());
        add(what, Limit::AtLeast(least), Form::Times, rate(TSK), rate(AXUM));
    }
    for (route, most) in [(Route::Plaintext, 2_000.0), (Route::User, 2_500.0)] {
        let more = |server| more(results, server, route, |cost| cost.instructions).map(f64::round);
        let what = format!("{}: instructions a request, over raw hyper", route.title());
        add(what, Limit::AtMost(most), Form::More, more(TSK), more(AXUM));
    }
    let line = |route| {
        let cost = |server| results.costs.get(&(server, route)).map(|cost| cost.instructions);
        Some((cost(TSK_ACCESS_LOG)? - cost(TSK)?).round())
    };
    for route in [Route::Plaintext, Route::User] {
        let what = format!("{}: instructions of its line in the access log", route.title());
        add(what, Limit::AtMost(2_800.0), Form::More, line(route), None);
    }
    let watching = |route| {
        let cost = |server| results.costs.get(&(server, route)).map(|cost| cost.instructions);
        Some((cost(TSK_METRICS)? - cost(TSK)?).round())
    };
    let what = format!("{}: instructions of metrics and unsampled tracing", Route::User.title());
    add(what, Limit::AtMost(2_500.0), Form::More, watching(Route::User), None);
    for route in [Route::Plaintext, Route::User] {
        let more = |with, without, of: fn(&Cost) -> f64| {
            let cost = |server| results.costs.get(&(server, route)).map(of);
            Some(cost(with)? - cost(without)?)
        };
        // Both have the same stack, so that this is the work of the limit.
        let alone = more(TSK_LIMITED_UNTOLD, TSK_METRICS, |cost| cost.instructions).map(f64::round);
        let what = format!("{}: instructions of a limit of addresses by itself, untold", route.title());
        add(what, Limit::AtMost(700.0), Form::More, alone, None);
        // With two fields in the answer, which `http` and `hyper` write, and with the stack of a service that has any gate.
        let told = more(TSK_LIMITED, TSK, |cost| cost.instructions).map(f64::round);
        let what = format!(
            "{}: instructions of the first thing that a service has, a limit of addresses told in two fields",
            route.title()
        );
        add(what, Limit::AtMost(2_500.0), Form::More, told, None);
        let allocations = more(TSK_LIMITED, TSK, |cost| cost.allocations);
        let what = format!("{}: allocations of that", route.title());
        add(what, Limit::AtMost(1.0), Form::More, allocations.map(|more| (more * 10.0).round() / 10.0), None);
    }
    for Added { part, micros, lost } in &results.added {
        let what = format!("{}: CPU µs of {}", part.load.title(), part.what);
        add(what, Limit::AtMost(part.most), Form::More, Some(micros.median), None);
        if let Some(lost) = lost {
            let what = format!("{}: spans lost of those", part.load.title());
            add(what, Limit::AtMost(0.0), Form::More, Some(*lost as f64), None);
        }
    }
    for route in Route::ALL {
        // A timer that fires now and then moves the second decimal.
        let tenths = |more: f64| (more * 10.0).round() / 10.0;
        let more = |server| more(results, server, route, |cost| cost.allocations).map(tenths);
        let what = format!("{}: allocations a request, over raw hyper", route.title());
        add(what, Limit::AtMost(0.0), Form::More, more(TSK), more(AXUM));
    }
    let idle = |server| {
        let bytes = &results.idle.as_ref()?.bytes;
        Some((bytes.get(server)? - bytes.get(RAW_HYPER)?).round())
    };
    let what = "an idle connection: resident bytes, over raw hyper".to_owned();
    add(what, Limit::AtMost(1024.0), Form::More, idle(TSK), idle(AXUM));
    let millis = results.startup.get(DOCUMENTED.name).map(|millis| millis.median);
    let what = "500 documented routes: ms from the start to the first answer".to_owned();
    add(what, Limit::AtMost(50.0), Form::Count, millis, None);
    for (package, most) in [("tsk-core", 25.0), ("tsk-http", 70.0)] {
        let crates = results.crates.get(package).map(|crates| *crates as f64);
        add(format!("crates in the tree of `{package}`"), Limit::AtMost(most), Form::Count, crates, None);
    }
    bars
}

/// What the brief of the product asks for at the very least, of the product as it comes. Each is the worst of the three
/// routes.
pub(crate) fn floors(results: &Results) -> Vec<Bar> {
    let loads = [Load::Plaintext, Load::User, Load::Echo];
    let worst = |of: &dyn Fn(Load) -> Option<Spread>, worse: fn(f64, f64) -> f64| {
        let medians = loads.iter().map(|load| of(*load).map(|spread| spread.median));
        medians.collect::<Option<Vec<_>>>()?.into_iter().reduce(worse)
    };
    let rate = |measured: &Measured| measured.requests_per_second;
    let mean = |measured: &Measured| measured.latency.map_or(f64::NAN, |latency| latency.mean_millis);
    let figure = |server, of: fn(&Measured) -> f64, worse| {
        worst(&|load| results.rounds.figure(server, load, of), worse)
    };
    let against = |express| worst(&|load| results.rounds.ratio(TSK_DEFAULTS, express, load, rate), f64::min);
    let rows = [
        (
            "requests a second, on one core",
            Limit::AtLeast(10_000.0),
            Form::Count,
            figure(TSK_DEFAULTS, rate, f64::min),
        ),
        (
            "mean latency in ms, 64 connections",
            Limit::AtMost(50.0),
            Form::Count,
            figure(TSK_DEFAULTS, mean, f64::max),
        ),
        (
            "requests a second, against Express with the usual middleware",
            Limit::AtLeast(5.0),
            Form::Times,
            against(EXPRESS_PRODUCTION),
        ),
        ("requests a second, against Express with none", Limit::AtLeast(5.0), Form::Times, against(EXPRESS)),
    ];
    rows.into_iter()
        .filter_map(|(what, limit, form, ours)| Some(Bar::new(what.to_owned(), limit, form, ours?, None)))
        .collect()
}

impl Bar {
    pub(crate) fn new(what: String, limit: Limit, form: Form, ours: f64, axum: Option<f64>) -> Self {
        let (sign, bound, met) = match limit {
            Limit::AtMost(bound) => ("≤", bound, ours <= bound),
            Limit::AtLeast(bound) => ("≥", bound, ours >= bound),
        };
        Self {
            what,
            limit: format!("{sign} {}", form.write(bound)),
            measured: form.write(ours),
            axum: axum.map_or_else(String::new, |axum| form.write(axum)),
            met,
        }
    }
}

impl Form {
    fn write(self, value: f64) -> String {
        match self {
            Self::Times => format!("{value:.2} ×"),
            Self::More if value == 0.0 => "0".to_owned(),
            Self::More if value < 0.0 => format!("− {}", number(-value)),
            Self::More => format!("+ {}", number(value)),
            Self::Count => number(value),
        }
    }
}

fn more(results: &Results, server: &'static str, route: Route, of: fn(&Cost) -> f64) -> Option<f64> {
    Some(of(results.costs.get(&(server, route))?) - of(results.costs.get(&(RAW_HYPER, route))?))
}
