//! `tsk reference`: all commands on one page.

use argh::{ArgsInfo, FromArgs};

use super::Tsk;
use crate::error::Error;
use crate::{Application, Exit, reference, terminal};

/// Prints the reference of all commands, as Markdown or as a manual page.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "reference",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --man | man -l -",
    error_code(0, "printed")
)]
pub(super) struct Reference {
    /// a manual page for man(1)
    #[argh(switch)]
    man: bool,
}

impl Reference {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let commands = Tsk::get_args_info();
        let page = match self.man {
            true => reference::man(application.name, application.version, &commands),
            false => reference::markdown(application.name, &commands),
        };
        terminal::say(page.trim_end());
        Ok(Exit::Success)
    }
}
