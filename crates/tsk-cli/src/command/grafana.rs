//! `tsk grafana`: dashboards of a service.

mod check;
mod generate;
mod push;
mod report;
mod schedule;

use argh::{ArgsInfo, FromArgs};
use tsk::metrics::grafana::{Config, Dashboards};

use super::incomplete;
use crate::error::Error;
use crate::source::Source;
use crate::{Application, Exit};

/// Dashboards of a service, made of its routes and of what it counts and promises.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "grafana",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} generate dashboards/\n{command_name} check dashboards/*.json\n{command_name} diff --url https://grafana.example\n{command_name} push --url https://grafana.example"
)]
pub(super) struct Grafana {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Generate(generate::Generate),
    Check(check::Check),
    Push(push::Push),
    Diff(push::Diff),
    Report(report::Report),
}

impl Grafana {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Generate(generate)) => generate.run(application),
            Some(Command::Check(check)) => check.run(application),
            Some(Command::Push(push)) => push.run(application),
            Some(Command::Diff(diff)) => diff.run(application),
            Some(Command::Report(report)) => report.run(application),
            None => Ok(incomplete::<Grafana>(&[application.name, "grafana"])),
        }
    }
}

/// The dashboards that follow from the configuration and the routes, and how they were to be made.
fn made(application: &Application, source: &Source) -> Result<(Dashboards, Config), Error> {
    let config = application.load(source.loader())?.settings.grafana;
    let dashboards = application.made(source)?.dashboards(&config).map_err(|error| Error::start(&error))?;
    Ok((dashboards, config))
}
