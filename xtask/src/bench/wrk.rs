//! wrk, on the core of the clients.

use std::process::Command;

use super::machine::Cores;
use super::measured::{Latency, Outcome};

/// Connections that it holds open.
pub(crate) const CONNECTIONS: usize = 64;

#[derive(Debug)]
pub(crate) struct Wrk(Command);

impl Wrk {
    pub(crate) fn new(connections: usize, seconds: u64, cores: Cores) -> Self {
        let line = cores.pin(cores.client);
        let mut command = Command::new(&line[0]);
        command.current_dir(crate::root()).args(&line[1..]).args(["wrk", "-t1"]);
        command.arg(format!("-c{connections}")).arg(format!("-d{seconds}s"));
        // A peer that is slow to answer is slow, not wrong.
        command.args(["--timeout", "10s"]);
        Self(command)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.0.arg("-H").arg(format!("{name}: {value}"));
        self
    }

    /// The command, run and reported from the workspace's root, with what `load.lua` is told.
    pub(crate) fn command(self, url: &str, args: &[&str]) -> Command {
        self.command_by("load.lua", url, args)
    }

    /// The same with another of the scripts that are beside this file.
    pub(crate) fn command_by(mut self, script: &str, url: &str, args: &[&str]) -> Command {
        self.0.arg("-s").arg(format!("xtask/src/bench/{script}")).args([url, "--"]).args(args);
        self.0
    }
}

/// Reads the line that `load.lua` ends with.
pub(crate) fn read(output: &str) -> Option<Outcome> {
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
