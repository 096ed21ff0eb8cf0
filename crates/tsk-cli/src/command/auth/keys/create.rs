//! `tsk auth keys create`.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use argh::{ArgsInfo, FromArgs};
use tsk::auth::access::Grants;
use tsk::auth::api_key::Environment;

use super::{Made, duration, with_keys};
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// Makes a key and shows it, this once: what is kept of it is a hash.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "create",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} --name \"build server\" --owner ci --scope builds:write --expires 90d\n{command_name} --name try --owner ada --role editor --test",
    error_code(0, "there it is"),
    error_code(1, "the file cannot be read or written"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Create {
    /// what it is called
    #[argh(option, arg_name = "name")]
    name: String,

    /// who is calling with it, for limits and logs
    #[argh(option, arg_name = "who")]
    owner: String,

    /// a permission that it gives; may be repeated
    #[argh(option, arg_name = "permission")]
    scope: Vec<String>,

    /// a role that it gives; may be repeated
    #[argh(option, arg_name = "role")]
    role: Vec<String>,

    /// for how long it holds, such as 90d (for ever)
    #[argh(option, arg_name = "time", from_str_fn(duration))]
    expires: Option<Duration>,

    /// for trying out, `tsk_test_`, and not for what is live
    #[argh(switch)]
    test: bool,

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

impl Create {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let grants = self.scope.into_iter().fold(Grants::default(), Grants::permission);
        let grants = self.role.into_iter().fold(grants, Grants::role);
        let environment = if self.test { Environment::Test } else { Environment::Live };
        let place = (self.file, Source { file: self.config, overlay: None });
        let made = with_keys(application, place, environment, async |keys| {
            keys.create(&self.name, &self.owner, &grants, self.expires, SystemTime::now()).await
        })?;
        Output::json(self.json).report(&Made::from(made));
        Ok(Exit::Success)
    }
}
