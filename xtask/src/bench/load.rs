//! A server under full load: wrk or h2load on one core, the server on another.

use std::collections::BTreeMap;
use std::process::Command;

use super::client::HEADERS;
use super::machine::Cores;
use super::server::Server;
use super::spread::Spread;
use super::{Options, progress};
use crate::Error;
use crate::peers::{self, Peer};

/// Connections that wrk holds open.
pub(crate) const CONNECTIONS: usize = 64;
/// Requests that wrk sends at a time where it pipelines.
pub(crate) const DEPTH: usize = 16;
/// Connections that h2load holds open, and streams at a time on each.
pub(crate) const H2_CONNECTIONS: usize = 16;
pub(crate) const H2_STREAMS: usize = 16;

/// What clients ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Load {
    Plaintext,
    User,
    Echo,
    Pipelined,
    Http2Plaintext,
    Http2User,
}

impl Load {
    pub(crate) const ALL: [Self; 6] =
        [Self::Plaintext, Self::User, Self::Echo, Self::Pipelined, Self::Http2Plaintext, Self::Http2User];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Plaintext => "GET /plaintext",
            Self::User => "GET /users/{id}",
            Self::Echo => "POST /echo",
            Self::Pipelined => "GET /plaintext, sixteen pipelined",
            Self::Http2Plaintext => "GET /plaintext over HTTP/2",
            Self::Http2User => "GET /users/{id} over HTTP/2",
        }
    }

    /// The server that all others are compared with under this load.
    pub(crate) fn yardstick(self) -> &'static str {
        match self {
            Self::Plaintext | Self::User | Self::Echo => peers::RAW_HYPER,
            Self::Pipelined => peers::RAW_HYPER_FLUSH,
            Self::Http2Plaintext | Self::Http2User => peers::RAW_HYPER_H2,
        }
    }

    pub(crate) fn is_http2(self) -> bool {
        matches!(self, Self::Http2Plaintext | Self::Http2User)
    }

    pub(crate) fn suits(self, peer: &Peer) -> bool {
        if self.is_http2() { peer.is_http2() } else { peer.is_http1() }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Plaintext | Self::Pipelined | Self::Http2Plaintext => "/plaintext",
            Self::User | Self::Http2User => "/users/42",
            Self::Echo => "/echo",
        }
    }
}

/// One server under one load in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) requests_per_second: f64,
    pub(crate) cpu_micros: f64,
    /// The share of the time for which the server was ready to run and others had its core. Alone on a machine it is
    /// nearly nothing; beyond a few hundredths only the CPU time still says something.
    pub(crate) waited: f64,
    /// Not known of HTTP/2: h2load's own latencies are per stream of a saturated connection.
    pub(crate) latency: Option<Latency>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) mean_millis: f64,
    pub(crate) p99_millis: f64,
}

/// Every measurement under load, by server and load, in the order of the rounds.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    cells: BTreeMap<(&'static str, Load), Vec<Measured>>,
}

impl Rounds {
    pub(crate) fn measure(options: &Options, cores: Cores) -> Result<Self, Error> {
        let mut rounds = Self::default();
        for round in 0..options.rounds {
            let mut servers = Vec::new();
            for peer in &options.peers {
                servers.push(Server::start(peer, cores)?);
            }
            for &load in &options.loads {
                // Nobody follows the same neighbour each time.
                servers.rotate_left(1);
                for server in servers.iter().filter(|server| load.suits(server.peer)) {
                    apply(load, server, 1, cores)?;
                    let measured = apply(load, server, options.seconds, cores)?;
                    progress::step(&format!(
                        "round {}/{}  {:<34}{:<20}{:>9.0} requests/s {:>8.2} µs{}",
                        round + 1,
                        options.rounds,
                        load.title(),
                        server.peer.name,
                        measured.requests_per_second,
                        measured.cpu_micros,
                        if measured.waited > 0.05 { "  disturbed" } else { "" },
                    ));
                    rounds.cells.entry((server.peer.name, load)).or_default().push(measured);
                }
            }
        }
        Ok(rounds)
    }

    /// A figure of one server under one load.
    pub(crate) fn figure(&self, server: &str, load: Load, of: impl Fn(&Measured) -> f64) -> Option<Spread> {
        Spread::of(self.cell(server, load)?.iter().map(of))
    }

    /// The same figure of two servers, divided round by round, so that a slow minute touches both sides.
    pub(crate) fn ratio(
        &self,
        server: &str,
        to: &str,
        load: Load,
        of: impl Fn(&Measured) -> f64,
    ) -> Option<Spread> {
        let (server, to) = (self.cell(server, load)?, self.cell(to, load)?);
        Spread::of(server.iter().zip(to).map(|(server, to)| of(server) / of(to)))
    }

