//! A server under full load: wrk or h2load on one core, the server on another.

use std::process::Command;

use super::client::HEADERS;
use super::machine::Cores;
use super::measured::{Measured, Outcome};
use super::rounds::Rounds;
use super::server::Server;
use super::wrk::{self, CONNECTIONS, Wrk};
use super::{Options, progress};
use crate::Error;
use crate::peers::{self, Peer};

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

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Plaintext | Self::Pipelined | Self::Http2Plaintext => "/plaintext",
            Self::User | Self::Http2User => "/users/42",
            Self::Echo => "/echo",
        }
    }
}

pub(crate) fn measure(options: &Options, cores: Cores) -> Result<Rounds<Load>, Error> {
    let mut rounds = Rounds::default();
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
                progress::round((round + 1, options.rounds), load.title(), server.peer.name, &measured);
                rounds.record(server.peer.name, load, measured);
            }
        }
    }
    Ok(rounds)
}

fn apply(load: Load, server: &Server, seconds: u64, cores: Cores) -> Result<Measured, Error> {
    let mut command = command(load, &server.port.to_string(), seconds, cores);
    let read = |said: &str| if load.is_http2() { read_h2load(said, seconds) } else { wrk::read(said) };
    let measured = Measured::of(server.process(), &mut command, read);
    measured.map_err(|error| format!("{} under {}: {error}", server.peer.name, load.title()).into())
}

/// The command that puts this load on the server on this port. It is run, and reported, from the workspace's root.
pub(crate) fn command(load: Load, port: &str, seconds: u64, cores: Cores) -> Command {
    let url = format!("http://127.0.0.1:{port}{}", load.path());
    if load.is_http2() {
        return h2load(&url, seconds, cores);
    }
    let wrk = Wrk::new(CONNECTIONS, seconds, cores);
    let wrk = HEADERS.iter().fold(wrk, |wrk, (name, value)| wrk.header(name, value));
    match load {
        Load::Pipelined => wrk.command(&url, &[&DEPTH.to_string()]),
        Load::Echo => {
            wrk.header("Content-Type", "application/json").command(&url, &["1", "xtask/peers/echo.json"])
        }
        _ => wrk.command(&url, &["1"]),
    }
}

fn h2load(url: &str, seconds: u64, cores: Cores) -> Command {
    let line = cores.pin(cores.client);
    let mut command = Command::new(&line[0]);
    command.current_dir(crate::root()).args(&line[1..]);
    command.args(["h2load", "-t1"]).arg(format!("-c{H2_CONNECTIONS}")).arg(format!("-m{H2_STREAMS}"));
    command.arg(format!("-D{seconds}"));
    for (name, value) in HEADERS {
        command.arg("-H").arg(format!("{name}: {value}"));
    }
    command.arg(url);
    command
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
