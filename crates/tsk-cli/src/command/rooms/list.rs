//! `tsk rooms list`: which rooms there are.

use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use http::Method;
use serde::Serialize;
use tsk::ws::rooms::RoomInfo;

use crate::command::web::with_server;
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Lists the rooms of the running server, those with the most members first.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "list",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --json",
    error_code(0, "there they are"),
    error_code(1, "the server has none, or does not answer"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct List {
    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl List {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let list = async |server: crate::control::Client| server.ask(Method::GET, "/rooms").await;
        let rooms: Vec<RoomInfo> = with_server(application, self.state_dir, list)?;
        Output::json(self.json).report(&Listing(rooms));
        Ok(Exit::Success)
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Listing(Vec<RoomInfo>);

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>7}  {:>7}  {:>5}  topic", "members", "said", "kept")?;
        for room in &self.0 {
            write!(f, "\n{:>7}  {:>7}  {:>5}  {}", room.members, room.offset, room.kept, room.topic)?;
        }
        Ok(())
    }
}
