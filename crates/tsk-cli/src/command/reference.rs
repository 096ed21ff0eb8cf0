//! `tsk reference`: all commands on one page.

use argh::{ArgsInfo, FromArgs};

use super::Tsk;
use crate::error::Error;
use crate::{Application, Exit, output, reference, terminal};

/// Prints the reference of all commands, as Markdown, as a manual page or as data.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "reference",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --man | man -l -\n{command_name} --json | jq -r '.[].command'",
    error_code(0, "printed"),
    error_code(2, "the command line is wrong")
)]
pub(super) struct Reference {
    /// a manual page for man(1)
    #[argh(switch)]
    man: bool,

    /// as JSON: a list of commands
    #[argh(switch)]
    json: bool,
}

impl Reference {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let commands = Tsk::get_args_info();
        let page = match (self.man, self.json) {
            (true, true) => return Err(Error::usage("`--man` and `--json` ask for two things; keep one")),
            (true, false) => reference::man(application.name, application.version, &commands),
            (false, true) => output::json(&reference::data(application.name, &commands)),
            (false, false) => reference::markdown(application.name, &commands),
        };
        terminal::say(page.trim_end());
        Ok(Exit::Success)
    }
}
