//! `tsk graphql`: schemas as contracts.

mod check;
mod diff;
mod scaffold;
mod schema;

use std::fs;
use std::path::Path;

use argh::{ArgsInfo, FromArgs};
use tsk::graphql::GraphQl;

use super::incomplete;
use crate::error::Error;
use crate::{Application, Exit};

/// GraphQL schemas: what a program serves, and what was agreed on.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "graphql",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} scaffold schema.graphql > src/schema.rs\n{command_name} check schema.graphql\n{command_name} diff before.graphql after.graphql"
)]
pub(super) struct GraphQlCommand {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Schema(schema::Schema),
    Check(check::Check),
    Diff(diff::Diff),
    Scaffold(scaffold::Scaffold),
}

impl GraphQlCommand {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Schema(schema)) => schema.run(application),
            Some(Command::Check(check)) => check.run(application),
            Some(Command::Diff(diff)) => diff.run(),
            Some(Command::Scaffold(scaffold)) => scaffold.run(),
            None => Ok(incomplete::<GraphQlCommand>(&[application.name, "graphql"])),
        }
    }
}

/// What the program serves.
fn served(application: &Application) -> Result<GraphQl, Error> {
    application.graph_ql().ok_or_else(|| {
        Error::failure(format_args!(
            "{} has no GraphQL schema; a program of your own says which it has by `Application::graphql`",
            application.name
        ))
    })
}

/// The text of a file.
fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path)
        .map_err(|error| Error::failure(format_args!("cannot read {}: {error}", path.display())))
}

/// What is wrong with a file.
fn wrong(path: &Path, error: &tsk::graphql::Error) -> Error {
    Error::failure(format_args!("{}: {error}", path.display()))
}
