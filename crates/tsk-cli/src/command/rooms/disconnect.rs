//! `tsk rooms disconnect`: closing connections.

use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use http::Method;

use crate::command::web::with_server;
use crate::control::{
    client::query,
    rooms::{Disconnected, Subject},
};
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Disconnects somebody from all rooms of the running server.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "disconnect",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} --user eve\n{command_name} --connection 17",
    note = "Whoever is disconnected may come again: revoke what it shows first.",
    error_code(0, "it is done"),
    error_code(1, "the server has no rooms, or does not answer"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct Disconnect {
    /// a user, wherever it is connected
    #[argh(option, arg_name = "principal")]
    user: Option<String>,

    /// one connection, by its number
    #[argh(option, arg_name = "number")]
    connection: Option<u64>,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Disconnect {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { user, connection, state_dir, json } = self;
        if user.is_some() == connection.is_some() {
            return Err(Error::usage("say who: either `--user` or `--connection`"));
        }
        let connection = connection.map(|number| number.to_string());
        let path =
            format!("/rooms/disconnect?{}", query(&Subject { user, connection, ..Subject::default() }));
        let ask = async |server: crate::control::Client| server.ask(Method::POST, &path).await;
        let disconnected: Disconnected = with_server(application, state_dir, ask)?;
        Output::json(json).report(&disconnected);
        Ok(Exit::Success)
    }
}

impl fmt::Display for Disconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.connections {
            0 => f.write_str("nobody of that name is connected"),
            1 => f.write_str("1 connection is closed"),
            more => write!(f, "{more} connections are closed"),
        }
    }
}
