//! The commands, a file for each.

mod auth;
mod completions;
mod docs;
mod grafana;
mod graphql;
mod metrics;
mod new;
mod reference;
mod rooms;
#[cfg(test)]
mod tests;
mod web;

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};

use crate::error::Error;
use crate::{Application, Exit, args, terminal};

/// Serves HTTP: a directory of files, with no code to write.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    help_triggers("-h", "--help", "help"),
    example = "{command_name} web start\n{command_name} web start --port 9000\n{command_name} help web start",
    note = "Settings: docs/reference/configuration.md. Exit codes: docs/reference/cli.md."
)]
struct Tsk {
    /// print the version
    #[argh(switch, short = 'V')]
    version: bool,

    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it, for the time that a command takes")]
enum Command {
    Web(web::Web),
    Docs(docs::Docs),
    Metrics(metrics::Metrics),
    Grafana(grafana::Grafana),
    Auth(auth::Auth),
    Graphql(graphql::GraphQlCommand),
    Rooms(rooms::Rooms),
    New(new::New),
    Completions(completions::Completions),
    Reference(reference::Reference),
}

impl Command {
    fn run(self, application: &Application) -> Result<Exit, Error> {
        match self {
            Command::Web(web) => web.run(application),
            Command::Docs(docs) => docs.run(application),
            Command::Metrics(metrics) => metrics.run(application),
            Command::Grafana(grafana) => grafana.run(application),
            Command::Auth(auth) => auth.run(application),
            Command::Graphql(graphql) => graphql.run(application),
            Command::Rooms(rooms) => rooms.run(application),
            Command::New(new) => new.run(application),
            Command::Completions(completions) => completions.run(application),
            Command::Reference(reference) => reference.run(application),
        }
    }
}

/// Does what the arguments of the process ask for, with an application, and returns when it is done.
pub fn run(application: Application) -> ExitCode {
    let mut is_json = false;
    let exit = answer(&application, env::args_os().skip(1), &mut is_json).unwrap_or_else(|error| {
        terminal::complain(application.name, &error, is_json);
        error.exit
    });
    exit.into()
}

/// `is_json` says, once the arguments were read, whether they have `--json`.
fn answer(
    application: &Application,
    args: impl Iterator<Item = OsString>,
    is_json: &mut bool,
) -> Result<Exit, Error> {
    let args = args
        .map(|arg| arg.into_string().map_err(|arg| Error::usage(format_args!("{arg:?} is not UTF-8 text"))))
        .collect::<Result<Vec<_>, _>>()?;
    *is_json = args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json");
    let args = args::normalise(application.name, args, &Tsk::get_args_info())?;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match Tsk::from_args(&[application.name], &args) {
        Ok(Tsk { version: true, .. }) => {
            terminal::say(format_args!("{} {}", application.name, application.version));
            Ok(Exit::Success)
        }
        Ok(Tsk { command: Some(command), .. }) => command.run(application),
        Ok(Tsk { command: None, .. }) => Ok(incomplete::<Tsk>(&[application.name])),
        Err(argh::EarlyExit { output, status: Ok(()) }) => {
            terminal::help(&output, io::stdout());
            Ok(Exit::Success)
        }
        Err(argh::EarlyExit { output, status: Err(()) }) => Err(Error::usage(in_one_line(&output))),
    }
}

/// Answers a command that lacks the word after it with its help, which lists the words.
fn incomplete<C: FromArgs>(path: &[&str]) -> Exit {
    if let Err(help) = C::from_args(path, &["help"]) {
        terminal::help(&help.output, io::stderr());
    }
    Exit::Usage
}

/// What argh complains of, as our own complaints read.
fn in_one_line(output: &str) -> String {
    let line = output.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = ["Error parsing option ", "Error parsing positional argument "];
    let rest = subject.iter().find_map(|subject| line.strip_prefix(subject));
    let parts = rest.and_then(|rest| rest.split_once(" with value "));
    match parts {
        Some((option, reason)) => format!("{}: {reason}", option.replace('\'', "`")),
        None => line,
    }
}
