//! `tsk grafana check`: whether dashboards ask for what there is.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use serde_json::Value;
use tsk::metrics::grafana;

use super::made;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// Checks that dashboards name no metric and no label that the service cannot give out: its own, or those in files.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "check",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} dashboards/*.json",
    note = "What the program counts itself is not in the catalogue: files that show it as well are not for this command.",
    error_code(0, "they are right"),
    error_code(1, "one names what there is not, or cannot be read"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Check {
    /// dashboards, in either form
    #[argh(positional, arg_name = "file")]
    files: Vec<PathBuf>,

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
        let source = Source { file: self.config, overlay: self.env };
        let loaded = application.load(source.loader())?;
        let check = grafana::Check::new(&loaded.config.metrics, &loaded.config.alerts);
        let mut checked = Checked { dashboards: 0, mistakes: Vec::new() };
        let mut hold = |name: &str, dashboard: &Value| {
            checked.dashboards += 1;
            checked
                .mistakes
                .extend(check.dashboard(dashboard).into_iter().map(|wrong| format!("{name}: {wrong}")));
        };
        for path in &self.files {
            let name = path.display().to_string();
            let text = fs::read_to_string(path)
                .map_err(|error| Error::failure(format_args!("cannot read {name}: {error}")))?;
            let dashboard = serde_json::from_str(&text)
                .map_err(|error| Error::failure(format_args!("{name} is no JSON: {error}")))?;
            hold(&name, &dashboard);
        }
        if self.files.is_empty() {
            for dashboard in made(application, &source)?.0.all() {
                hold(&dashboard.uid, &dashboard.classic());
            }
        }
        Output::json(self.json).report(&checked);
        Ok(if checked.mistakes.is_empty() { Exit::Success } else { Exit::Failure })
    }
}

#[derive(Serialize)]
struct Checked {
    dashboards: usize,
    mistakes: Vec<String>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mistakes.iter().try_for_each(|mistake| writeln!(f, "{mistake}"))?;
        write!(f, "{} dashboards, {} mistakes", self.dashboards, self.mistakes.len())
    }
}
