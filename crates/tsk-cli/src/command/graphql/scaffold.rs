//! `tsk graphql scaffold`: code to begin with.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use tsk::graphql::sdl;

use super::{read, wrong};
use crate::error::Error;
use crate::{Exit, terminal};

/// Prints the types of juniper and the resolvers of a schema, to be filled in.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "scaffold",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} schema.graphql > src/schema.rs",
    note = "What is printed compiles, with juniper and tsk-graphql. Each resolver answers NOT_IMPLEMENTED until it is written.",
    error_code(0, "printed"),
    error_code(1, "the file cannot be read, or has no query"),
    error_code(2, "the command line is wrong")
)]
pub(super) struct Scaffold {
    #[argh(positional, arg_name = "file")]
    file: PathBuf,
}

impl Scaffold {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let code = sdl::scaffold(&read(&self.file)?).map_err(|error| wrong(&self.file, &error))?;
        terminal::print(code);
        Ok(Exit::Success)
    }
}
