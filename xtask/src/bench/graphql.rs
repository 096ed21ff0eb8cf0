//! `cargo xtask bench graphql`: one schema, beside async-graphql and juniper_hyper.

use std::process::Command;

use super::machine::{self, Cores};
use super::markdown::{number, spread, table};
use super::spread::Spread;
use super::turns::Turns;
use super::{SETPRIV, TASKSET, VALGRIND, progress};
use crate::{Error, install, peers, step};

const PACKAGE: &str = "graphql";
/// The engine of each figure, with what it is asked.
const PAIRS: [(&str, &str); 9] = [
    ("async-graphql", "one"),
    ("juniper_hyper", "one"),
    ("tsk", "one"),
    ("async-graphql", "fifty"),
    ("juniper_hyper", "fifty"),
    ("tsk", "fifty"),
    ("tsk", "listed"),
    ("tsk", "plain"),
    ("tsk", "loaded"),
];

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let Turns { rounds, priority, .. } = Turns::parse("graphql", args)?;
    install::ensure(&[SETPRIV, TASKSET, VALGRIND])?;
    peers::build_package(PACKAGE)?;
    let (cores, _) = machine::prepare(priority)?;
    let mut pairs = PAIRS;
    let mut measured = Vec::new();
    for round in 1..=rounds {
        // Nobody follows the same neighbour each time.
        pairs.rotate_left(1);
        for (engine, query) in pairs {
            let took = measure(engine, query, cores)? / 1_000.0;
            progress::step(&format!("round {round}/{rounds}  {query:<7} {engine:<14}{took:>8.2} µs"));
            measured.push(((engine, query), took));
        }
    }
    let mut rows = Vec::new();
    for (engine, query) in PAIRS {
        let figures = |pair: (&str, &str)| -> Vec<f64> {
            measured.iter().filter(|(of, _)| *of == pair).map(|(_, took)| *took).collect()
        };
        let own = figures((engine, query));
        let beside = match query {
            "loaded" => ("tsk", "plain"),
            "listed" => ("async-graphql", "fifty"),
            _ => ("async-graphql", query),
        };
        let pairs = own.iter().zip(figures(beside));
        let ratio: Vec<f64> = pairs.map(|(own, other)| other / own).collect();
        let instructions = number(instructions(engine, query)?.round());
        rows.push(vec![
            query.to_owned(),
            engine.to_owned(),
            spread(Spread::of(own)),
            spread(Spread::of(ratio)),
            instructions,
        ]);
    }
    let head =
        ["query", "engine", "µs an answer", "as fast as async-graphql; as without a loader", "instructions"];
    let mut text = String::new();
    table(&mut text, &head, rows.into_iter());
    print!("{text}");
    let line = cores.pin(cores.server);
    println!(
        "\n{}",
        step::output(Command::new(&line[0]).args(&line[1..]).arg(program()?).arg("attack"))?.trim()
    );
    Ok(())
}

/// The processor time of an answer, in nanoseconds.
fn measure(engine: &str, query: &str, cores: Cores) -> Result<f64, Error> {
    let count = if query == "one" { "20000" } else { "2000" };
    let line = cores.pin(cores.server);
    let said =
        step::output(Command::new(&line[0]).args(&line[1..]).arg(program()?).args([engine, query, count]))?;
    Ok(said.trim().parse()?)
}

/// Those of one answer.
fn instructions(engine: &str, query: &str) -> Result<f64, Error> {
    let count = |answers: u32| -> Result<f64, Error> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"]).arg(program()?);
        let said = step::output(valgrind.args([engine, query, &answers.to_string()]))?;
        let collected = said.split("Collected :").nth(1).and_then(|rest| rest.split_whitespace().next());
        Ok(collected.ok_or_else(|| format!("{valgrind:?} said {said}"))?.parse()?)
    };
    // A tenth more are answered before anything is measured.
    Ok((count(300)? - count(100)?) / 220.0)
}

fn program() -> Result<String, Error> {
    Ok(peers::program(PACKAGE)?.display().to_string())
}
