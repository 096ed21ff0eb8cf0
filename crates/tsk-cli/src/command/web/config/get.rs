//! `tsk web config get`: one setting.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};

use super::show::Line;
use super::{is_within, path};
use crate::error::Error;
use crate::source::Source;
use crate::toml::{edit, value};
use crate::{Application, Exit, output, terminal};

/// Prints the value of a setting as a variable would have it, be it secret or not; of a section, each of its settings.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "get",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} http.listen\n{command_name} http.h2\n{command_name} site.root --env production --json",
    note = "No quotes, and commas between the items of a list. With --json: an object with\nkey, value and source, as of show; of a section a list of them.",
    error_code(0, "printed"),
    error_code(1, "it is not set, and has no default"),
    error_code(2, "there is no such setting"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Get {
    /// the setting, as in http.listen
    #[argh(positional)]
    key: String,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// as JSON, with what set it
    #[argh(switch)]
    json: bool,
}

impl Get {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let key = edit::dotted(&path(&self.key, application)?);
        let source = Source { file: self.config, overlay: self.env };
        let layers = application.layers(source.loader()).map_err(Error::configuration)?;
        let settings = application.settings(&layers).map_err(Error::configuration)?;
        let mut found = settings.iter().filter(|setting| is_within(Some(setting.key()), &key)).peekable();
        match found.peek() {
            Some(setting) if setting.key() == key && !setting.value().is_null() => {
                let line = Line::of(setting, setting.value().clone());
                terminal::say(if self.json { output::json(&line) } else { value::bare(setting.value()) });
            }
            Some(setting) if setting.key() != key && self.json => {
                let lines: Vec<Line> =
                    found.map(|setting| Line::of(setting, setting.value().clone())).collect();
                terminal::say(output::json(&lines));
            }
            Some(setting) if setting.key() != key => {
                for setting in found.filter(|setting| !setting.value().is_null()) {
                    terminal::say(format_args!("{} = {}", setting.key(), value::inline(setting.value())));
                }
            }
            _ => return Err(Error::failure(format_args!("`{key}` is not set, and has no default"))),
        }
        Ok(Exit::Success)
    }
}
