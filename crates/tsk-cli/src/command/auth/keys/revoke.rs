//! `tsk auth keys revoke`.

use std::path::PathBuf;
use std::time::SystemTime;

use argh::{ArgsInfo, FromArgs};
use tsk::auth::api_key::Environment;

use super::with_keys;
use crate::error::Error;
use crate::source::Source;
use crate::{Application, Exit};

/// Takes a key back, and the one that it has replaced. A server that runs refuses it within a second.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "revoke",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} 8fK2mQ0xYz1a",
    error_code(0, "it holds no longer"),
    error_code(1, "there is no such key, or the file cannot be read or written"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Revoke {
    /// the identifier of the key
    #[argh(positional, arg_name = "id")]
    id: String,

    /// the file of the keys (auth.api_keys of the configuration)
    #[argh(option, arg_name = "file")]
    file: Option<PathBuf>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,
}

impl Revoke {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let place = (self.file, Source { file: self.config, overlay: None });
        with_keys(application, place, Environment::Live, async |keys| {
            keys.revoke(&self.id, SystemTime::now()).await
        })?;
        Ok(Exit::Success)
    }
}
