//! The release binary, running and watched.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::Time;
use crate::{Error, step};

const START: Duration = Duration::from_secs(10);
const STOP: Duration = Duration::from_secs(30);
/// How long the server may take to notice that clients came, went, or are past their deadlines.
pub(super) const NOTICE: Duration = Duration::from_secs(20);

/// A `tsk web start` that serves a folder on a free port, and operators on another, so that soaks of several worktrees can run at a
/// time. Killed when dropped.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    /// What it says, but for what was read to know where it listens.
    lines: mpsc::Receiver<String>,
}

impl Server {
    /// Builds the binary and starts it in `folder` with the defaults, which serve its `public`, and waits until the server says that it
    /// listens.
    pub(super) fn start(folder: &Path) -> Result<Self, Error> {
        step::run(&mut step::cargo(&["build", "--release", "--locked", "-p", "tsk-cli"]))?;
        let mut command = Command::new(crate::target_dir()?.join("release/tsk"));
        command.args(["web", "start", "--port", "0"]);
        Self::run(command, folder)
    }

    /// Starts an example of the facade, likewise.
    pub(super) fn example(folder: &Path, name: &str) -> Result<Self, Error> {
        let mut command = Command::new(crate::target_dir()?.join("release/examples").join(name));
        command.env("TSK_HTTP__LISTEN", "127.0.0.1:0");
        Self::run(command, folder)
    }

    /// Starts an example of a component, with a variable of its environment.
    pub(super) fn component(folder: &Path, name: &str, variable: (&str, &str)) -> Result<Self, Error> {
        let mut command = Command::new(crate::target_dir()?.join("release/examples").join(name));
        command.env(variable.0, variable.1);
        Self::run(command, folder)
    }

    /// An example of the facade behind other programs, each of which runs the next.
    pub(super) fn example_behind(folder: &Path, name: &str, before: &[String]) -> Result<Self, Error> {
        let mut words = before.to_vec();
        words.push(crate::target_dir()?.join("release/examples").join(name).display().to_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env("TSK_HTTP__LISTEN", "127.0.0.1:0");
        Self::run(command, folder)
    }

    fn run(mut command: Command, folder: &Path) -> Result<Self, Error> {
        let program = command.get_program().to_owned();
        // What the server says about a failure to start belongs to whoever looks at this soak.
        let (reader, writer) = io::pipe()?;
        command.current_dir(folder).stdin(Stdio::null()).env("TSK_ADMIN__LISTEN", "127.0.0.1:0");
        command.stdout(writer.try_clone()?).stderr(writer);
        let child =
            command.spawn().map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        // The command still holds the pipe's writing end: the reader would never see the server's end.
        drop(command);
        let (sender, lines) = mpsc::channel();
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), lines };
        thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                println!("  tsk: {line}");
                // Once the addresses are known nobody listens, but the pipe must be read on.
                let _ = sender.send(line);
            }
        });
        server.address = server.says("listening on http://")?;
        Ok(server)
    }

    /// The address that it says behind these words, after what it has been read to say.
    pub(super) fn says(&self, words: &str) -> Result<SocketAddr, Error> {
        let deadline = Instant::now() + START;
        loop {
            let line = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let line = line.map_err(|_| format!("the server ended, or did not say `{words}` in time"))?;
            if let Some((_, address)) = line.split_once(words) {
                return Ok(address.trim_end_matches('/').parse()?);
            }
        }
    }

    /// Memory in KiB, as the kernel counts it: `VmRSS` now, `VmHWM` at its highest.
    pub(super) fn memory(&self, field: &str) -> Result<u64, Error> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let value = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let number = value.and_then(|value| value.trim().strip_suffix(" kB"));
        Ok(number.ok_or_else(|| format!("no {field} in the status of the server"))?.parse()?)
    }

    /// How long it has run on a core, system calls included.
    pub(super) fn cpu_time(&self) -> Result<Duration, Error> {
        Ok(Time::of(self.child.id())?.ran)
    }

    /// How many descriptors the server holds open.
    pub(super) fn open_files(&self) -> Result<usize, Error> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// Waits until the number of open descriptors is what it should be.
    pub(super) fn wait_for_files(&self, what: &str, reached: impl Fn(usize) -> bool) -> Result<(), Error> {
        let deadline = Instant::now() + NOTICE;
        loop {
            let files = self.open_files()?;
            if reached(files) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!(
                    "the server did not {what} in {} s: {files} descriptors",
                    NOTICE.as_secs()
                )
                .into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks the server to stop, and expects it to end well.
    pub(super) fn stop(mut self) -> Result<(), Error> {
        step::output(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let deadline = Instant::now() + STOP;
        while Instant::now() < deadline {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the server ended with {status}").into()),
                None => thread::sleep(Duration::from_millis(20)),
            }
        }
        Err(format!("the server did not end within {} s of SIGTERM", STOP.as_secs()).into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_one_that_another_server_may_have() -> Result<(), Error> {
        let mut command = Command::new("sh");
        command.args(["-c", "echo listening on http://127.0.0.1:1; echo admin on http://$TSK_ADMIN__LISTEN"]);
        let server = Server::run(command, &std::env::temp_dir())?;
        assert_eq!(server.says("admin on http://")?.port(), 0);
        Ok(())
    }
}
