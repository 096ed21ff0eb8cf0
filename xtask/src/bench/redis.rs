//! `cargo xtask bench redis-limits`: a limit that servers share in Redis, beside one in memory.

use std::process::{Child, Command, Stdio};

use super::files::{Server, free_port};
use super::machine::{self, Cores};
use super::markdown::{spread, table};
use super::measured::Measured;
use super::spread::Spread;
use super::turns::Turns;
use super::wrk::{self, CONNECTIONS, Wrk};
use super::{SETPRIV, TASKSET, WRK, progress};
use crate::{Error, install, peers, step};

const NAMES: [&str; 3] = ["no limit", "in memory", "in Redis"];
const PACKAGE: &str = "tsk-limits";

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let Turns { rounds, seconds, priority } = Turns::parse("redis-limits", args)?;
    install::ensure(&[SETPRIV, TASKSET, WRK, install::REDIS])?;
    peers::build_package(PACKAGE)?;
    let (cores, _) = machine::prepare(priority)?;
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
                    it.cost.cpu_micros,
                    it.cost.remark()
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
struct Shared {
    cost: Measured,
    /// How often Redis was asked for a request, and how often it read for one.
    calls: f64,
    reads: f64,
}

fn report(measured: &[(usize, &str, Shared)]) -> String {
    let mut rows = Vec::new();
    for connections in [1, CONNECTIONS] {
        let of = |name: &str| {
            let own = measured.iter().filter(|it| (it.0, it.1) == (connections, name));
            own.map(|it| it.2).collect::<Vec<_>>()
        };
        let memory = of(NAMES[1]);
        for name in NAMES {
            let own = of(name);
            let figure = |of: fn(&Shared) -> f64| spread(Spread::of(own.iter().map(of)));
            let pairs = own.iter().zip(&memory);
            let ratios = pairs.map(|(own, memory)| own.cost.cpu_micros / memory.cost.cpu_micros);
            rows.push(vec![
                connections.to_string(),
                name.to_owned(),
                figure(|it| it.cost.requests_per_second),
                figure(|it| it.cost.cpu_micros),
                spread(Spread::of(ratios)),
                figure(|it| it.calls),
                figure(|it| it.reads),
                format!("{:.0} %", own.iter().map(|it| it.cost.waited).fold(0.0, f64::max) * 100.0),
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
    let program = peers::program(PACKAGE)?.display().to_string();
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
) -> Result<Shared, Error> {
    let url = format!("http://127.0.0.1:{}/plaintext", server.port);
    let mut wrk = Wrk::new(connections, seconds, cores).command(&url, &["1"]);
    let asked = redis.counts()?;
    let cost = Measured::of(server.child.id(), &mut wrk, wrk::read)?;
    let answered = redis.counts()?;
    Ok(Shared {
        cost,
        calls: (answered.0 - asked.0) / cost.requests,
        reads: (answered.1 - asked.1) / cost.requests,
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
