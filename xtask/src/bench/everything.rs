//! `cargo xtask bench everything`: what a request costs a service that has everything on, beside axum with as much.

mod browser;
mod report;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::browser::{Load, PATH, Tokens};
use super::agree::{self, Difference, Question};
use super::callgrind::{self, Asked, Cost};
use super::client::Client;
use super::machine::{self, Cores};
use super::measured::Measured;
use super::options::{self, Part};
use super::rounds::Rounds;
use super::server::Server;
use super::turns::Turns;
use super::{SETPRIV, TASKSET, VALGRIND, WRK, collector, document, progress, wrk};
use crate::peers::{self, EVERYTHING, FASTIFY, Peer, RAW_HYPER};
use crate::{Error, Usage, install};

/// Requests of the shorter run under callgrind.
const REQUESTS: u64 = 2_000;

/// Headers that an answer has where everything is on.
const HEADERS: [&str; 3] = ["access-control-allow-origin", "x-content-type-options", "x-request-id"];

/// Everything that a run measured.
struct Results {
    servers: Vec<&'static Peer>,
    turns: Turns,
    machine: Vec<(&'static str, String)>,
    differences: Vec<Difference>,
    rounds: Rounds<Load>,
    costs: Costs,
}

/// Of the servers that callgrind can follow.
type Costs = BTreeMap<(&'static str, Load), Cost>;

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let (mut json, mut write, mut parts) = (None, false, options::parts(&[])?);
    let turns = Turns::parse_with("everything", args, |flag, value| {
        match flag {
            "--json" => json = Some(PathBuf::from(value()?)),
            "--what" => parts = options::parts(&value()?.split(',').collect::<Vec<_>>())?,
            "--write" => write = true,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if write && (parts.len() < options::parts(&[])?.len() || turns.rounds < options::ROUNDS) {
        let rounds = options::ROUNDS;
        return Err(Usage(format!("--write is for a whole run, of {rounds} rounds at least")).into());
    }
    install::ensure(&[SETPRIV, TASKSET, WRK, VALGRIND])?;
    let mut servers = peers::select(&[RAW_HYPER, FASTIFY])?;
    servers.extend(&EVERYTHING);
    peers::build(&servers)?;
    let tokens = Tokens::issue()?;
    let results = measure(servers, &tokens, turns, &parts)?;
    let tables = report::tables(&results);
    print!("{tables}");
    if let Some(path) = json {
        std::fs::write(path, report::json(&results).to_string())?;
    }
    if write {
        document::replace("docs/performance-everything.md", report::INTRODUCTION, &tables)?;
    }
    Ok(())
}

fn measure(
    servers: Vec<&'static Peer>,
    tokens: &Tokens,
    turns: Turns,
    parts: &[Part],
) -> Result<Results, Error> {
    let (cores, busy) = machine::prepare(turns.priority)?;
    collector::start(cores)?;
    let machine = machine::describe(cores, busy)?;
    let differences = check(&start(&servers, cores)?, tokens)?;
    let costs =
        if parts.contains(&Part::Instructions) { count(&servers, tokens, cores)? } else { BTreeMap::new() };
    let rounds =
        if parts.contains(&Part::Load) { load(&servers, tokens, turns, cores)? } else { Rounds::default() };
    Ok(Results { servers, turns, machine, differences, rounds, costs })
}

fn count(servers: &[&'static Peer], tokens: &Tokens, cores: Cores) -> Result<Costs, Error> {
    let mut costs = BTreeMap::new();
    for peer in servers.iter().filter(|peer| peer.package().is_some()) {
        for load in Load::ALL.into_iter().filter(|load| suits(*load, peer)) {
            let request = |port, number| Ok(tokens.request(port, Some(Tokens::number(load, number))));
            let asked = Asked { title: load.title(), name: load.name(), request: &request };
            costs.insert((peer.name, load), callgrind::cost(peer, &asked, REQUESTS, cores)?);
        }
    }
    Ok(costs)
}

fn load(
    servers: &[&'static Peer],
    tokens: &Tokens,
    turns: Turns,
    cores: Cores,
) -> Result<Rounds<Load>, Error> {
    let mut rounds = Rounds::default();
    for round in 1..=turns.rounds {
        let mut servers = start(servers, cores)?;
        for load in Load::ALL {
            // Nobody follows the same neighbour each time.
            servers.rotate_left(1);
            for server in servers.iter().filter(|server| suits(load, server.peer)) {
                let apply = |seconds| {
                    let mut command = tokens.command(load, server.port, seconds, cores);
                    let measured = Measured::of(server.process(), &mut command, wrk::read);
                    measured.map_err(|error| format!("{}: {error}", server.peer.name))
                };
                apply(1)?;
                let measured = apply(turns.seconds)?;
                progress::round((round, turns.rounds), load.title(), server.peer.name, &measured);
                rounds.record(server.peer.name, load, measured);
            }
        }
    }
    Ok(rounds)
}

fn start(peers: &[&'static Peer], cores: Cores) -> Result<Vec<Server>, Error> {
    peers.iter().map(|peer| Server::start(peer, cores)).collect()
}

/// Who looks at no token has nothing to do with whether it is known.
fn suits(load: Load, peer: &Peer) -> bool {
    load == Load::Known || has_everything(peer)
}

fn has_everything(peer: &Peer) -> bool {
    EVERYTHING.iter().any(|other| other.name == peer.name)
}

/// Refuses to measure servers that do not do the same work: all give the same answer; those with everything on say so in its
/// headers, and answer nobody without a token, or with one that was tampered with.
fn check(servers: &[Server], tokens: &Tokens) -> Result<Vec<Difference>, Error> {
    for server in servers.iter().filter(|server| has_everything(server.peer)) {
        let name = server.peer.name;
        let with = tokens.request(server.port, Some(0));
        let mut forged = with.clone();
        // The last letters of a signature; after them come two ends of a line.
        let end = forged.len() - 4;
        forged[end - 10..end].reverse();
        let mut client = Client::connect(server.port)?;
        for (what, request) in [("no token", &tokens.request(server.port, None)), ("a forged token", &forged)]
        {
            let status = client.send(request)?.status;
            if status != 401 {
                return Err(format!("{name} answers GET {PATH} with {what} with {status}, not 401").into());
            }
        }
        let answer = client.send(&with)?;
        let has = |wanted: &str| answer.headers.iter().any(|(name, _)| name == wanted);
        if let Some(missing) = HEADERS.iter().find(|name| !has(name)) {
            return Err(format!("{name} answers GET {PATH} without {missing}").into());
        }
    }
    let request = tokens.request(0, Some(0));
    let question = Question {
        title: format!("GET {PATH}"),
        // Who listens at which port makes no difference to an answer.
        request: Box::new(move |_| request.clone()),
    };
    agree::check(servers, &[question])
}
