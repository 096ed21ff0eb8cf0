//! `tsk metrics`: what Prometheus is to do with what is counted.

mod check;
mod rules;

use argh::{ArgsInfo, FromArgs};

use super::incomplete;
use crate::error::Error;
use crate::source::Source;
use crate::{Application, Exit};

/// What Prometheus is to do with what a service counts: its alerting rules.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "metrics",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} rules --output rules.yml --tests rules.test.yml\n{command_name} check rules.yml"
)]
pub(super) struct Metrics {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Rules(rules::Rules),
    Check(check::Check),
}

impl Metrics {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Rules(rules)) => rules.run(application),
            Some(Command::Check(check)) => check.run(application),
            None => Ok(incomplete::<Metrics>(&[application.name, "metrics"])),
        }
    }
}

/// The rules that follow from the configuration and the routes.
fn made(application: &Application, source: &Source) -> Result<tsk::metrics::rules::Rules, Error> {
    application.made(source)?.rules().map_err(|error| Error::start(&error))
}
