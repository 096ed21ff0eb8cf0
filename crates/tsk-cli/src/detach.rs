//! A server in the background: the same program once more, in a session of its own.
//!
//! It tells by one line on a pipe that it serves. If the pipe ends without one, it has failed, and has said why on the
//! standard error that it shares with whoever started it until then.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::error::Error;
use crate::output::{self, Output};
use crate::ready::Ready;
use crate::state::State;
use crate::{Application, Exit, log, terminal};

/// Starts a server with these words, and waits until it serves.
pub(crate) fn start(
    application: &Application,
    state: &State,
    words: Vec<OsString>,
    output: Output,
) -> Result<Exit, Error> {
    let cannot =
        |error: io::Error| Error::failure(format_args!("cannot start `{}` again: {error}", application.name));
    let program = env::current_exe().map_err(cannot)?;
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let mut line = String::new();
    if let Some(pipe) = child.stdout.take() {
        // A process that ends within a line has failed, too.
        let _ = BufReader::new(pipe).read_line(&mut line);
    }
    match serde_json::from_str(&line) {
        Ok(ready) => {
            output.report(&Detached { ready, logs: state.logs().display().to_string() });
            Ok(Exit::Success)
        }
        Err(_) => {
            let ended = child.wait().map_err(cannot)?;
            ended.code().and_then(Exit::from_code).ok_or_else(|| {
                Error::failure(format_args!("the server did not start: it ended with {ended}"))
            })
        }
    }
}

/// Leaves the session of whoever started the process, so that it does not end with the terminal.
pub(crate) fn leave_terminal() {
    // It fails for the leader of a session, who has one of its own already.
    let _ = rustix::process::setsid();
}

/// Says on the pipe that the server serves, and lets go of what it had from whoever started it.
pub(crate) fn announce(ready: &Ready, state: &State) {
    terminal::say(output::json(ready));
    let logs = state.logs();
    // Those of the process before are kept. Whoever keeps the log empties the file where it is too large, which is why
    // it is added to.
    let last_words = fs::create_dir_all(&logs).and_then(|()| {
        File::options().append(true).create(true).mode(0o640).open(logs.join(log::LAST_WORDS))
    });
    if let Ok(nothing) = File::options().write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stdout(&nothing);
        let _ = rustix::stdio::dup2_stderr(last_words.as_ref().unwrap_or(&nothing));
    }
}

/// A server that serves in the background.
#[derive(Debug, Serialize)]
struct Detached {
    #[serde(flatten)]
    ready: Ready,
    logs: String,
}

impl fmt::Display for Detached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ready { name, version, pid, .. } = &self.ready;
        write!(
            f,
            "{}\n{name} {version} serves in the background, process {pid}; logs in {}",
            self.ready, self.logs
        )
    }
}
