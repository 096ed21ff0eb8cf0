//! `tsk web config schema`: what a file may hold, for an editor.

use argh::{ArgsInfo, FromArgs};

use crate::error::Error;
use crate::{Application, Exit, output, terminal};

/// Prints the JSON Schema of the configuration file, by which editors complete and check it.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "schema",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} > tsk.schema.json",
    note = "Taplo and Even Better TOML use it for a file whose first line is\n#:schema ./tsk.schema.json",
    error_code(0, "printed")
)]
pub(super) struct SchemaCommand {
    /// in one line
    #[argh(switch)]
    json: bool,
}

impl SchemaCommand {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let document = application.schema().document(application.name);
        if self.json {
            terminal::say(output::json(&document));
        } else {
            terminal::say(format_args!("{document:#}"));
        }
        Ok(Exit::Success)
    }
}
