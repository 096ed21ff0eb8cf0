//! `tsk web`: the server.

mod config;
pub(super) mod start;

use argh::{ArgsInfo, FromArgs};

use super::incomplete;
use crate::error::Error;
use crate::{Application, Exit};

/// The web server.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "web",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} start\n{command_name} start --help"
)]
pub(super) struct Web {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Start(start::Start),
    Config(config::ConfigCommand),
}

impl Web {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Start(start)) => start.run(application),
            Some(Command::Config(config)) => config.run(application),
            None => Ok(incomplete::<Web>(&[application.name, "web"])),
        }
    }
}
