//! `tsk auth explain`: whether somebody may use a route, or why not.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use tsk::auth::explain::Subject;

use crate::command::web::with_server;
use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit};

/// Says whether somebody may use a route of the running server, and which part of its rule refuses them.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "explain",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} \"POST /posts\"\n{command_name} \"POST /posts\" --as ada --role editor\n{command_name} \"POST /posts\" --scope posts:write --json",
    note = "Without --as, --role and --scope it is somebody of whom nothing is known. Nothing is looked up of who is named: what it brings has to be said.",
    error_code(0, "there it is, whether they may or not"),
    error_code(1, "there is no such route, or the server does not answer"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server runs")
)]
pub(super) struct Explain {
    /// the route, as it was declared, such as "GET /users/{id}"
    #[argh(positional, arg_name = "route")]
    route: String,

    /// who is calling
    #[argh(option, long = "as", arg_name = "principal")]
    principal: Option<String>,

    /// a role that it has; may be repeated
    #[argh(option, long = "role", arg_name = "role")]
    roles: Vec<String>,

    /// a permission that it has besides, such as a scope of its token; may be repeated
    #[argh(option, long = "scope", arg_name = "scope")]
    scopes: Vec<String>,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Explain {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { route, principal, roles, scopes, state_dir, json } = self;
        let subject = Subject { route, principal, roles: roles.join(" "), scopes: scopes.join(" ") };
        let verdict =
            with_server(application, state_dir, async |server| server.explain_access(&subject).await)?;
        Output::json(json).report(&verdict);
        Ok(Exit::Success)
    }
}
