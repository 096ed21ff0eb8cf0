//! `tsk docs openapi`: a document for generators, linters and gateways.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};

use super::origin::{ApiVersion, Kind, Origin, target};
use super::written;
use crate::client::Target;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// Prints the OpenAPI document of a service, or writes it to a file.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "openapi",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} | jq '.paths | keys'\n{command_name} --spec 3.0 --output openapi.json\n{command_name} --from unix:/run/shop/admin.sock --pretty",
    note = "No server need run, but with --from: then the document is of what it serves.\nThe same routes give the same bytes. A file is replaced as a whole, or left as it was.",
    error_code(0, "printed, or written"),
    error_code(
        1,
        "the routes contradict each other, there is no such version, the server refuses, or the file cannot be written"
    ),
    error_code(2, "the command line is wrong"),
    error_code(3, "no server answers there"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Openapi {
    /// version of OpenAPI: 3.1 or 3.0 (3.1)
    #[argh(option, arg_name = "3.1|3.0", from_str_fn(spec), default = "Kind::Openapi")]
    spec: Kind,

    /// with line breaks and indents, as it is reviewed and compared
    #[argh(switch)]
    pretty: bool,

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

impl Openapi {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let Self { spec, pretty, output, api_version, config, env, from, token, ca, insecure, json } = self;
        let origin = Origin::new(Source { file: config, overlay: env }, from, token, ca, insecure)?;
        let document = origin.document(application, spec, api_version.as_ref())?;
        let document = if pretty { indented(&document)? } else { document };
        written::give(&document, output.as_deref(), Output::json(json))
    }
}

/// The same document, its keys in the same order.
fn indented(document: &str) -> Result<String, Error> {
    let value: serde_json::Value = serde_json::from_str(document)
        .map_err(|error| Error::failure(format_args!("what the server answers is no JSON: {error}")))?;
    Ok(serde_json::to_string_pretty(&value).expect("a JSON value can be written to memory"))
}

fn spec(text: &str) -> Result<Kind, String> {
    match text {
        "3.1" => Ok(Kind::Openapi),
        "3.0" => Ok(Kind::Openapi3_0),
        _ => Err("write 3.1 or 3.0".to_owned()),
    }
}
