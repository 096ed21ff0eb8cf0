//! `tsk metrics rules`: a file for Prometheus, and one for promtool.

use std::fmt;
use std::path::{Path, PathBuf};

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;

use super::made;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::toml::file;
use crate::{Application, Exit, terminal};

/// Prints the recording and alerting rules of a service, or writes them to a file.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "rules",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --output rules.yml --tests rules.test.yml && promtool test rules rules.test.yml",
    note = "They are made of what routes promise, of [[slo]] and of [alerts]; no server need run.\nThe same settings give the same bytes. A file is replaced as a whole, or left as it was.",
    error_code(0, "printed, or written"),
    error_code(
        1,
        "the routes contradict each other, one promises what cannot be, or the file cannot be written"
    ),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Rules {
    /// file to write them to, in place of standard output
    #[argh(option, short = 'o', arg_name = "file")]
    output: Option<PathBuf>,

    /// file to write their tests to, for promtool; in the folder of --output, or in one beside it
    #[argh(option, arg_name = "file")]
    tests: Option<PathBuf>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// say what was written as JSON, and errors
    #[argh(switch)]
    json: bool,
}

impl Rules {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { output, tests, config, env, json } = self;
        let rules = made(application, &Source { file: config, overlay: env })?;
        let mut written = Vec::new();
        let mut write = |path: &Path, text: &str| {
            file::replace(path, None, text)
                .map_err(|error| Error::failure(format_args!("cannot write {}: {error}", path.display())))?;
            written.push(path.display().to_string());
            Ok(())
        };
        match (&output, &tests) {
            (None, Some(_)) => {
                return Err(Error::usage("tests name the file of the rules; add --output"));
            }
            (None, None) => {
                terminal::print(rules.yaml());
                return Ok(Exit::Success);
            }
            (Some(output), tests) => {
                write(output, &rules.yaml())?;
                if let Some(tests) = tests {
                    write(tests, &rules.tests(&relative(tests, output)))?;
                }
            }
        }
        Output::json(json).report(&Written { files: written });
        Ok(Exit::Success)
    }
}

/// Where the rules are from the folder of their tests, as promtool looks for them.
fn relative(tests: &Path, rules: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (tests, rules) = (absolute(tests), absolute(rules));
    let path = match tests.parent().and_then(|folder| rules.strip_prefix(folder).ok()) {
        Some(beside) => beside.to_owned(),
        None => rules,
    };
    path.display().to_string()
}

#[derive(Serialize)]
struct Written {
    files: Vec<String>,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrote {}", self.files.join(", "))
    }
}
