//! `tsk metrics check`: whether rules are those of the service.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;

use super::made;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// Checks that an alert can be made of everything that is promised, and that a file has the rules of today.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "check",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} rules.yml --env production",
    note = "Without a file, it is checked that the alerts of all that is promised can fire.",
    error_code(0, "they are right"),
    error_code(1, "the file has other rules, or a route promises what cannot be"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Check {
    /// file that `tsk metrics rules` has written
    #[argh(positional, arg_name = "file")]
    rules: Option<PathBuf>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Check {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { rules: path, config, env, json } = self;
        let rules = made(application, &Source { file: config, overlay: env })?;
        if let Some(path) = path {
            let text = fs::read_to_string(&path)
                .map_err(|error| Error::failure(format_args!("cannot read {}: {error}", path.display())))?;
            if let Some(line) = first_difference(&text, &rules.yaml()) {
                return Err(Error::failure(format_args!(
                    "{}:{line}: the rules of the service are others; write them with `{} metrics rules`",
                    path.display(),
                    application.name
                )));
            }
        }
        let groups = rules.groups();
        let count = groups.iter().map(|group| group.rules.len()).sum();
        Output::json(json).report(&Checked { groups: groups.len(), rules: count });
        Ok(Exit::Success)
    }
}

/// The line from which on two texts are not the same.
fn first_difference(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return None;
    }
    let same = one.lines().zip(other.lines()).take_while(|(one, other)| one == other).count();
    Some(same + 1)
}

#[derive(Serialize)]
struct Checked {
    groups: usize,
    rules: usize,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rules in {} groups", self.rules, self.groups)
    }
}
