//! `tsk metrics`: what is counted, and what Prometheus is to do with it.

mod check;
mod rules;
mod usage;

use argh::{ArgsInfo, FromArgs};

use super::incomplete;
use crate::error::Error;
use crate::source::Source;
use crate::{Application, Exit};

/// What a service counts: alerting rules of it for Prometheus, and who uses what.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "metrics",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} rules --output rules.yml --tests rules.test.yml\n{command_name} check rules.yml\n{command_name} usage --version v1"
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
    Usage(usage::Usage),
}

impl Metrics {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Rules(rules)) => rules.run(application),
            Some(Command::Check(check)) => check.run(application),
            Some(Command::Usage(usage)) => usage.run(application),
            None => Ok(incomplete::<Metrics>(&[application.name, "metrics"])),
        }
    }
}

/// The rules that follow from the configuration and the routes.
fn made(application: &Application, source: &Source) -> Result<tsk::metrics::rules::Rules, Error> {
    application.made(source)?.rules().map_err(|error| Error::start(&error))
}
