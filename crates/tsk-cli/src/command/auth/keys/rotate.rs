//! `tsk auth keys rotate`.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use argh::{ArgsInfo, FromArgs};
use tsk::auth::api_key::Environment;

use super::{Made, duration, with_keys};
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// How long the one before holds, unless it is told otherwise.
const GRACE: Duration = Duration::from_secs(24 * 3600);

/// Makes another key in the place of one and shows it, this once. The one before holds for a while.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "rotate",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} 8fK2mQ0xYz1a\n{command_name} 8fK2mQ0xYz1a --grace 0s",
    error_code(0, "there it is"),
    error_code(1, "there is no such key, it is at its end, or the file cannot be read or written"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Rotate {
    /// the identifier of the key
    #[argh(positional, arg_name = "id")]
    id: String,

    /// for how long the one before holds (1d)
    #[argh(option, arg_name = "time", from_str_fn(duration), default = "GRACE")]
    grace: Duration,

    /// the file of the keys (auth.api_keys of the configuration)
    #[argh(option, arg_name = "file")]
    file: Option<PathBuf>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Rotate {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let place = (self.file, Source { file: self.config, overlay: None });
        let made = with_keys(application, place, Environment::Live, async |keys| {
            keys.rotate(&self.id, self.grace, SystemTime::now()).await
        })?;
        Output::json(self.json).report(&Made::from(made));
        Ok(Exit::Success)
    }
}
