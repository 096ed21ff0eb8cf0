//! `tsk web stop`: has a running server finish, and waits until it has.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use argh::{ArgsInfo, FromArgs};
use http::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::with_server;
use crate::control::{Client, Status};
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit, terminal};

/// How often to see whether the server is gone.
const LOOK: Duration = Duration::from_millis(50);

/// How long to say nothing, and how often to say what is waited for.
const SAY: Duration = Duration::from_secs(1);

/// How much longer than it gives its requests a server may take.
const SLACK: Duration = Duration::from_secs(5);

/// Has the running server finish its requests and end, and waits until it is gone.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "stop",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --timeout 10s\n{command_name} --timeout 10s --force",
    note = "The server itself closes what has not finished after http.drain_timeout.",
    error_code(0, "it is gone"),
    error_code(1, "it is not"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct Stop {
    /// how long to wait, such as 10s (5 s longer than http.drain_timeout)
    #[argh(option, short = 't', from_str_fn(duration), arg_name = "duration")]
    timeout: Option<Duration>,

    /// kill it if it is not gone by then
    #[argh(switch, short = 'f')]
    force: bool,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "a duration is written such as 10s or 1m 30s".to_owned())
}

/// How a server went.
#[derive(Debug, Serialize)]
struct Stopped {
    name: &'static str,
    pid: Option<u32>,
    killed: bool,
    waited_seconds: f64,
}

impl Stop {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let output = Output::json(self.json);
        let work = async |server| self.stop(application, server).await;
        let stopped = with_server(application, self.state_dir.clone(), work)?;
        output.report(&stopped);
        Ok(Exit::Success)
    }

    async fn stop(&self, application: &Application, server: Client) -> Result<Stopped, Error> {
        let start = Instant::now();
        let asked: Result<Status, Error> = server.ask(Method::POST, "/stop").await;
        let drain_timeout = match &asked {
            Ok(status) => Duration::from_secs_f64(status.drain_timeout_seconds.clamp(0.0, 1e9)),
            Err(error) if self.force => {
                terminal::note(application.name, error);
                Duration::ZERO
            }
            // Perhaps it has gone in this very moment.
            Err(_) if !server.is_running()? => Duration::ZERO,
            Err(error) => return Err(Error::failure(format_args!("{error}; pass --force to kill it"))),
        };
        let timeout = self.timeout.unwrap_or(drain_timeout + SLACK);
        let gone = |killed| Stopped {
            name: application.name,
            pid: server.pid,
            killed,
            waited_seconds: start.elapsed().as_secs_f64(),
        };
        if self.wait(application, &server, start + timeout).await? {
            return Ok(gone(false));
        }
        if !self.force {
            let waits = server.status().await.map_or_else(|error| error.to_string(), |status| left(&status));
            return Err(Error::failure(format_args!(
                "it still runs after {}: {waits}; wait longer with --timeout, or pass --force to kill it",
                humantime::format_duration(timeout)
            )));
        }
        kill(&server).map_err(|error| Error::failure(format_args!("it cannot be killed: {error}")))?;
        // What is killed is gone as soon as the system has tidied up.
        self.wait(application, &server, Instant::now() + SLACK).await?;
        Ok(gone(true))
    }

    /// Waits until the server is gone, and says what for; whether it is.
    async fn wait(&self, application: &Application, server: &Client, until: Instant) -> Result<bool, Error> {
        let mut said = Instant::now();
        let mut last = String::new();
        loop {
            if !server.is_running()? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            if said.elapsed() >= SAY && !self.json {
                said = Instant::now();
                if let Ok(status) = server.status().await {
                    let waits = left(&status);
                    if waits != last {
                        terminal::note(application.name, format_args!("waiting for {waits}"));
                        last = waits;
                    }
                }
            }
            sleep(LOOK.min(until.saturating_duration_since(Instant::now()))).await;
        }
    }
}

/// What a server that drains still has to do.
fn left(status: &Status) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let connections = status.connections;
    let idle = connections.open.saturating_sub(connections.busy);
    match connections.busy {
        0 if idle == 0 => "the process to end".to_owned(),
        0 => count(idle, "idle connection"),
        busy => format!("{} with requests in flight", count(busy, "connection")),
    }
}

/// Kills the server. It is known to be the one that has the state directory, which no other process can have.
fn kill(server: &Client) -> io::Result<()> {
    let pid = server.pid.and_then(|pid| Pid::from_raw(pid as i32));
    let pid = pid.ok_or_else(|| io::Error::other("its process is not known"))?;
    Ok(kill_process(pid, Signal::KILL)?)
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.killed { "was killed" } else { "stopped" };
        let process = self.pid.map_or_else(String::new, |pid| format!(", process {pid},"));
        write!(f, "{}{process} {how} after {:.1} s", self.name, self.waited_seconds)
    }
}
