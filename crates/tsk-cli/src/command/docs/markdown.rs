//! `tsk docs markdown`: a page for people and for wikis.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};

use super::origin::{ApiVersion, Kind, Origin, target};
use super::written;
use crate::client::Target;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// Prints the reference of a service in Markdown, or writes it to a file.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "markdown",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --output API.md\n{command_name} --from http://127.0.0.1:9464 | less",
    note = "No server need run, but with --from: then the reference is of what it serves.\nA file is replaced as a whole, or left as it was.",
    error_code(0, "printed, or written"),
    error_code(
        1,
        "the routes contradict each other, there is no such version, the server refuses, or the file cannot be written"
    ),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server answers there"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Markdown {
    /// file to write it to, in place of standard output
    #[argh(option, short = 'o', arg_name = "file")]
    output: Option<PathBuf>,

    /// version of the API, by its name (the newest)
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

    /// say what was written as JSON, and errors
    #[argh(switch)]
    json: bool,
}

impl Markdown {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { output, api_version, config, env, from, token, ca, insecure, json } = self;
        let origin = Origin::new(Source { file: config, overlay: env }, from, token, ca, insecure)?;
        let page = origin.document(application, Kind::Markdown, api_version.as_ref())?;
        written::give(&page, output.as_deref(), Output::json(json))
    }
}
