//! `tsk web routes`: what there is to ask for.

use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use tsk::admin::RouteInfo;

use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// Lists the routes that the configuration makes. No server need run.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "routes",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --config site.toml\n{command_name} --json | jq -r '.[].path'",
    error_code(0, "there they are"),
    error_code(1, "the routes contradict each other"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Routes {
    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Routes {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let source = Source { file: self.config, overlay: self.env };
        let loaded = application.load(source.loader())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let app = runtime.map_err(Error::failure)?.block_on(loaded.app())?;
        let table = app.validate().map_err(|error| Error::start(&error))?;
        Output::json(self.json).report(&Listing(RouteInfo::all(&table)));
        Ok(Exit::Success)
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Listing(Vec<RouteInfo>);

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            |text: fn(&RouteInfo) -> &str| self.0.iter().map(|route| text(route).len()).max().unwrap_or(0);
        let version = |route: &RouteInfo| route.version.as_deref().map(str::len);
        let versions = self.0.iter().filter_map(version).max();
        let (methods, paths) = (width(|route| &route.method), width(|route| &route.path));
        for (index, RouteInfo { method, path, version, summary, .. }) in self.0.iter().enumerate() {
            let version =
                versions.map(|width| format!("  {:<width$}", version.as_deref().unwrap_or_default()));
            let (version, summary) = (version.unwrap_or_default(), summary.as_deref().unwrap_or_default());
            let line = format!("{method:<methods$}  {path:<paths$}{version}  {summary}");
            let end = if index + 1 < self.0.len() { "\n" } else { "" };
            write!(f, "{}{end}", line.trim_end())?;
        }
        Ok(())
    }
}
