//! `tsk web`: the server.

pub(super) mod start;
pub(super) mod test;

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
#[expect(clippy::large_enum_variant, reason = "there is one of it, for the time that a command takes")]
enum Command {
    Start(start::Start),
    Test(test::Test),
}

impl Web {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Start(start)) => start.run(application),
            Some(Command::Test(test)) => test.run(application),
            None => Ok(incomplete::<Web>(&[application.name, "web"])),
        }
    }
}
