//! The tables and the bars of a run with everything on.

use super::browser::Load;
use super::{REQUESTS, Results};
use crate::bench::bars::{Bar, Form, Limit};
use crate::bench::callgrind::Cost;
use crate::bench::json::{self, Json, object};
use crate::bench::markdown::{heading, number, paragraph, ratio, spread, table};
use crate::bench::measured::Measured;
use crate::bench::report;
use crate::peers::{
    AXUM_EVERYTHING, AXUM_EVERYTHING_TRACED, FASTIFY, RAW_HYPER, TSK_EVERYTHING, TSK_EVERYTHING_TRACED,
};

pub(super) const INTRODUCTION: &str = "\
# Performance with everything on

What `GET /users/42` costs a service with metrics, tracing, limits of addresses and of callers, tokens by HS256 and
permissions, CORS, identifiers of requests, security headers, negotiated compression, a timeout and a limit of bodies: tsk,
and axum with the crates that are usual for it, each set up as its documentation advises. `cargo xtask bench everything
--write` makes this page. Clients send what Firefox sends for a page of another origin, with a token. All servers give the
same answer; those with everything on answer 401 without a token. [Performance](performance.md) says how measuring is done.
";

fn cpu(measured: &Measured) -> f64 {
    measured.cpu_micros
}

pub(super) fn tables(results: &Results) -> String {
    let mut text = String::new();
    heading(&mut text, "Bars");
    table(
        &mut text,
        &["what", "bar", "tsk", ""],
        bars(results)
            .iter()
            .map(|bar| vec![bar.what.clone(), bar.limit.clone(), bar.measured.clone(), report::met(bar)]),
    );
    for load in Load::ALL {
        heading(&mut text, &format!("With {}", load.title()));
        under_load(&mut text, results, load);
    }
    report::differences(&mut text, &results.differences);
    report::machine(&mut text, &results.machine, results.rounds.waited());
    let turns = results.turns;
    paragraph(
        &mut text,
        &format!(
            "Rounds: {}. Each measurement: {} s, after 1 s of the same load. Under callgrind: {REQUESTS} requests, and {}.",
            turns.rounds,
            turns.seconds,
            2 * REQUESTS
        ),
    );
    text
}

fn under_load(text: &mut String, results: &Results, load: Load) {
    let rounds = &results.rounds;
    let servers = results.servers.iter().map(|peer| peer.name);
    let servers = servers.filter(|name| rounds.has(name, load) || results.costs.contains_key(&(*name, load)));
    table(
        text,
        &[
            "server",
            "requests/s",
            "CPU µs",
            "× axum-everything",
            "× axum-everything-traced",
            "instructions",
            "over raw hyper",
            "allocations",
        ],
        servers.map(|name| {
            let cost = results.costs.get(&(name, load));
            let over = cost.zip(results.costs.get(&(RAW_HYPER, Load::Known)));
            vec![
                name.to_owned(),
                spread(rounds.figure(name, load, |measured| measured.requests_per_second)),
                spread(rounds.figure(name, load, cpu)),
                ratio(rounds.ratio(name, AXUM_EVERYTHING, load, cpu)),
                ratio(rounds.ratio(name, AXUM_EVERYTHING_TRACED, load, cpu)),
                cost.map_or_else(String::new, |cost| number(cost.instructions.round())),
                over.map_or_else(String::new, |(own, raw)| {
                    number((own.instructions - raw.instructions).round())
                }),
                cost.map_or_else(String::new, |cost| format!("{:.1}", cost.allocations)),
            ]
        }),
    );
}

fn bars(results: &Results) -> Vec<Bar> {
    let against =
        |server, other, load| results.rounds.ratio(server, other, load, cpu).map(|ratio| ratio.median);
    let cost = |server, of: fn(&Cost) -> f64| results.costs.get(&(server, Load::Known)).map(of);
    let allocations = |server| cost(server, |cost| cost.allocations);
    let more = allocations(TSK_EVERYTHING).zip(allocations(RAW_HYPER)).map(|(own, raw)| own - raw);
    let rows = [
        (
            "CPU, a hundredth traced, against axum",
            Limit::AtMost(0.47),
            Form::Times,
            against(TSK_EVERYTHING, AXUM_EVERYTHING, Load::Known),
        ),
        (
            "the same with another token in each request",
            Limit::AtMost(0.55),
            Form::Times,
            against(TSK_EVERYTHING, AXUM_EVERYTHING, Load::Cold),
        ),
        (
            "CPU, all traced, against axum with all traced",
            Limit::AtMost(0.42),
            Form::Times,
            against(TSK_EVERYTHING_TRACED, AXUM_EVERYTHING_TRACED, Load::Known),
        ),
        (
            "CPU, a hundredth traced, against Fastify with nothing on",
            Limit::AtMost(1.0),
            Form::Times,
            against(TSK_EVERYTHING, FASTIFY, Load::Known),
        ),
        (
            "instructions, a hundredth traced",
            Limit::AtMost(21_000.0),
            Form::Count,
            cost(TSK_EVERYTHING, |cost| cost.instructions.round()),
        ),
        (
            "allocations, a hundredth traced, over raw hyper",
            Limit::AtMost(0.0),
            Form::More,
            // What is traced, and a timer that fires now and then, moves the second decimal.
            more.map(|more| (more * 10.0).round() / 10.0),
        ),
    ];
    rows.into_iter()
        .filter_map(|(what, limit, form, ours)| Some(Bar::new(what.to_owned(), limit, form, ours?, None)))
        .collect()
}

pub(super) fn json(results: &Results) -> Json {
    let server = |name| {
        let load = |load: Load| {
            let rounds = &results.rounds;
            let mut figures = vec![
                ("requests_per_second", json::spread(rounds.figure(name, load, |it| it.requests_per_second))),
                ("cpu_micros", json::spread(rounds.figure(name, load, cpu))),
                ("cpu_against_axum", json::spread(rounds.ratio(name, AXUM_EVERYTHING, load, cpu))),
                (
                    "cpu_against_axum_traced",
                    json::spread(rounds.ratio(name, AXUM_EVERYTHING_TRACED, load, cpu)),
                ),
            ];
            if let Some(cost) = results.costs.get(&(name, load)) {
                figures.push(("instructions", Json::Number(cost.instructions)));
                figures.push(("allocations", Json::Number(cost.allocations)));
            }
            object(figures)
        };
        let costs = &results.costs;
        let has = |load| results.rounds.has(name, load) || costs.contains_key(&(name, load));
        let loads = Load::ALL.into_iter().filter(|load| has(*load));
        object(loads.map(|it| (it.name(), load(it))))
    };
    let machine = results.machine.iter().map(|(name, value)| (*name, Json::Text(value.clone())));
    object([
        ("machine", object(machine)),
        ("rounds", Json::Number(results.turns.rounds as f64)),
        ("seconds", Json::Number(results.turns.seconds as f64)),
        ("servers", object(results.servers.iter().map(|peer| (peer.name, server(peer.name))))),
        ("bars", Json::List(bars(results).iter().map(json::bar).collect())),
    ])
}
