//! The client that puts a load on a server of sockets.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::super::files::Server;
use super::super::machine::Cores;
use super::super::server::Time;
use super::PACKAGE;
use crate::{Error, peers};

/// A load that has begun. Its connections are open until it is dropped.
pub(super) struct Running {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it on the core of the clients, and waits until all is open.
    pub(super) fn start(server: &Server, kind: &str, counts: &[String], cores: Cores) -> Result<Self, Error> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).args(cores.pin(cores.client)).arg(peers::program(PACKAGE)?);
        command.args(["load", kind]).arg(server.port.to_string()).args(counts);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("a load that says nothing")?;
        let mut load = Self { child, said: BufReader::new(stdout) };
        if load.line()? != "begin" {
            return Err(format!("the sockets of {} did not open: raise `ulimit -n`?", server.name).into());
        }
        Ok(load)
    }

    /// Waits until it is done, and gives what it found.
    pub(super) fn numbers(&mut self) -> Result<Vec<f64>, Error> {
        Ok(self.line()?.split_whitespace().filter_map(|word| word.parse().ok()).collect())
    }

    /// What it has used of its core.
    pub(super) fn time(&self) -> Result<Time, Error> {
        Time::of(self.child.id())
    }

    fn line(&mut self) -> Result<String, Error> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
