//! `tsk web`: the server.

mod config;
mod explain;
mod logs;
mod reload;
mod routes;
mod start;
mod status;
mod stop;
mod test;

use std::future::Future;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};

use super::incomplete;
use crate::control::Client;
use crate::error::Error;
use crate::state::State;
use crate::{Application, Exit};

/// The web server.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "web",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} start\n{command_name} status\n{command_name} stop --help"
)]
pub(super) struct Web {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it, for the time that a command takes")]
enum Command {
    Start(start::Start),
    Status(status::Status),
    Explain(explain::Explain),
    Stop(stop::Stop),
    Reload(reload::Reload),
    Routes(routes::Routes),
    Config(config::ConfigCommand),
    Test(test::Test),
    Logs(logs::Logs),
}

impl Web {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Start(start)) => start.run(application),
            Some(Command::Status(status)) => status.run(application),
            Some(Command::Explain(explain)) => explain.run(application),
            Some(Command::Stop(stop)) => stop.run(application),
            Some(Command::Reload(reload)) => reload.run(application),
            Some(Command::Routes(routes)) => routes.run(application),
            Some(Command::Config(config)) => config.run(application),
            Some(Command::Test(test)) => test.run(application),
            Some(Command::Logs(logs)) => logs.run(application),
            None => Ok(incomplete::<Web>(&[application.name, "web"])),
        }
    }
}

/// Has something done by the server of a state directory.
pub(super) fn with_server<T, F>(
    application: &Application,
    state_dir: Option<PathBuf>,
    work: impl FnOnce(Client) -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let client = Client::new(application, State::new(state_dir))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Error::failure)?.block_on(work(client))
}
