//! `tsk web status`: what a running server does.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};

use super::with_server;
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Says what the running server does: its process, listeners, requests, connections, memory.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "status",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --json | jq .requests\n{command_name} --state-dir /run/shop",
    error_code(0, "a server runs"),
    error_code(1, "a server runs, and does not answer"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct Status {
    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Status {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let status = with_server(application, self.state_dir, async |server| server.status().await)?;
        Output::json(self.json).report(&status);
        Ok(Exit::Success)
    }
}
