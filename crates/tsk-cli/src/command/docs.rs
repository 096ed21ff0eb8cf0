//! `tsk docs`: what a service says of itself.

mod markdown;
mod openapi;
mod origin;
mod routes;
mod written;

use argh::{ArgsInfo, FromArgs};

use super::incomplete;
use crate::error::Error;
use crate::{Application, Exit};

/// The documents of a service: OpenAPI, Markdown, the list of its routes.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "docs",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} routes\n{command_name} openapi --output openapi.json\n{command_name} markdown --from http://127.0.0.1:9464"
)]
pub(super) struct Docs {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Routes(routes::Routes),
    Openapi(openapi::Openapi),
    Markdown(markdown::Markdown),
}

impl Docs {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Routes(routes)) => routes.run(application),
            Some(Command::Openapi(openapi)) => openapi.run(application),
            Some(Command::Markdown(markdown)) => markdown.run(application),
            None => Ok(incomplete::<Docs>(&[application.name, "docs"])),
        }
    }
}
