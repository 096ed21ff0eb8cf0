//! `cargo xtask bench sockets`: WebSockets, beside axum, tokio-tungstenite, fastwebsockets and ws of Node.

mod idle;
mod load;

use self::load::Running;
use super::files::{Server, free_port};
use super::machine::{self, Cores};
use super::markdown::{number, ratio, spread, table};
use super::server::Time;
use super::spread::Spread;
use super::turns::Turns;
use super::{SETPRIV, TASKSET, progress};
use crate::{Error, install, peers};

const PACKAGE: &str = "sockets";
/// What the others are compared with comes first, and what none of them can be below comes last.
const NAMES: [&str; 6] = ["axum", "tokio-tungstenite", "fastwebsockets", "ws", "tsk", "floor"];

/// Messages that come back, from so many connections, of so many bytes.
const ECHOES: [(&str, usize); 2] = [("echo 64 B", 64), ("echo 16 KiB", 16 << 10)];
const CONNECTIONS: usize = 64;

const ROOM: &str = "room";
const SAID: usize = 64;

/// How many are in a room, how many are idle, and how many are idle while they are asked whether they are there.
#[derive(Debug, Clone, Copy)]
struct Crowd {
    members: usize,
    idle: usize,
    heartbeats: usize,
}

/// What one load found of one server.
#[derive(Debug, Clone, Copy)]
struct Found {
    each_second: f64,
    cpu_micros: f64,
    waited: f64,
    /// The share of its own core that the client was busy for: near the whole, the server was not what was measured.
    client: f64,
    /// In microseconds, half and 99 in a hundred.
    heard: Option<(f64, f64)>,
}

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let mut crowd = Crowd { members: 5000, idle: 5000, heartbeats: 10_000 };
    let Turns { rounds, seconds, priority } = Turns::parse_with("sockets", args, |flag, value| {
        match flag {
            "--members" => crowd.members = value()?.parse()?,
            "--idle" => crowd.idle = value()?.parse()?,
            "--heartbeats" => crowd.heartbeats = value()?.parse()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    install::ensure(&[SETPRIV, TASKSET])?;
    peers::install_node()?;
    peers::build_package(PACKAGE)?;
    let (cores, _) = machine::prepare(priority)?;
    let mut found = Vec::new();
    let mut names = NAMES;
    for round in 1..=rounds {
        // Nobody follows the same neighbour each time.
        names.rotate_left(1);
        for (load, size) in ECHOES {
            for name in names {
                let one = start(name, cores)?;
                let counts = [CONNECTIONS, size, seconds as usize].map(|count| count.to_string());
                found.push((load, name, measured((round, rounds), load, &one, "echo", &counts, cores)?));
            }
        }
        for name in names {
            let one = start(name, cores)?;
            let counts = [crowd.members, SAID, seconds as usize].map(|count| count.to_string());
            found.push((ROOM, name, measured((round, rounds), ROOM, &one, "room", &counts, cores)?));
        }
    }
    print!("{}", report(&found, crowd));
    print!("{}", idle::measure(crowd, cores)?);
    Ok(())
}

type Cell = (&'static str, &'static str, Found);

fn report(found: &[Cell], crowd: Crowd) -> String {
    let cells = |load, name| {
        let of = found.iter().filter(move |it| (it.0, it.1) == (load, name));
        of.map(|it| it.2).collect::<Vec<_>>()
    };
    let mut rows = Vec::new();
    for load in ECHOES.map(|(load, _)| load).into_iter().chain([ROOM]) {
        let first = cells(load, NAMES[0]);
        for name in NAMES {
            let own = cells(load, name);
            let ratios = own.iter().zip(&first).map(|(own, first)| own.each_second / first.each_second);
            let heard = |at: fn((f64, f64)) -> f64| Spread::of(own.iter().filter_map(|it| it.heard.map(at)));
            let most = |share: fn(&Found) -> f64| {
                format!("{:.0} %", own.iter().map(share).fold(0.0, f64::max) * 100.0)
            };
            rows.push(vec![
                if load == ROOM { format!("to {}", crowd.members) } else { load.to_owned() },
                name.to_owned(),
                spread(Spread::of(own.iter().map(|it| it.each_second))),
                ratio(Spread::of(ratios)),
                spread(Spread::of(own.iter().map(|it| it.cpu_micros))),
                heard(|it| it.0).map_or_else(String::new, |heard| number(heard.median / 1e3)),
                heard(|it| it.1).map_or_else(String::new, |heard| number(heard.median / 1e3)),
                most(|it| it.waited),
                most(|it| it.client),
            ]);
        }
    }
    let titles = [
        "load",
        "server",
        "messages/s",
        "× axum",
        "CPU µs a message",
        "heard by half, ms",
        "p99, ms",
        "waited at most",
        "client busy at most",
    ];
    let mut text = String::new();
    table(&mut text, &titles, rows.into_iter());
    text
}

fn start(name: &'static str, cores: Cores) -> Result<Server, Error> {
    let port = free_port()?;
    let mut line = vec!["env".to_owned(), format!("PORT={port}")];
    if name == "ws" {
        let script = peers::directory().join("node/sockets.js");
        line.extend(["node".to_owned(), script.display().to_string()]);
    } else {
        line.extend([peers::program(PACKAGE)?.display().to_string(), name.to_owned()]);
    }
    Server::start(name, port, &line, cores)
}

/// Puts a load on a server, and says in what time it was borne, and with how much of the processor: from when all is open until
/// it is done.
fn measured(
    (round, of): (usize, usize),
    title: &str,
    server: &Server,
    kind: &str,
    counts: &[String],
    cores: Cores,
) -> Result<Found, Error> {
    let mut load = Running::start(server, kind, counts, cores)?;
    let begin = (Time::of(server.child.id())?, load.time()?);
    let numbers = load.numbers()?;
    let end = (Time::of(server.child.id())?, load.time()?);
    let [count, seconds, heard @ ..] = &numbers[..] else {
        return Err(format!("the load on {} failed: raise `ulimit -n`?", server.name).into());
    };
    let ran = |from: Time, to: Time| (to.ran - from.ran).as_secs_f64();
    let found = Found {
        each_second: count / seconds,
        cpu_micros: ran(begin.0, end.0) * 1e6 / count,
        waited: (end.0.waited - begin.0.waited).as_secs_f64() / seconds,
        client: ran(begin.1, end.1) / seconds,
        heard: if let [half, most] = heard { Some((*half, *most)) } else { None },
    };
    let remark = if found.waited > 0.05 { "  disturbed" } else { "" };
    progress::step(&format!(
        "round {round}/{of}  {title:<12}{:<20}{:>10.0} messages/s {:>10.1} µs{remark}",
        server.name, found.each_second, found.cpu_micros
    ));
    Ok(found)
}
