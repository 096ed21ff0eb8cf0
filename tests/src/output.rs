//! What a process says, and how it ends.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use crate::DEADLINE;
use crate::binary::tsk;

/// A `tsk` that ended, with all that it said on both its streams.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// The lines on standard output and standard error, as they came.
    pub lines: Vec<String>,
}

/// Runs `tsk` in a folder until it ends by itself.
pub fn run<S: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = S>) -> Ended {
    Running::start(folder, args).wait()
}

/// A `tsk` that runs. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    incoming: Receiver<String>,
    lines: Vec<String>,
}

impl Running {
    pub(crate) fn start<S: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = S>) -> Self {
        Self::spawn(Command::new(tsk()), folder, args)
    }

    /// Starts with what a shell's `ulimit` sets for these options.
    pub(crate) fn start_limited<S: AsRef<OsStr>>(
        options: &str,
        folder: &Path,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit {options} && exec \"$@\""), "sh"]).arg(tsk());
        Self::spawn(shell, folder, args)
    }

    fn spawn<S: AsRef<OsStr>>(
        mut command: Command,
        folder: &Path,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let (reader, writer) = io::pipe().expect("a pipe");
        command
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().expect("a descriptor"))
            .stderr(writer);
        // What the developer's own shell sets is none of the tests' business.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"TSK_"))
        {
            command.env_remove(name);
        }
        // Tests run side by side, and there is one port for it.
        command.env("TSK_ADMIN__ENABLED", "false");
        let child = command.spawn().expect("tsk was built");
        // The command owns the pipe's writing end, and its end is how we see the process end.
        drop(command);
        Self { child, incoming: forward(reader), lines: Vec::new() }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The first line, from now on, of which `find` makes something.
    pub(crate) fn line<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.incoming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let found = find(&line);
                    self.lines.push(line);
                    if let Some(found) = found {
                        return found;
                    }
                }
                Err(error) => panic!("tsk did not say what was expected ({error}), but: {:#?}", self.lines),
            }
        }
    }

    /// Waits until the process ends.
    pub(crate) fn wait(mut self) -> Ended {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.incoming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.lines.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("tsk does not end; it said: {:#?}", self.lines),
            }
        }
        let status = self.child.wait().expect("a child can be waited for");
        Ended { status, lines: std::mem::take(&mut self.lines) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads lines on a thread of their own, so that a reader can wait for one with a deadline and the pipe never fills.
fn forward(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(reader).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
