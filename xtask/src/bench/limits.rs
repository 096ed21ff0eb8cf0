//! `cargo xtask bench limits`: a limit on many keys, beside governor.

use std::process::Command;

use super::machine::{self, Cores};
use super::markdown::{number, spread, table};
use super::spread::Spread;
use super::turns::Turns;
use super::{SETPRIV, TASKSET, VALGRIND, progress};
use crate::{Error, install, peers, step};

const NAMES: [&str; 2] = ["governor", "tsk"];
const THREADS: [usize; 2] = [1, 2];
/// How often each key is checked again.
const PASSES: usize = 5;
const PACKAGE: &str = "limits";
/// Those of the attack: how many keys it invents, and the memory that there is for them.
const INVENTED: usize = 10_000_000;
const MEMORY: usize = 32 << 20;

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let mut keys = 1_000_000_usize;
    let Turns { rounds, priority, .. } = Turns::parse_with("limits", args, |flag, value| {
        let is_keys = flag == "--keys";
        if is_keys {
            keys = value()?.parse()?;
        }
        Ok(is_keys)
    })?;
    install::ensure(&[SETPRIV, TASKSET, VALGRIND])?;
    peers::build_package(PACKAGE)?;
    let (cores, _) = machine::prepare(priority)?;
    let mut names = NAMES;
    let mut measured = Vec::new();
    for round in 1..=rounds {
        // Nobody follows the same neighbour each time.
        names.rotate_left(1);
        for threads in THREADS {
            for name in names {
                let it = measure(name, threads, keys, cores)?;
                progress::step(&format!(
                    "round {round}/{rounds}  {threads} threads  {name:<9}{:>7.0} ns new {:>7.0} ns known {:>6.1} bytes",
                    it.new, it.known, it.bytes
                ));
                measured.push((threads, name, it));
            }
        }
    }
    let mut counted = Vec::new();
    for name in NAMES {
        counted.push((name, instructions(name)?));
    }
    print!("{}", report(&measured, &counted));
    attack(cores)
}

/// What one process said of itself.
#[derive(Debug, Clone, Copy)]
struct Measured {
    /// The processor time of the first check of a key, in nanoseconds.
    new: f64,
    /// That of a later one.
    known: f64,
    /// What the process grew by, for each key.
    bytes: f64,
    /// The keys that there was no room for.
    forgotten: f64,
}

fn measure(name: &str, threads: usize, keys: usize, cores: Cores) -> Result<Measured, Error> {
    let ahead = if cores.priority { machine::AHEAD } else { &[] };
    let list =
        if threads == 1 { cores.server.to_string() } else { format!("{},{}", cores.server, cores.client) };
    let mut line: Vec<_> =
        ahead.iter().chain(&["taskset", "--cpu-list", &list]).map(|it| (*it).to_owned()).collect();
    line.push(program()?);
    line.extend([name.to_owned(), threads.to_string(), keys.to_string(), PASSES.to_string()]);
    let said = step::output(Command::new(&line[0]).args(&line[1..]))?;
    match said.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?[..] {
        [new, known, bytes, forgotten] => Ok(Measured { new, known, bytes, forgotten }),
        _ => Err(format!("{line:?} said {said}").into()),
    }
}

/// Those of one check of a known key, the reading of the clock and the hash of the key included.
fn instructions(name: &str) -> Result<f64, Error> {
    let keys = 50_000;
    let count = |passes: usize| -> Result<f64, Error> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"]).arg(program()?);
        let said = step::output(valgrind.args([name, "1", &keys.to_string(), &passes.to_string()]))?;
        let collected = said.split("Collected :").nth(1).and_then(|rest| rest.split_whitespace().next());
        Ok(collected.ok_or_else(|| format!("{valgrind:?} said {said}"))?.parse()?)
    };
    Ok((count(4)? - count(2)?) / (2 * keys) as f64)
}

fn attack(cores: Cores) -> Result<(), Error> {
    let line = cores.pin(cores.server);
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]).arg(program()?).args(["attack", &INVENTED.to_string(), &MEMORY.to_string()]);
    println!("\n{}", step::output(&mut command)?.trim());
    Ok(())
}

fn program() -> Result<String, Error> {
    Ok(peers::program(PACKAGE)?.display().to_string())
}

fn report(measured: &[(usize, &str, Measured)], counted: &[(&str, f64)]) -> String {
    let figures = |threads: usize, name: &str, of: fn(&Measured) -> f64| -> Vec<f64> {
        measured.iter().filter(|it| (it.0, it.1) == (threads, name)).map(|it| of(&it.2)).collect()
    };
    let spread = |values: Vec<f64>| spread(Spread::of(values));
    let mut rows = Vec::new();
    for threads in THREADS {
        for name in NAMES {
            let ratio = |of: fn(&Measured) -> f64| {
                let pairs = figures(threads, name, of).into_iter().zip(figures(threads, NAMES[0], of));
                spread(pairs.map(|(own, governor)| own / governor).collect())
            };
            let counted = counted.iter().filter(|it| it.0 == name).map(|it| number(it.1.round()));
            rows.push(vec![
                threads.to_string(),
                name.to_owned(),
                spread(figures(threads, name, |it| it.new)),
                ratio(|it| it.new),
                spread(figures(threads, name, |it| it.known)),
                ratio(|it| it.known),
                if threads == 1 { counted.collect() } else { String::new() },
                spread(figures(threads, name, |it| it.bytes)),
                number(figures(threads, name, |it| it.forgotten).into_iter().fold(0.0, f64::max)),
            ]);
        }
    }
    let titles = [
        "threads",
        "engine",
        "CPU ns, new key",
        "× governor",
        "CPU ns, known key",
        "× governor",
        "instructions",
        "bytes a key",
        "forgotten at most",
    ];
    let mut text = String::new();
    table(&mut text, &titles, rows.into_iter());
    text
}
