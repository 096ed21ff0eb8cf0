//! `tsk rooms members`: who is in a room, or connected.

use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use http::Method;
use serde::Serialize;
use tsk::ws::rooms::MemberInfo;

use crate::command::web::with_server;
use crate::control::{client::query, rooms::Subject};
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Lists who is in a room of the running server, or everybody who is connected.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "members",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} chat:lobby --json",
    error_code(0, "there they are"),
    error_code(1, "there is no such room, or the server does not answer"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct Members {
    /// the room (everybody who is connected)
    #[argh(positional, arg_name = "topic")]
    topic: Option<String>,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Members {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let subject = Subject { topic: self.topic, ..Subject::default() };
        let path = format!("/rooms/members?{}", query(&subject));
        let ask = async |server: crate::control::Client| server.ask(Method::GET, &path).await;
        let members: Vec<MemberInfo> = with_server(application, self.state_dir, ask)?;
        Output::json(self.json).report(&Listing(members));
        Ok(Exit::Success)
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Listing(Vec<MemberInfo>);

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10}  {:<9}  {:>8}  {:<39}  user", "connection", "by", "waiting", "from")?;
        for member in &self.0 {
            let (client, user) =
                (member.client.as_deref().unwrap_or("-"), member.user.as_deref().unwrap_or("-"));
            let MemberInfo { connection, transport, waiting_bytes, .. } = member;
            write!(f, "\n{connection:>10}  {transport:<9}  {waiting_bytes:>8}  {client:<39}  {user}")?;
        }
        Ok(())
    }
}
