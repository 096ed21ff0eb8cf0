//! `tsk web config set` and `unset`: one setting of the file, changed.

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use serde_json::Value as Json;
use toml_edit::Value;
use tsk::Config;
use tsk::config::Place;

use super::{faults, file, is_within, path};
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::toml::{self, edit, value};
use crate::{Application, Exit, terminal};

/// Sets one setting in the file, and leaves the rest of it as it is, comments too. A wrong value changes nothing.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "set",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} http.listen 0.0.0.0:80,[::]:80\n{command_name} http.drain_timeout 10s --env production\n{command_name} site.root dist -c site.toml",
    note = "A value is written as in a variable: no quotes, commas between the items of a\nlist. What has commas in it, or is a table, is written as in the file:\n'[\"a,b\"]'. A value that begins with - follows --.\n\nA server that runs is not told. With --json: an object with file, env, key and value.",
    error_code(0, "set"),
    error_code(1, "the file cannot be written"),
    error_code(2, "there is no such setting, or it cannot have that value"),
    error_code(78, "the file is no TOML")
)]
pub(super) struct Set {
    /// the setting, as in http.listen
    #[argh(positional)]
    key: String,

    /// what it shall be
    #[argh(positional)]
    value: String,

    /// configuration file (./tsk.toml), which is made if there is none
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// in the overlay [env.NAME], and not for every place
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

/// Takes one setting out of the file, so that it is at its default, and leaves the rest as it is.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "unset",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} http.listen\n{command_name} http.drain_timeout --env production",
    note = "Comments stay. With --json: an object with file, env, key, and a value of null.",
    error_code(0, "it is not in the file, now or before"),
    error_code(1, "the file cannot be written"),
    error_code(2, "there is no such setting, or the file cannot do without it"),
    error_code(78, "the file is no TOML")
)]
pub(super) struct Unset {
    /// the setting, as in http.listen
    #[argh(positional)]
    key: String,

    /// configuration file (./tsk.toml)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// in the overlay [env.NAME], and not for every place
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Set {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let keys = path(&self.key, application)?;
        let target = Target::read(application, self.config, self.env, &keys)?;
        let (text, value) = target.with(&keys, &self.value)?;
        target.write(&text, Some(&value), self.json)
    }
}

impl Unset {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let keys = path(&self.key, application)?;
        let target = Target::read(application, self.config, self.env, &keys)?;
        let text = edit::unset(&target.text, &target.path).map_err(Error::usage)?;
        let text = text.unwrap_or_else(|| target.text.clone());
        match target.refusal(&text) {
            Some(reason) => Err(Error::usage(reason)),
            None => target.write(&text, None, self.json),
        }
    }
}

/// The setting of a file that is to be changed.
struct Target<'a> {
    application: &'a Application,
    file: PathBuf,
    overlay: Option<String>,
    /// The setting, as it is known.
    key: String,
    /// Its keys in the file, `env.NAME` among them.
    path: Vec<String>,
    /// What the file holds; nothing if it does not exist.
    text: String,
    exists: bool,
}

impl<'a> Target<'a> {
    fn read(
        application: &'a Application,
        option: Option<PathBuf>,
        overlay: Option<String>,
        keys: &[String],
    ) -> Result<Self, Error> {
        let file = file(option.as_ref()).to_owned();
        let (text, exists) = match fs::read_to_string(&file) {
            Ok(text) => (text, true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (String::new(), false),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(Error::configuration(format_args!("{}: not UTF-8 text", file.display())));
            }
            Err(error) => {
                return Err(Error::failure(format_args!("{}: cannot be read: {error}", file.display())));
            }
        };
        let target = Self::new(application, file, overlay, keys, text, exists);
        // Only a file that can be read can be changed, whatever else is wrong in it.
        application.layers(target.loader(&target.text, false)).map_err(Error::configuration)?;
        Ok(target)
    }

    fn new(
        application: &'a Application,
        file: PathBuf,
        overlay: Option<String>,
        keys: &[String],
        text: String,
        exists: bool,
    ) -> Self {
        let overlay = overlay.filter(|name| !name.is_empty());
        let below = overlay.iter().flat_map(|name| ["env", name]).map(str::to_owned);
        let path = below.chain(keys.iter().cloned()).collect();
        Self { application, file, overlay, key: edit::dotted(keys), path, text, exists }
    }

    /// Reads `text` in the place of the file, and no variables, which would hide what it says.
    fn loader(&self, text: &str, with_overlay: bool) -> tsk::config::Loader {
        let overlay = self.overlay.as_deref().filter(|_| with_overlay).unwrap_or_default();
        Config::loader().text(&self.file, text).environment([("", ""); 0]).overlay(overlay)
    }

