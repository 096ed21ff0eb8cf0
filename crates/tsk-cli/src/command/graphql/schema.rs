//! `tsk graphql schema`: what the program serves, in the language of schemas.

use argh::{ArgsInfo, FromArgs};

use super::served;
use crate::error::Error;
use crate::{Application, Exit, terminal};

/// Prints the schema that the program serves.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "schema",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} > schema.graphql",
    error_code(0, "printed"),
    error_code(1, "the program has no schema"),
    error_code(2, "the command line is wrong")
)]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self {} = self;
        terminal::print(format!("{}\n", served(application)?.sdl().trim_end()));
        Ok(Exit::Success)
    }
}
