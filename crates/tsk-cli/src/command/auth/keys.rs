//! `tsk auth keys`: the keys that programs show.

mod create;
mod list;
mod revoke;
mod rotate;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use tsk::Config;
use tsk::auth::api_key::{ApiKeys, Environment, FileStore, Text};
use tsk::auth::audit::Audit;
use tsk::auth::config::Stores;

use crate::command::incomplete;
use crate::error::Error;
use crate::source::Source;
use crate::{Application, Exit};

/// Makes keys for programs, shows what is kept of them, and takes them back. A server that runs sees it within a second.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "keys",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} create --name \"build server\" --owner ci --scope builds:write --expires 90d\n{command_name} rotate 8fK2mQ0xYz1a --grace 1d\n{command_name} revoke 8fK2mQ0xYz1a"
)]
pub(super) struct KeysCommand {
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Create(create::Create),
    List(list::List),
    Revoke(revoke::Revoke),
    Rotate(rotate::Rotate),
}

impl KeysCommand {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        match self.command {
            Some(Command::Create(create)) => create.run(application),
            Some(Command::List(list)) => list.run(application),
            Some(Command::Revoke(revoke)) => revoke.run(application),
            Some(Command::Rotate(rotate)) => rotate.run(application),
            None => Ok(incomplete::<KeysCommand>(&[application.name, "auth", "keys"])),
        }
    }
}

/// A key that was made, which is shown this once.
#[derive(Serialize)]
struct Made {
    id: String,
    key: String,
}

impl From<Text> for Made {
    fn from(text: Text) -> Self {
        Made { id: text.id().to_owned(), key: text.as_str().to_owned() }
    }
}

/// The key alone on its line, so that a script can take it.
impl std::fmt::Display for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.key)
    }
}

/// Does something with the keys of a file that is named, or of the configuration.
fn with_keys<T>(
    application: &Application,
    (file, source): (Option<PathBuf>, Source),
    environment: Environment,
    act: impl AsyncFnOnce(&ApiKeys) -> io::Result<T>,
) -> Result<T, Error> {
    let mut told = Audit::default();
    let keys = match file {
        Some(path) => ApiKeys::new(Arc::new(FileStore::open(path).map_err(Error::failure)?)),
        None => {
            let layers = application.layers(source.loader()).map_err(Error::configuration)?;
            let config: Config = layers.part().map_err(Error::configuration)?;
            let stores = Stores::new(&config.auth).map_err(Error::failure)?;
            // A key that is made is printed where lines to a stream would be.
            let audit =
                config.auth.audit.as_ref().filter(|audit| !["stdout", "stderr"].contains(&&*audit.to));
            let audit = audit.map(tsk::audit::open).transpose().map_err(Error::failure)?;
            let stores = audit.into_iter().fold(stores, Stores::audited);
            told = stores.audit().clone();
            let keys = config.auth.api_keys(Path::new(""), &stores).map_err(Error::failure)?;
            keys.ok_or_else(|| Error::usage("there are no keys; pass `--file`, or set `auth.api_keys`"))?
        }
    };
    let keys = keys.environment(environment);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let acted = runtime.map_err(Error::failure)?.block_on(act(&keys)).map_err(Error::failure);
    told.flush();
    acted
}

/// A time as it is written elsewhere: `90d`, `12h`.
fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "write a time such as `90d` or `12h`".to_owned())
}
