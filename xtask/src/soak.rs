//! `cargo xtask soak NAME`: long tests of the release binary.

mod answer;
mod connections;
mod download;
mod drain;
mod http2;
mod metrics;
mod overload;
mod reload;
mod rooms;
mod server;
mod slow;
mod spans;
mod visitor;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::step::{self, Steps};
use crate::{Error, Usage, nearest};

pub(crate) const HELP: &str = "
Runs one long test of the release binary. Each is bounded in time and in count, prints what it measures, and fails when
the server leaks, grows or answers wrongly.

Usage: cargo xtask soak NAME
       cargo xtask soak metrics [--only PART] [--priority]
       cargo xtask soak overload [--work WORK]
       cargo xtask soak rooms [--seconds N]
       cargo xtask soak slow [--kind KINDS] [--rounds N] [--priority]
       cargo xtask soak spans [--rounds N]
       cargo xtask soak list

  --kind KINDS  hold these sockets only: heads, bodies, readers, separated by commas
  --only PART   one part alone: flood, requests that are all different; scraped, a service whose many series are asked for
  --work WORK   what there is not enough of: wait, the connections of a pool, which is the default; compute, the processor, by
                work beside the threads that serve; block, the processor, by work on them
  --rounds N    how often each kind is measured, 5 by default; how many services are started, 1,000 by default
  --seconds N   for how long clients are cut off, 60 by default
  --priority    have the good client run ahead of whoever it shares its core with, which takes root
";

struct Soak {
    name: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> Result<(), Error>,
}

const SOAKS: [Soak; 9] = [
    Soak {
        name: "connections",
        summary: "waves of silent, half-sent and idle connections: descriptors and memory come back",
        run: |options| plain(options, connections::run),
    },
    Soak {
        name: "download",
        summary: "a file of 1 GiB, again and again and in parallel: exact, and in constant memory",
        run: |options| plain(options, download::run),
    },
    Soak {
        name: "drain",
        summary: "a hundred times told to stop under load, event streams open: ends in time, loses nothing",
        run: |options| plain(options, drain::run),
    },
    Soak {
        name: "metrics",
        summary: "a million requests that are all different make no series; 10,000 series are scraped unnoticed",
        run: metrics::run,
    },
    Soak {
        name: "overload",
        summary: "three times what a service can do, of mixed priorities: what is critical is answered, and in time",
        run: overload::run,
    },
    Soak {
        name: "reload",
        summary: "a million requests while the configuration is read again and again: none fails",
        run: |options| plain(options, reload::run),
    },
    Soak {
        name: "rooms",
        summary: "1,000 clients of rooms, cut off at random: each hears every message once, in order, or a gap event",
        run: rooms::run,
    },
    Soak {
        name: "slow",
        summary: "5,000 slow sockets of each kind: a good client's p99 is at most twice that without them",
        run: slow::run,
    },
    Soak {
        name: "spans",
        summary: "a thousand services, each told to stop while it serves: the collector has a span of every request",
        run: spans::run,
    },
];

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    let Some((name, options)) = args.split_first() else {
        return Err(Usage("`soak` takes one name; `cargo xtask soak list` prints them".into()).into());
    };
    if name == "list" {
        for soak in &SOAKS {
            println!("{:<12} {}", soak.name, soak.summary);
        }
        return Ok(());
    }
    let Some(soak) = SOAKS.iter().find(|soak| soak.name == name) else {
        let hint = match nearest::nearest(name, SOAKS.iter().map(|soak| soak.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`cargo xtask soak list` prints them".into(),
        };
        return Err(Usage(format!("no soak `{name}`; {hint}")).into());
    };
    let mut steps = Steps::default();
    steps.run(soak.name, || (soak.run)(options));
    steps.finish()
}

/// Runs a soak that has no options.
fn plain(options: &[String], run: fn() -> Result<(), Error>) -> Result<(), Error> {
    match options {
        [] => run(),
        [option, ..] => Err(Usage(format!("no option `{option}`: this soak has none")).into()),
    }
}

/// A folder of a soak's own, empty.
fn folder(name: &str) -> Result<PathBuf, Error> {
    let folder = crate::target_dir()?.join("soak").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Raises the limit of open files to what is wanted, as far as that is permitted, for us and for the server that inherits
/// it, and returns what it is.
fn allow_open_files(wanted: usize) -> Result<usize, Error> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let row = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let numbers: Vec<&str> = row.ok_or("no limit of open files")?.split_whitespace().collect();
    let (soft, hard): (usize, usize) = (numbers[0].parse()?, numbers[1].parse()?);
    let wanted = hard.min(wanted);
    if soft >= wanted {
        return Ok(soft);
    }
    let ours = std::process::id().to_string();
    step::output(Command::new("prlimit").args(["--pid", &ours, &format!("--nofile={wanted}:{hard}")]))?;
    Ok(wanted)
}
