//! `cargo xtask bench sockets`: WebSockets, beside axum, tokio-tungstenite, fastwebsockets and ws of Node.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::files::{Server, free_port};
use super::machine::{self, Cores};
use super::markdown::{number, ratio, spread, table};
use super::server::{self, Time};
use super::spread::Spread;
use super::turns::Turns;
use super::{SETPRIV, TASKSET, progress};
use crate::{Error, install, peers};

const PACKAGE: &str = "sockets";
/// What the others are compared with comes first.
const NAMES: [&str; 5] = ["axum", "tokio-tungstenite", "fastwebsockets", "ws", "tsk"];

/// Messages that come back, from so many connections, of so many bytes.
const ECHOES: [(&str, usize); 2] = [("echo 64 B", 64), ("echo 16 KiB", 16 << 10)];
const CONNECTIONS: usize = 64;

const ROOM: &str = "room";
const SAID: usize = 64;

/// How many are in a room, and how many are idle.
#[derive(Debug, Clone, Copy)]
struct Crowd {
    members: usize,
    idle: usize,
}

/// What one load found of one server.
#[derive(Debug, Clone, Copy)]
struct Found {
    each_second: f64,
    cpu_micros: f64,
    waited: f64,
    /// In microseconds, half and 99 in a hundred.
    heard: Option<(f64, f64)>,
}

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let mut crowd = Crowd { members: 5000, idle: 5000 };
    let Turns { rounds, seconds, priority } = Turns::parse_with("sockets", args, |flag, value| {
        match flag {
            "--members" => crowd.members = value()?.parse()?,
            "--idle" => crowd.idle = value()?.parse()?,
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
    let mut rows = Vec::new();
    for name in NAMES {
        let bytes = idle(name, crowd.idle, cores)?;
        progress::step(&format!("idle  {name:<20}{bytes:>9.0} bytes a socket"));
        rows.push(vec![name.to_owned(), number(bytes)]);
    }
    let mut text = String::from("\n");
    table(&mut text, &["server", "bytes an idle socket"], rows.into_iter());
    print!("{text}");
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
            let waited = own.iter().map(|it| it.waited).fold(0.0, f64::max);
            rows.push(vec![
                if load == ROOM { format!("to {}", crowd.members) } else { load.to_owned() },
                name.to_owned(),
                spread(Spread::of(own.iter().map(|it| it.each_second))),
                ratio(Spread::of(ratios)),
                spread(Spread::of(own.iter().map(|it| it.cpu_micros))),
                heard(|it| it.0).map_or_else(String::new, |heard| number(heard.median / 1e3)),
                heard(|it| it.1).map_or_else(String::new, |heard| number(heard.median / 1e3)),
                format!("{:.0} %", waited * 100.0),
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

fn load(server: &Server, load: &str, counts: &[String], cores: Cores) -> Result<Command, Error> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(cores.pin(cores.client)).arg(peers::program(PACKAGE)?);
    command.args(["load", load]).arg(server.port.to_string()).args(counts);
    Ok(command)
}

/// Puts a load on a server, and says in what time it was borne, and with how much of the processor.
fn measured(
    (round, of): (usize, usize),
    title: &str,
    server: &Server,
    kind: &str,
    counts: &[String],
    cores: Cores,
) -> Result<Found, Error> {
    let process = server.child.id();
    let before = Time::of(process)?;
    let output = load(server, kind, counts, cores)?.output()?;
    let after = Time::of(process)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [count, seconds, heard @ ..] = &numbers[..] else {
        return Err(format!("{}: {}", server.name, String::from_utf8_lossy(&output.stderr)).into());
    };
    let found = Found {
        each_second: count / seconds,
        cpu_micros: (after.ran - before.ran).as_secs_f64() * 1e6 / count,
        waited: (after.waited - before.waited).as_secs_f64() / seconds,
        heard: if let [half, most] = heard { Some((*half, *most)) } else { None },
    };
    let remark = if found.waited > 0.05 { "  disturbed" } else { "" };
    progress::step(&format!(
        "round {round}/{of}  {title:<12}{:<20}{:>10.0} messages/s {:>10.1} µs{remark}",
        server.name, found.each_second, found.cpu_micros
    ));
    Ok(found)
}

/// What a socket holds that has said something and is idle, in bytes.
fn idle(name: &'static str, sockets: usize, cores: Cores) -> Result<f64, Error> {
    let server = start(name, cores)?;
    // What the first allocate once and for all is not a socket's.
    let warm = hold(&server, 200, cores)?;
    let before = server::resident(server.child.id())?;
    let held = hold(&server, sockets, cores)?;
    let after = server::resident(server.child.id())?;
    drop((warm, held));
    Ok((after as f64 - before as f64) / sockets as f64)
}

/// A client that holds sockets until it is dropped.
struct Held(std::process::Child);

fn hold(server: &Server, sockets: usize, cores: Cores) -> Result<Held, Error> {
    let mut command = load(server, "idle", &[sockets.to_string()], cores)?;
    let mut held = Held(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
    let mut line = String::new();
    if let Some(stdout) = &mut held.0.stdout {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    if line.trim_end() != "open" {
        return Err(format!("{} sockets of {} did not open: raise `ulimit -n`?", sockets, server.name).into());
    }
    // Collectors of garbage take their time.
    std::thread::sleep(Duration::from_millis(500));
    Ok(held)
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
