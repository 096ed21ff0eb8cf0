//! `tsk docs routes`: every route, with what it is for and what it demands.

use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use tsk::admin::RouteInfo;
use tsk::core::RouteTable;
use tsk::docs::route_table;

use super::origin::{ApiVersion, Origin, target};
use crate::client::Target;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit, terminal};

/// Lists the routes of a service by their paths, those that its documents leave out as well.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "routes",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --from http://127.0.0.1:9464\n{command_name} --json | jq -r '.[] | select(.deprecated).path'",
    note = "No server need run, but with --from: then the routes are those that it serves.",
    error_code(0, "there they are"),
    error_code(1, "the routes contradict each other, there is no such version, or the server refuses"),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server answers there"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Routes {
    /// version of the API: its routes, and those that are of none (all)
    #[argh(option, arg_name = "name")]
    api_version: Option<ApiVersion>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// admin listener of a running server to ask: http://host:port, https://host, unix:/path
    #[argh(option, arg_name = "url", from_str_fn(target))]
    from: Option<Target>,

    /// token that the admin listener demands ($TSK_ADMIN__TOKEN, which no list of processes shows)
    #[argh(option)]
    token: Option<String>,

    /// authorities that https is believed by, in place of those of browsers
    #[argh(option, arg_name = "file")]
    ca: Option<PathBuf>,

    /// believe any certificate
    #[argh(switch)]
    insecure: bool,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Routes {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { api_version, config, env, from, token, ca, insecure, json } = self;
        let origin = Origin::new(Source { file: config, overlay: env }, from, token, ca, insecure)?;
        let listing = Listing(origin.routes(application, api_version.as_ref())?);
        match Output::json(json) {
            Output::Text => terminal::table(&listing.to_string()),
            json => json.report(&listing),
        }
        Ok(Exit::Success)
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Listing(Vec<RouteInfo>);

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = RouteTable::new(self.0.iter().cloned().map(Into::into));
        f.write_str(&route_table(&table))
    }
}
