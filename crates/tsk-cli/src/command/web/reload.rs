//! `tsk web reload`: has a running server read its configuration again.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use http::Method;

use super::with_server;
use crate::control::service::Reloaded;
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Has the running server read its configuration and certificates again, and follow them. If they are wrong, nothing
/// changes.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "reload",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --json",
    note = "SIGHUP does the same, and the log says how it went. Clients notice nothing: what is\nin flight is finished, and connections are closed when they have nothing to do.",
    error_code(0, "the configuration is in use"),
    error_code(1, "the server could not do it"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs"),
    error_code(78, "the configuration is wrong, and the server goes on as before")
)]
pub(super) struct Reload {
    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Reload {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let reload = async |server: crate::control::Client| server.ask(Method::POST, "/reload").await;
        let reloaded: Reloaded = with_server(application, self.state_dir, reload)?;
        Output::json(self.json).report(&reloaded);
        Ok(Exit::Success)
    }
}
