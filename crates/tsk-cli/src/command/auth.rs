//! `tsk auth`: who may call.

mod explain;
mod keys;

use argh::{ArgsInfo, FromArgs};

use super::incomplete;
use crate::error::Error;
use crate::{Application, Exit};

/// Who may call a service: the keys that programs show, and why somebody may not.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "auth",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} keys create --name \"build server\" --owner ci --scope builds:write\n{command_name} keys list\n{command_name} explain \"POST /posts\" --role editor"
)]
pub(super) struct Auth {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Explain(explain::Explain),
    Keys(keys::KeysCommand),
}

impl Auth {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Explain(explain)) => explain.run(application),
            Some(Command::Keys(keys)) => keys.run(application),
            None => Ok(incomplete::<Auth>(&[application.name, "auth"])),
        }
    }
}
