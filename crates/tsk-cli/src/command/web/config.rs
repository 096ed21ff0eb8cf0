//! `tsk web config`: what a server is told, and by what.

mod get;
mod init;
mod schema;
mod set;
mod show;
mod validate;

use std::path::{Path, PathBuf};

use argh::{ArgsInfo, FromArgs};
use toml_edit::Key;
use tsk::http::Server;
use tsk::{App, Config};

use crate::command::incomplete;
use crate::error::Error;
use crate::{Application, Exit};

/// The file that is meant where none is named.
const DEFAULT_FILE: &str = "tsk.toml";

/// The configuration: shows it, checks it, changes it.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "config",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} init\n{command_name} show --changed\n{command_name} set http.listen 0.0.0.0:80"
)]
pub(super) struct ConfigCommand {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Show(show::Show),
    Init(init::Init),
    Validate(validate::Validate),
    Get(get::Get),
    Set(set::Set),
    Unset(set::Unset),
    Schema(schema::SchemaCommand),
}

impl ConfigCommand {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Show(show)) => show.run(application),
            Some(Command::Init(init)) => init.run(application),
            Some(Command::Validate(validate)) => validate.run(application),
            Some(Command::Get(get)) => get.run(application),
            Some(Command::Set(set)) => set.run(application),
            Some(Command::Unset(unset)) => unset.run(application),
            Some(Command::Schema(schema)) => schema.run(application),
            None => Ok(incomplete::<ConfigCommand>(&[application.name, "web", "config"])),
        }
    }
}

/// The keys of a path as it is written on a command line, which must be known.
fn path(key: &str, application: &Application) -> Result<Vec<String>, Error> {
    let keys = Key::parse(key).map_err(|_| {
        Error::usage(format_args!("`{key}` names no setting; one is named as in http.listen"))
    })?;
    let keys: Vec<String> = keys.iter().map(|key| key.get().to_owned()).collect();
    // The loader knows what there is: it is asked to set the key, and complains of one that is unknown.
    let loader = Config::loader().no_file().environment([("", ""); 0]).set_path(keys.clone(), "", "");
    let layers = application.layers(loader).map_err(|error| Error::usage(error.reason()))?;
    match application.mistakes(&layers).into_iter().find(tsk::config::Error::is_unknown_key) {
        Some(unknown) => Err(Error::usage(unknown.reason())),
        None => Ok(keys),
    }
}

/// Whether an error that concerns `place` concerns the setting `key` or something in it.
fn is_within(place: Option<&str>, key: &str) -> bool {
    let rest = place.and_then(|place| place.strip_prefix(key));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// What would stop a start with these settings, whatever is served.
fn faults(config: Config) -> Vec<tsk::Error> {
    let listeners = Server::check(&config.http).into_iter().map(tsk::Error::from);
    listeners.chain(App::new(config).validate().err()).collect()
}

/// The file of an option, or the one that is read without it.
fn file(option: Option<&PathBuf>) -> &Path {
    option.map_or(Path::new(DEFAULT_FILE), PathBuf::as_path)
}
