//! What the command line asks for.

use std::path::PathBuf;

use super::load::Load;
use crate::peers::{self, Peer};
use crate::{Error, Usage, nearest};

pub(crate) const HELP: &str = "
Measures the product and its peers side by side, and prints the tables and the bars.

Usage: cargo xtask bench [OPTIONS]
       cargo xtask bench files [--rounds N] [--seconds N] [--priority]
       cargo xtask bench compression [--rounds N] [--seconds N] [--priority]
       cargo xtask bench everything [--what load,instructions] [--rounds N] [--seconds N] [--priority] [--json FILE] [--write]
       cargo xtask bench graphql [--rounds N] [--priority]
       cargo xtask bench limits [--rounds N] [--keys N] [--priority]
       cargo xtask bench redis-limits [--rounds N] [--seconds N] [--priority]
       cargo xtask bench sockets [--rounds N] [--seconds N] [--priority] [--members N] [--idle N] [--heartbeats N]

  --only NAMES    measure these servers only, and the raw hyper ones that they are compared with; names separated by
                  commas, as `cargo xtask peers list` has them
  --what PARTS    measure these only: load, h2, added, instructions, idle, startup, crates; all by default
  --rounds N      rounds of load and of h2; 5 by default
  --seconds N     length of each measurement under load; 4 by default
  --quick         3 rounds of 1 second, and less of everything else: a figure to steer by, not to write down
  --priority      run servers and clients ahead of everything else, which takes root: on a machine that others use, who
                  get next to nothing of it meanwhile
  --json FILE     write everything measured to FILE, a path from the workspace's root
  --write         render docs/performance.md; refused with --only, --what, --quick or fewer than 5 rounds

Every server is built first. Within a round each load is put on each server in turn, so that a ratio compares neighbours
in time. What a part of the product adds to the CPU time of a request (added) is less than a round tells, and is measured in turns
of some milliseconds, over a dozen starts. Servers run pinned to one core and wrk or h2load to another; instructions and allocations are counted by
valgrind's callgrind, as the difference between two runs of different length, which noise does not reach. The profiles
stay in target/peers/bench: read one with callgrind_annotate.

`bench files` measures `tsk web start` beside nginx with `sendfile off`: a file of 1 GiB, read by one client that throws
it away, and files of 1 KiB and 64 KiB under wrk, all of them in memory. `bench compression` has nginx send files, and the
product answers of handlers, of the same content by gzip at the same levels. `bench everything` measures the product with
all that it has beside axum with as much, and writes docs/performance-everything.md. `bench graphql` asks
one schema by the product, async-graphql and juniper_hyper, and has documents refused that ask for too much. `bench limits` has a limit on a million keys
beside governor, and ten million keys that a client invents. `bench redis-limits` measures a server with a limit in Redis beside
the same with one in memory, and none; it counts how often Redis is asked and how often it reads. `bench sockets` has WebSockets
echoed and told to a room, beside axum, tokio-tungstenite, fastwebsockets, ws, and the calls of the system alone (`floor`);
`--members N` are in the room, `--idle N` say nothing, and `--heartbeats N` are asked whether they are there for a minute.

Examples:
  cargo xtask bench --quick --only axum --what instructions
  cargo xtask bench --only axum,actix --what load --rounds 7
  cargo xtask bench --write
";

/// The fewest rounds that a written figure may come from.
pub(crate) const ROUNDS: usize = 5;

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) peers: Vec<&'static Peer>,
    pub(crate) loads: Vec<Load>,
    pub(crate) parts: Vec<Part>,
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) quick: bool,
    pub(crate) priority: bool,
    pub(crate) json: Option<PathBuf>,
    pub(crate) write: bool,
}

/// A part of the whole that can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Load,
    Http2,
    Added,
    Instructions,
    Idle,
    Startup,
    Crates,
}

const PARTS: &[(&str, Part)] = &[
    ("load", Part::Load),
    ("h2", Part::Http2),
    ("added", Part::Added),
    ("instructions", Part::Instructions),
    ("idle", Part::Idle),
    ("startup", Part::Startup),
    ("crates", Part::Crates),
];

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, Error> {
        let (mut only, mut what) = (Vec::new(), Vec::new());
        let (mut rounds, mut seconds) = (None, None);
        let (mut quick, mut priority, mut json, mut write) = (false, false, None, false);
        let mut args = args.iter();
        while let Some(flag) = args.next() {
            let mut value = || args.next().ok_or_else(|| Usage(format!("{flag} needs a value")));
            match flag.as_str() {
                "--only" => only.extend(value()?.split(',')),
                "--what" => what.extend(value()?.split(',')),
                "--rounds" => rounds = Some(count(flag, value()?)?),
                "--seconds" => seconds = Some(count(flag, value()?)?),
                "--json" => json = Some(PathBuf::from(value()?)),
                "--quick" => quick = true,
                "--priority" => priority = true,
                "--write" => write = true,
                _ => {
                    return Err(
                        Usage(format!("no option `{flag}`; `cargo xtask bench --help` lists them")).into()
                    );
                }
            }
        }
        let rounds = rounds.unwrap_or(if quick { 3 } else { ROUNDS });
        if write && (quick || !only.is_empty() || !what.is_empty() || rounds < ROUNDS) {
            return Err(Usage(format!("--write is for a whole run, of {ROUNDS} rounds at least")).into());
        }
        let parts = parts(&what)?;
        let loads = Load::ALL
            .into_iter()
            .filter(|load| parts.contains(if load.is_http2() { &Part::Http2 } else { &Part::Load }))
            .collect::<Vec<_>>();
        if !only.is_empty() {
            only.push(peers::RAW_HYPER);
            only.extend(loads.iter().map(|load| load.yardstick()));
        }
        Ok(Self {
            peers: peers::select(&only)?,
            loads,
            parts,
            rounds,
            seconds: seconds.unwrap_or(if quick { 1 } else { 4 }) as u64,
            quick,
            priority,
            json,
            write,
        })
    }

    pub(crate) fn measures(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

pub(crate) fn parts(names: &[&str]) -> Result<Vec<Part>, Usage> {
    let known = || PARTS.iter().map(|(name, _)| *name);
    if let Some(unknown) = names.iter().find(|name| !known().any(|known| known == **name)) {
        let near = nearest::nearest(unknown, known()).map(|near| format!("did you mean `{near}`?"));
        let hint = near.unwrap_or_else(|| format!("there are {}", known().collect::<Vec<_>>().join(", ")));
        return Err(Usage(format!("nothing called `{unknown}` is measured; {hint}")));
    }
    Ok(PARTS
        .iter()
        .filter(|(name, _)| names.is_empty() || names.contains(name))
        .map(|(_, part)| *part)
        .collect())
}

fn count(flag: &str, value: &str) -> Result<usize, Usage> {
    match value.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(Usage(format!("{flag} takes a number of at least 1, not `{value}`"))),
    }
}
