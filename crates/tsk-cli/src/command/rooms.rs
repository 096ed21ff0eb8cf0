//! `tsk rooms`: the rooms of a running server.

mod disconnect;
mod list;
mod members;
mod publish;

use argh::{ArgsInfo, FromArgs};

use super::incomplete;
use crate::error::Error;
use crate::{Application, Exit};

/// The rooms of a running server: who is there, and what is said.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "rooms",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} list\n{command_name} members chat:lobby\n{command_name} publish chat:lobby notice '{{\"text\": \"We close.\"}}'\n{command_name} disconnect --user eve"
)]
pub(super) struct Rooms {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    List(list::List),
    Members(members::Members),
    Publish(publish::Publish),
    Disconnect(disconnect::Disconnect),
}

impl Rooms {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::List(list)) => list.run(application),
            Some(Command::Members(members)) => members.run(application),
            Some(Command::Publish(publish)) => publish.run(application),
            Some(Command::Disconnect(disconnect)) => disconnect.run(application),
            None => Ok(incomplete::<Rooms>(&[application.name, "rooms"])),
        }
    }
}
