//! `cargo xtask bench`: what the product and its peers cost, measured side by side.

mod added;
mod agree;
mod bars;
mod callgrind;
mod client;
mod collector;
mod compression;
mod crates;
mod document;
mod everything;
mod files;
mod graphql;
mod idle;
mod json;
mod limits;
mod load;
mod machine;
mod markdown;
mod measured;
mod options;
mod progress;
mod redis;
mod report;
mod rounds;
mod server;
mod sockets;
mod spread;
mod startup;
mod turns;
mod wrk;

use std::collections::BTreeMap;

pub(crate) use self::machine::Cores;
pub(crate) use self::options::HELP;
pub(crate) use self::server::Time;
pub(crate) use self::spread::Spread;

use self::added::Added;
use self::agree::Difference;
use self::callgrind::Costs;
use self::idle::Idle;
use self::load::Load;
use self::options::{Options, Part};
use self::rounds::Rounds;
use self::server::Server;
use crate::install::{self, Program};
use crate::{Error, peers};

/// Everything that one run measured.
#[derive(Debug)]
pub(crate) struct Results {
    servers: Vec<&'static str>,
    cores: Cores,
    machine: Vec<(&'static str, String)>,
    differences: Vec<Difference>,
    loads: Vec<Load>,
    round_count: usize,
    seconds: u64,
    rounds: Rounds<Load>,
    added: Vec<Added>,
    /// Requests of the shorter run under callgrind.
    requests: Option<u64>,
    costs: Costs,
    idle: Option<Idle>,
    startup: BTreeMap<&'static str, Spread>,
    crates: BTreeMap<&'static str, usize>,
}

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    match args.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some(("files", args)) => return files::run(args),
        Some(("compression", args)) => return compression::run(args),
        Some(("everything", args)) => return everything::run(args),
        Some(("graphql", args)) => return graphql::run(args),
        Some(("limits", args)) => return limits::run(args),
        Some(("redis-limits", args)) => return redis::run(args),
        Some(("sockets", args)) => return sockets::run(args),
        // For ourselves alone.
        Some(("collector", [])) => return collector::run(),
        Some(("turns", args)) => return added::turns::run(args),
        _ => {}
    }
    let options = Options::parse(args)?;
    install::ensure(&programs(&options))?;
    peers::build(&options.peers)?;
    if options.measures(Part::Startup) {
        peers::build(startup::further(&options.peers).as_slice())?;
    }
    let results = measure(&options)?;
    print!("{}", report::tables(&results));
    if let Some(path) = &options.json {
        std::fs::write(path, json::of(&results).to_string())?;
    }
    if options.write {
        document::write(&results)?;
    }
    Ok(())
}

fn measure(options: &Options) -> Result<Results, Error> {
    let (cores, busy) = machine::prepare(options.priority)?;
    if options.peers.iter().any(|peer| peer.name == peers::TSK_TRACED) {
        collector::start(cores)?;
    }
    let mut results = Results {
        servers: options.peers.iter().map(|peer| peer.name).collect(),
        cores,
        machine: machine::describe(cores, busy)?,
        differences: agree(options, cores)?,
        loads: options.loads.clone(),
        round_count: options.rounds,
        seconds: options.seconds,
        rounds: Rounds::default(),
        added: Vec::new(),
        requests: None,
        costs: Costs::new(),
        idle: None,
        startup: BTreeMap::new(),
        crates: BTreeMap::new(),
    };
    if !options.loads.is_empty() {
        results.rounds = load::measure(options, cores)?;
    }
    if options.measures(Part::Added) {
        results.added = added::measure(options, cores)?;
    }
    if options.measures(Part::Instructions) {
        let requests = if options.quick { 500 } else { 2_000 };
        results.requests = Some(requests);
        results.costs = callgrind::measure(&options.peers, requests, cores)?;
    }
    if options.measures(Part::Idle) {
        results.idle = Some(idle::measure(&options.peers, if options.quick { 500 } else { 2_000 }, cores)?);
    }
    if options.measures(Part::Startup) {
        results.startup = startup::measure(&options.peers, if options.quick { 3 } else { 10 })?;
    }
    if options.measures(Part::Crates) {
        for package in ["tsk-core", "tsk-http"] {
            results.crates.insert(package, crates::in_tree_of(package)?);
        }
    }
    Ok(results)
}

/// Refuses to measure servers that do not do the same work.
fn agree(options: &Options, cores: Cores) -> Result<Vec<Difference>, Error> {
    let mut servers = Vec::new();
    for peer in options.peers.iter().filter(|peer| peer.is_http1()) {
        servers.push(Server::start(peer, cores)?);
    }
    agree::check(&servers, &agree::routes()?)
}

/// The programs that these measurements run.
fn programs(options: &Options) -> Vec<Program> {
    let mut programs = vec![SETPRIV, TASKSET];
    if options.measures(Part::Load) {
        programs.push(WRK);
    }
    if options.measures(Part::Http2) {
        programs.push(H2LOAD);
    }
    if options.measures(Part::Instructions) {
        programs.push(VALGRIND);
    }
    programs
}

const SETPRIV: Program = Program {
    name: "setpriv",
    probe: &["setpriv", "--version"],
    package: "util-linux",
    purpose: "ends the measured servers with the benchmark",
};

const TASKSET: Program = Program {
    name: "taskset",
    probe: &["taskset", "--version"],
    package: "util-linux",
    purpose: "gives servers and clients a core each",
};

const WRK: Program = Program {
    name: "wrk",
    // wrk says its version and fails.
    probe: &["sh", "-c", "command -v wrk"],
    package: "wrk",
    purpose: "loads the measured servers over HTTP/1",
};

const H2LOAD: Program = Program {
    name: "h2load",
    probe: &["h2load", "--version"],
    package: "nghttp2-client",
    purpose: "loads the measured servers over HTTP/2",
};

const VALGRIND: Program = Program {
    name: "valgrind",
    probe: &["valgrind", "--version"],
    package: "valgrind",
    purpose: "counts instructions and allocations",
};
