//! `tsk web config show`: every setting, and what set it.

use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use serde_json::{Value, json};
use tsk::config::{Place, Setting};

use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::toml::value;
use crate::{Application, Exit};

/// Shows every setting that is in effect, and what set it; what is secret is hidden.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "show",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --changed\n{command_name} --env production --json",
    note = "The lines can be put into a file. With --json: an object with file, env and\nsettings, each with key, value and source. The kind of a source is file, with\nfile, line, column and env; variable, with variable; option, with option; or\ndefault.",
    error_code(0, "shown"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Show {
    /// only what is not the default
    #[argh(switch)]
    changed: bool,

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

impl Show {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let source = Source { file: self.config, overlay: self.env };
        let layers = application.layers(source.loader()).map_err(Error::configuration)?;
        let settings = application.settings(&layers).map_err(Error::configuration)?;
        let is_wanted = |setting: &&Setting| !self.changed || *setting.place() != Place::Default;
        Output::json(self.json).report(&Shown {
            file: layers.file().map(|path| path.display().to_string()),
            env: layers.overlay().map(str::to_owned),
            settings: settings
                .iter()
                .filter(is_wanted)
                .map(|setting| Line::of(setting, setting.shown()))
                .collect(),
        });
        Ok(Exit::Success)
    }
}

#[derive(Serialize)]
struct Shown {
    file: Option<String>,
    env: Option<String>,
    settings: Vec<Line>,
}

/// One setting.
#[derive(Serialize)]
pub(super) struct Line {
    key: String,
    value: Value,
    source: Value,
    #[serde(skip)]
    place: String,
}

impl Line {
    pub(super) fn of(setting: &Setting, value: Value) -> Line {
        let source = match setting.place() {
            Place::File { path, line, column, overlay } => json!({
                "kind": "file", "file": path.display().to_string(), "line": line, "column": column, "env": overlay,
            }),
            Place::Variable(name) => json!({ "kind": "variable", "variable": name }),
            Place::Flag(name) => json!({ "kind": "option", "option": name }),
            _ => json!({ "kind": "default" }),
        };
        Line { key: setting.key().to_owned(), value, source, place: setting.place().to_string() }
    }

    /// As a file has it, or would have it where it has a value.
    fn written(&self) -> String {
        match &self.value {
            Value::Null => format!("# {} =", self.key),
            value => format!("{} = {}", self.key, value::inline(value)),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// What is longer has its place out of the column.
        const MAX_WIDTH: usize = 60;
        let lines: Vec<(String, &str)> =
            self.settings.iter().map(|line| (line.written(), line.place.as_str())).collect();
        let widths = lines.iter().map(|(written, _)| written.chars().count());
        let width = widths.filter(|width| *width <= MAX_WIDTH).max().unwrap_or(0);
        if lines.is_empty() {
            return f.write_str("# every setting is at its default");
        }
        for (index, (written, place)) in lines.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{written:width$}  # {place}")?;
        }
        Ok(())
    }
}
