//! `tsk rooms publish`: saying something in a room.

use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use http::Method;

use crate::command::web::with_server;
use crate::control::{
    client::query,
    rooms::{Said, Subject},
};
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Says something to everybody in a room of the running server.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "publish",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} chat:lobby notice '{{\"text\": \"We close in a minute.\"}}'",
    note = "What is said is short: it has some 5,000 characters at most.",
    error_code(0, "it is said"),
    error_code(1, "there are no rooms of that name, or the server does not answer"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct Publish {
    /// the room
    #[argh(positional, arg_name = "topic")]
    topic: String,

    /// what it is
    #[argh(positional, arg_name = "event")]
    event: String,

    /// what it says, in JSON (an empty object)
    #[argh(positional, arg_name = "payload")]
    payload: Option<String>,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Publish {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { topic, event, payload, state_dir, json } = self;
        let subject = Subject { topic: Some(topic), event: Some(event), payload, ..Subject::default() };
        let path = format!("/rooms/publish?{}", query(&subject));
        let ask = async |server: crate::control::Client| server.ask(Method::POST, &path).await;
        let said: Said = with_server(application, state_dir, ask)?;
        Output::json(json).report(&said);
        Ok(Exit::Success)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "said, as number {} in the room", self.offset)
    }
}
