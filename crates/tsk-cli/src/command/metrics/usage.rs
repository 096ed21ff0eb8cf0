//! `tsk metrics usage`: who uses what.

use std::path::PathBuf;
use std::time::Duration;

use argh::{ArgsInfo, FromArgs};
use tsk::metrics::usage::{Of, Question};

use crate::command::web::with_server;
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Says who uses the running server: which consumers ask most, of all, or of a version or a route; or which routes or versions one asks for.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "usage",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} --version v1 --window 7d\n{command_name} --of routes --consumer billing\n{command_name} --route \"GET /users/{{id}}\" --json",
    note = "It is counted where `usage.enabled` is true, since the start of the server. Of a version as many consumers are known as\n`usage.consumers` says, and of a route the 16 that ask most.",
    error_code(0, "there it is"),
    error_code(1, "it is not counted, there is no such route or version, or the server does not answer"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct Usage {
    /// what is told apart: consumers, routes or versions (consumers)
    #[argh(option, arg_name = "what", from_str_fn(of), default = "Of::Consumers")]
    of: Of,

    /// of the requests of this consumer
    #[argh(option, arg_name = "id")]
    consumer: Option<String>,

    /// of the requests of this route, as it was declared, such as "POST /login"
    #[argh(option, arg_name = "route")]
    route: Option<String>,

    /// of the requests of this version of the API
    #[argh(option, arg_name = "name")]
    version: Option<String>,

    /// those of which there was a request within this time, such as 7d, and how many (since the start)
    #[argh(option, arg_name = "duration", from_str_fn(duration))]
    window: Option<Duration>,

    /// how many are told, 100 at most (20)
    #[argh(option, arg_name = "count", default = "20")]
    limit: usize,

    /// how many are passed over (0)
    #[argh(option, arg_name = "count", default = "0")]
    offset: usize,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Usage {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { of, consumer, route, version, window, limit, offset, state_dir, json } = self;
        let question = Question { of, consumer, route, version, window, limit, offset };
        let answer = with_server(application, state_dir, async |server| server.usage(&question).await)?;
        Output::json(json).report(&answer);
        Ok(Exit::Success)
    }
}

fn of(text: &str) -> Result<Of, String> {
    match text {
        "consumers" => Ok(Of::Consumers),
        "routes" => Ok(Of::Routes),
        "versions" => Ok(Of::Versions),
        _ => Err("write `consumers`, `routes` or `versions`".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "write a duration such as 7d, 12h, 30m".to_owned())
}
