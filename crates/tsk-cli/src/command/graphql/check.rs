//! `tsk graphql check`: what the program serves, held against what was agreed on.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use tsk::graphql::sdl;

use super::diff::Changes;
use super::{read, served, wrong};
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Holds the schema that the program serves against a file.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "check",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} schema.graphql",
    note = "Order and descriptions make no difference.",
    error_code(0, "they say the same"),
    error_code(1, "the program has no schema, or the file cannot be read"),
    error_code(2, "the command line is wrong"),
    error_code(4, "they differ")
)]
pub(super) struct Check {
    #[argh(positional, arg_name = "file")]
    file: PathBuf,

    /// as JSON, and errors
    #[argh(switch)]
    json: bool,
}

impl Check {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let served = served(application)?;
        let changes =
            sdl::diff(&read(&self.file)?, &served.sdl()).map_err(|error| wrong(&self.file, &error))?;
        Output::json(self.json).report(&Changes::of(&changes));
        Ok(if changes.is_empty() { Exit::Success } else { Exit::Unfit })
    }
}
