//! `cargo xtask bench redis-limits`: a limit that servers share in Redis, beside one in memory.

use std::process::{Child, Command, Stdio};

use super::files::{Server, free_port};
use super::load::{CONNECTIONS, read_wrk};
use super::machine::{self, Cores};
use super::markdown::{number, table};
use super::server::Time;
use super::spread::Spread;
use super::{SETPRIV, TASKSET, WRK, progress};
use crate::{Error, Usage, install, peers, step};

const NAMES: [&str; 3] = ["no limit", "in memory", "in Redis"];
const PACKAGE: &str = "tsk-limits";

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let (mut rounds, mut seconds, mut priority) = (5_usize, 2_u64, false);
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        let mut value = || args.next().ok_or_else(|| Usage(format!("{flag} needs a number")));
        match flag.as_str() {
            "--rounds" => rounds = value()?.parse()?,
            "--seconds" => seconds = value()?.parse()?,
            "--priority" => priority = true,
            _ => return Err(Usage(format!("`bench redis-limits` has no option `{flag}`")).into()),
        }
    }
    install::ensure(&[SETPRIV, TASKSET, WRK, install::REDIS])?;
    let mut build = step::cargo(&["build", "--release", "--package", PACKAGE]);
    build.arg("--manifest-path").arg(peers::directory().join("Cargo.toml"));
    step::run(build.arg("--target-dir").arg(peers::target_directory()?))?;
    let cores = Cores::choose(priority)?;
    let busy = machine::busy()?;
    if busy > 0.05 {
        progress::warn(&format!("other processes use {:.0} % of this machine", busy * 100.0));
    }
    let redis = Redis::start(cores)?;
    let mut servers =
        NAMES.into_iter().map(|name| start(name, redis.port, cores)).collect::<Result<Vec<_>, _>>()?;
    let mut measured = Vec::new();
    for round in 1..=rounds {
        // Nobody follows the same neighbour each time.
        servers.rotate_left(1);
        for connections in [1, CONNECTIONS] {
            for server in &servers {
                let it = measure(server, &redis, connections, seconds, cores)?;
                progress::step(&format!(
                    "round {round}/{rounds}  {connections:>3} connections  {:<10}{:>9.2} µs{}",
                    server.name,
                    it.cpu_micros,
                    if it.waited > 0.05 { "  disturbed" } else { "" }
                ));
                measured.push((connections, server.name, it));
            }
        }
    }
    print!("{}", report(&measured));
    Ok(())
}

/// A server under load for a while.
#[derive(Debug, Clone, Copy)]
struct Measured {
    /// Requests a second.
    rate: f64,
    /// What a request cost the server.
    cpu_micros: f64,
    /// How often Redis was asked for a request, and how often it read for one.
    calls: f64,
    reads: f64,
    /// The share of the time for which others had the server's core.
    waited: f64,
}

fn report(measured: &[(usize, &str, Measured)]) -> String {
    let mut rows = Vec::new();
    for connections in [1, CONNECTIONS] {
        let of = |name: &str| {
            let own = measured.iter().filter(|it| (it.0, it.1) == (connections, name));
            own.map(|it| it.2).collect::<Vec<_>>()
        };
        let memory = of(NAMES[1]);
        for name in NAMES {
            let own = of(name);
            let spread = |values: &mut dyn Iterator<Item = f64>| {
                Spread::of(values).map_or_else(String::new, |Spread { median, low, high }| {
                    format!("{} ({} to {})", number(median), number(low), number(high))
                })
            };
            let pairs = || own.iter().zip(&memory);
            rows.push(vec![
                connections.to_string(),
                name.to_owned(),
                spread(&mut own.iter().map(|it| it.rate)),
                spread(&mut own.iter().map(|it| it.cpu_micros)),
                spread(&mut pairs().map(|(own, memory)| own.cpu_micros / memory.cpu_micros)),
                spread(&mut own.iter().map(|it| it.calls)),
                spread(&mut own.iter().map(|it| it.reads)),
                format!("{:.0} %", own.iter().map(|it| it.waited).fold(0.0, f64::max) * 100.0),
            ]);
        }
    }
    let titles = [
        "connections",
        "accounts",
        "requests/s",
        "server CPU µs a request",
        "× memory",
        "calls a request",
        "reads of Redis a request",
        "waited at most",
    ];
    let mut text = String::new();
    table(&mut text, &titles, rows.into_iter());
    text
}

fn start(name: &'static str, redis: u16, cores: Cores) -> Result<Server, Error> {
    let port = free_port()?;
    let program = peers::target_directory()?.join("release").join(PACKAGE).display().to_string();
    let mut line = vec!["env".to_owned(), format!("PORT={port}"), "THREADS=1".to_owned()];
    if name != NAMES[0] {
        line.push("LIMIT=1".to_owned());
    }
    if name == NAMES[2] {
        line.push(format!("REDIS=redis://:secret@127.0.0.1:{redis}"));
    }
    line.push(program);
    Server::start(name, port, &line, cores)
}

fn measure(
    server: &Server,
    redis: &Redis,
    connections: usize,
    seconds: u64,
    cores: Cores,
) -> Result<Measured, Error> {
    let line = cores.pin(cores.client);
    let mut wrk = Command::new(&line[0]);
    wrk.current_dir(crate::root()).args(&line[1..]).args(["wrk", "-t1", &format!("-c{connections}")]);
    wrk.args([&format!("-d{seconds}s"), "-s", "xtask/src/bench/load.lua"]);
    wrk.args([&format!("http://127.0.0.1:{}/plaintext", server.port), "--", "1"]);
    let (before, asked) = (Time::of(server.child.id())?, redis.counts()?);
    let said = step::output(&mut wrk)?;
    let (after, answered) = (Time::of(server.child.id())?, redis.counts()?);
    let result = read_wrk(&said).filter(|it| it.failed == 0 && it.requests > 0);
    let result = result.ok_or_else(|| format!("{}: {wrk:?}: {said}", server.name))?;
    let requests = result.requests as f64;
    Ok(Measured {
        rate: requests / result.seconds,
        cpu_micros: (after.ran - before.ran).as_secs_f64() * 1e6 / requests,
        calls: (answered.0 - asked.0) / requests,
        reads: (answered.1 - asked.1) / requests,
        waited: (after.waited - before.waited).as_secs_f64() / result.seconds,
    })
}

/// A Redis beside the client. Killed when dropped.
struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    fn start(cores: Cores) -> Result<Self, Error> {
        let port = free_port()?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).args(cores.pin(cores.client)).arg("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""]);
        command.args(["--requirepass", "secret", "--loglevel", "warning"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let redis = Self { child, port };
        while redis.counts().is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Ok(redis)
    }

    /// How often it was asked, and how often it has read from a connection.
    fn counts(&self) -> Result<(f64, f64), Error> {
        let mut command = Command::new("redis-cli");
        command.args([
            "-p",
            &self.port.to_string(),
            "--no-auth-warning",
            "-a",
            "secret",
            "INFO",
            "everything",
        ]);
        let said = step::output(&mut command)?;
        let find = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let reads = find("total_reads_processed:").ok_or("Redis does not count what it reads")?;
        let calls = find("cmdstat_evalsha:calls=").unwrap_or_else(|| "0".into());
        let calls = calls.split(',').next().unwrap_or("0");
        Ok((calls.trim().parse()?, reads.trim().parse()?))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may be gone already; there is nothing to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
