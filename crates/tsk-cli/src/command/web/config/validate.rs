//! `tsk web config validate`: everything that is wrong.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use tsk::config::{Loader, Place};

use super::{faults, file, is_within};
use crate::application::Loaded;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// Checks the configuration as a start would, with every overlay, and lists all that is wrong; nothing is started.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "validate",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} site.toml --json\n{command_name} --env production",
    note = "What is wrong has a line each: tsk.toml:2:1: unknown key ..\n\nWith --env, no other overlay is checked but for keys that do not exist.\n\nWith --json: a list of objects with key, file, line, column, env, place and\nmessage; empty if all is right.",
    error_code(0, "all is right"),
    error_code(78, "something is wrong: a line for each")
)]
pub(super) struct Validate {
    /// configuration file (./tsk.toml, if there is one)
    #[argh(positional, arg_name = "file")]
    path: Option<PathBuf>,

    /// configuration file, as for the other commands
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// only this overlay, the table [env.NAME] of the file
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// as JSON: a list
    #[argh(switch)]
    json: bool,
}

impl Validate {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let source = Source { file: self.path.or(self.config), overlay: self.env.clone() };
        let name = file(source.file.as_ref()).display().to_string();
        let mut found = Found::default();
        found.check(application, source.loader());
        if self.env.is_none()
            && let Ok(layers) = application.layers(source.loader())
        {
            let chosen = layers.overlay();
            // What an overlay replaces is still what other places go by.
            let others = layers.overlays().filter(|name| Some(*name) != chosen).chain(chosen.map(|_| ""));
            for overlay in others {
                found.check_settings(application, source.loader().overlay(overlay));
            }
        }
        let count = found.mistakes.len();
        if count > 0 || self.json {
            Output::json(self.json).report(&found.mistakes);
        }
        match count {
            0 if !self.json => crate::terminal::say(format_args!("{name}: all is right")),
            0 => {}
            1 => return Err(Error::configuration(format_args!("{name}: 1 mistake"))),
            _ => return Err(Error::configuration(format_args!("{name}: {count} mistakes"))),
        }
        Ok(Exit::Success)
    }
}

/// What is wrong, once each.
#[derive(Default)]
struct Found {
    mistakes: Mistakes,
    seen: HashSet<(String, String)>,
}

impl Found {
    /// Checks what a start would do: the settings, and the application that is made of them.
    fn check(&mut self, application: &Application, loader: Loader) {
        let Some(loaded) = self.check_settings(application, loader) else { return };
        if let Err(error) = make(loaded) {
            self.add(Mistake { message: error.to_string(), ..Mistake::default() });
        }
    }

    /// Checks the settings by themselves; `None` if they are wrong.
    fn check_settings(&mut self, application: &Application, loader: Loader) -> Option<Loaded> {
        let layers = match application.layers(loader) {
            Ok(layers) => layers,
            Err(error) => {
                self.add(Mistake::of(&error, None));
                return None;
            }
        };
        let (rest, mistakes) = application.without_mistakes(&layers);
        mistakes.iter().for_each(|mistake| self.add(Mistake::of(mistake, layers.overlay())));
        let loaded = application.load_from(&rest).ok()?;
        let faults = faults(loaded.config.clone());
        for error in &faults {
            let key = error.key();
            // That what was taken out is missing is no mistake of its own.
            let is_missed =
                |mistake: &tsk::config::Error| key.is_some_and(|key| is_within(mistake.key(), key));
            if !mistakes.iter().any(is_missed) {
                let place = key.map_or(Place::Default, |key| layers.place(key));
                self.add(Mistake::at(place, key, error.to_string()));
            }
        }
        Some(loaded).filter(|_| mistakes.is_empty() && faults.is_empty())
    }

    fn add(&mut self, mistake: Mistake) {
        if self.seen.insert((mistake.place.clone(), mistake.message.clone())) {
            self.mistakes.0.push(mistake);
        }
    }
}

/// Makes the application, and drops it.
fn make(loaded: Loaded) -> Result<(), Error> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::failure)?;
    let app = runtime.block_on(loaded.app())?;
    app.validate().map(drop).map_err(Error::configuration)
}

/// One thing that is wrong.
#[derive(Default, Serialize)]
struct Mistake {
    key: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    /// The overlay with which it is wrong.
    env: Option<String>,
    /// As it is named before a message: `tsk.toml:2:1`, `TSK_HTTP__LISTEN`; empty if nothing is to be named.
    place: String,
    message: String,
}

impl Mistake {
    fn of(error: &tsk::config::Error, overlay: Option<&str>) -> Mistake {
        let line = error.to_string();
        let place = line.strip_suffix(error.reason()).unwrap_or_default().trim_end_matches(": ");
        Mistake {
            key: error.key().map(str::to_owned),
            file: error.file().map(|path| path.display().to_string()),
            line: error.line(),
            column: error.column(),
            env: overlay.map(str::to_owned),
            place: place.to_owned(),
            message: error.reason().to_owned(),
        }
    }

    fn at(place: Place, key: Option<&str>, message: String) -> Mistake {
        let key = key.map(str::to_owned);
        match place {
            Place::File { path, line, column, overlay } => {
                let file = path.display().to_string();
                let place = format!("{file}:{line}:{column}");
                Mistake {
                    key,
                    file: Some(file),
                    line: Some(line),
                    column: Some(column),
                    env: overlay,
                    place,
                    message,
                }
            }
            Place::Default => Mistake { key, message, ..Mistake::default() },
            other => Mistake { key, message, place: other.to_string(), ..Mistake::default() },
        }
    }
}

/// As JSON a list, as text a line for each.
#[derive(Default, Serialize)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Mistake { place, message, .. }) in self.0.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            let colon = if place.is_empty() { "" } else { ": " };
            write!(f, "{newline}{place}{colon}{message}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tsk::http::{Router, get};
    use tsk::{App, Config};

    use super::*;

    fn mistakes(application: &Application) -> Vec<String> {
        let mut found = Found::default();
        let loader = || Config::loader().no_file().environment([("", ""); 0]);
        found.check(application, loader());
        found.check(application, loader());
        found.mistakes.0.into_iter().map(|mistake| mistake.message).collect()
    }

    #[test]
    fn an_application_that_cannot_be_made_is_a_mistake() {
        let app = |_: Config| async { Err::<App, _>("there is no database") };
        assert_eq!(mistakes(&Application::new("shop", "1", app)), ["there is no database"]);
    }

    #[test]
    fn routes_that_cannot_be_are_a_mistake() {
        let app = |config: Config| async {
            let routes = Router::new().route(get("/a", || async {})).route(get("/a", || async {}));
            Ok::<_, tsk::Error>(App::new(config).routes(routes))
        };
        let mistakes = mistakes(&Application::new("shop", "1", app));
        assert!(mistakes.len() == 1 && mistakes[0].contains("/a"), "{mistakes:?}");
    }
}