    /// The text of the file once the setting has the value that `text` means, and that value.
    fn with(&self, keys: &[String], text: &str) -> Result<(String, Value), Error> {
        let schema = self.application.schema();
        let mut refusal = None;
        for reading in value::readings(text, schema.find(keys.iter().map(String::as_str))) {
            let text = edit::set(&self.text, &self.path, &reading).map_err(Error::usage)?;
            match self.refusal(&text) {
                // What is wrong with what it most likely means is what somebody wants to know.
                Some(reason) => refusal = refusal.or(Some(reason)),
                None => return Ok((text, reading)),
            }
        }
        Err(Error::usage(refusal.unwrap_or_else(|| "it cannot have that value".to_owned())))
    }

    /// Why the file may not say `text`, if it may not for this setting's sake. What else is wrong in it is not our concern.
    fn refusal(&self, text: &str) -> Option<String> {
        let mistakes = |text: &str| {
            let layers = self.application.layers(self.loader(text, self.is_overlay_in(text)));
            layers.map_or_else(|error| vec![error], |layers| self.application.mistakes(&layers))
        };
        let after = mistakes(text);
        if let Some(mistake) = after.iter().find(|mistake| is_within(mistake.key(), &self.key)) {
            return Some(mistake.reason().to_owned());
        }
        if !after.is_empty() {
            return None;
        }
        let before = self.faults(&self.text);
        let is_new = |error: &tsk::Error| {
            let is_same = |other: &tsk::Error| other.to_string() == error.to_string();
            before.as_ref().is_some_and(|before| !before.iter().any(is_same))
        };
        let is_about_it = |error: &tsk::Error| {
            let key = error.key();
            is_within(key, &self.key) || key.is_some_and(|key| is_within(Some(&self.key), key))
        };
        let mut after = self.faults(text)?.into_iter();
        after.find(|error| is_new(error) || is_about_it(error)).map(|error| error.to_string())
    }

    /// What would stop a start with `text` as the file, if its settings can be read.
    fn faults(&self, text: &str) -> Option<Vec<tsk::Error>> {
        let layers = self.application.layers(self.loader(text, self.is_overlay_in(text))).ok()?;
        let loaded = self.application.load_from(&layers.without_others()).ok()?;
        Some(faults(loaded.config))
    }

    /// Whether the overlay exists: the first setting in it makes it, and the last leaves it empty.
    fn is_overlay_in(&self, text: &str) -> bool {
        let layers = self.application.layers(self.loader(text, false));
        layers.is_ok_and(|layers| layers.overlays().any(|name| Some(name) == self.overlay.as_deref()))
    }

    fn write(self, text: &str, value: Option<&Value>, is_json: bool) -> Result<Exit, Error> {
        if self.exists || !text.is_empty() {
            let old = self.exists.then_some(self.text.as_str());
            if old != Some(text) {
                toml::file::replace(&self.file, old, text).map_err(|error| {
                    Error::failure(format_args!(
                        "cannot write {}: {error}; it is as it was",
                        self.file.display()
                    ))
                })?;
            }
        }
        let shown = value.and_then(|_| self.hidden(text));
        Output::json(is_json).report(&Changed {
            file: self.file.display().to_string(),
            env: self.overlay.clone(),
            key: self.key.clone(),
            written: shown
                .as_ref()
                .map_or_else(|| value.map(ToString::to_string), |shown| Some(value::inline(shown))),
            value: shown.or_else(|| value.map(value::to_json)),
        });
        self.tell_what_wins();
        Ok(Exit::Success)
    }

    /// What is shown in the place of the value, if that is a secret.
    fn hidden(&self, text: &str) -> Option<Json> {
        let layers = self.application.layers(self.loader(text, true)).ok()?;
        let (rest, _) = self.application.without_mistakes(&layers);
        let settings = self.application.settings(&rest).ok()?;
        let setting = settings.iter().find(|setting| setting.key() == self.key)?;
        setting.is_secret().then(|| setting.shown())
    }

    /// A variable is above the file: whoever changes that would wait for nothing.
    fn tell_what_wins(&self) {
        let source = Source { file: Some(self.file.clone()), overlay: self.overlay.clone() };
        let settings =
            self.application.layers(source.loader()).and_then(|layers| self.application.settings(&layers));
        let variables =
            settings.into_iter().flatten().filter(|setting| is_within(Some(setting.key()), &self.key));
        for setting in variables {
            if let Place::Variable(name) = setting.place() {
                terminal::note(self.application.name, format_args!("{name} is set, and wins over the file"));
                break;
            }
        }
    }
}

#[derive(Serialize)]
struct Changed {
    file: String,
    env: Option<String>,
    key: String,
    /// Null where the file does not have it any more.
    value: Option<Json>,
    /// As the file has it.
    #[serde(skip)]
    written: Option<String>,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, env, key, written, .. } = self;
        write!(f, "{}: ", Path::new(file).display())?;
        if let Some(name) = env {
            write!(f, "[env.{name}] ")?;
        }
        match written {
            Some(value) => write!(f, "{key} = {value}"),
            None => write!(f, "{key} is not set"),
        }
    }
}