    /// How much more one server has of a figure than another, round by round.
    pub(crate) fn more(
        &self,
        server: &str,
        than: &str,
        load: Load,
        of: impl Fn(&Measured) -> f64,
    ) -> Option<Spread> {
        let (server, than) = (self.cell(server, load)?, self.cell(than, load)?);
        Spread::of(server.iter().zip(than).map(|(server, than)| of(server) - of(than)))
    }

    /// How far others disturbed the measurements, over all of them.
    pub(crate) fn waited(&self) -> Option<Spread> {
        Spread::of(self.cells.values().flatten().map(|measured| measured.waited))
    }

    pub(crate) fn has(&self, server: &str, load: Load) -> bool {
        self.cell(server, load).is_some()
    }

    fn cell(&self, server: &str, load: Load) -> Option<&[Measured]> {
        self.cells
            .iter()
            .find(|((name, l), _)| *name == server && *l == load)
            .map(|(_, rounds)| rounds.as_slice())
    }
}

fn apply(load: Load, server: &Server, seconds: u64, cores: Cores) -> Result<Measured, Error> {
    let mut command = command(load, &server.port.to_string(), seconds, cores);
    let before = server.time()?;
    let output = command.output()?;
    let after = server.time()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong =
        |why: &str| format!("{} under {}: {why}\n{command:?}\n{said}", server.peer.name, load.title());
    if !output.status.success() {
        return Err(wrong(&String::from_utf8_lossy(&output.stderr)).into());
    }
    let result = if load.is_http2() { read_h2load(&said, seconds) } else { read_wrk(&said) };
    let result = result.ok_or_else(|| wrong("no result"))?;
    if result.failed > 0 || result.requests == 0 {
        return Err(wrong("some requests failed").into());
    }
    Ok(Measured {
        requests_per_second: result.requests as f64 / result.seconds,
        cpu_micros: (after.ran - before.ran).as_secs_f64() * 1e6 / result.requests as f64,
        waited: (after.waited - before.waited).as_secs_f64() / result.seconds,
        latency: result.latency,
    })
}

/// The command that puts this load on the server on this port. It is run, and reported, from the workspace's root.
pub(crate) fn command(load: Load, port: &str, seconds: u64, cores: Cores) -> Command {
    let url = format!("http://127.0.0.1:{port}{}", load.path());
    let line = cores.pin(cores.client);
    let mut command = Command::new(&line[0]);
    command.current_dir(crate::root()).args(&line[1..]);
    if load.is_http2() {
        h2load(&mut command, &url, seconds);
    } else {
        wrk(&mut command, load, &url, seconds);
    }
    command
}

fn wrk(command: &mut Command, load: Load, url: &str, seconds: u64) {
    command.args(["wrk", "-t1"]).arg(format!("-c{CONNECTIONS}")).arg(format!("-d{seconds}s"));
    // A peer that is slow to answer is slow, not wrong.
    command.args(["--timeout", "10s"]);
    headers(command, load);
    command.args(["-s", "xtask/src/bench/load.lua", url, "--"]);
    match load {
        Load::Pipelined => command.arg(DEPTH.to_string()),
        Load::Echo => command.args(["1", "xtask/peers/echo.json"]),
        _ => command.arg("1"),
    };
}

fn h2load(command: &mut Command, url: &str, seconds: u64) {
    command.args(["h2load", "-t1"]).arg(format!("-c{H2_CONNECTIONS}")).arg(format!("-m{H2_STREAMS}"));
    command.arg(format!("-D{seconds}"));
    headers(command, Load::Http2Plaintext);
    command.arg(url);
}

fn headers(command: &mut Command, load: Load) {
    for (name, value) in HEADERS {
        command.arg("-H").arg(format!("{name}: {value}"));
    }
    if load == Load::Echo {
        command.args(["-H", "Content-Type: application/json"]);
    }
}

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) failed: u64,
    latency: Option<Latency>,
}

/// Reads the line that `load.lua` ends with.
pub(crate) fn read_wrk(output: &str) -> Option<Outcome> {
    let line = output.lines().find_map(|line| line.strip_prefix("measured "))?;
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let [requests, micros, mean, p99, socket_errors, status_errors] = numbers.try_into().ok()?;
    Some(Outcome {
        requests: requests as u64,
        seconds: micros / 1e6,
        failed: (socket_errors + status_errors) as u64,
        latency: Some(Latency { mean_millis: mean / 1e3, p99_millis: p99 / 1e3 }),
    })
}

/// Reads `requests: 9 total, 9 started, 9 done, 9 succeeded, 0 failed, 0 errored, 0 timeout`.
fn read_h2load(output: &str, seconds: u64) -> Option<Outcome> {
    let line = output.lines().find_map(|line| line.strip_prefix("requests: "))?;
    let number = |name: &str| -> Option<u64> {
        line.split(", ").find_map(|part| part.strip_suffix(name)?.trim().parse().ok())
    };
    Some(Outcome {
        requests: number("succeeded")?,
        seconds: seconds as f64,
        failed: number("failed")? + number("errored")? + number("timeout")?,
        latency: None,
    })
}
