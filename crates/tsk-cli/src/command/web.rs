//! `tsk web`: the server.

pub(super) mod start;

use argh::{ArgsInfo, FromArgs};

use super::incomplete;
use crate::Exit;
use crate::error::Error;

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
}

impl Web {
    pub(super) fn run(self) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Start(start)) => start.run(),
            None => Ok(incomplete::<Web>(&["tsk", "web"])),
        }
    }
}
