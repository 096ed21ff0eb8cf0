//! `tsk grafana push` and `tsk grafana diff`: dashboards in a Grafana that runs.

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use tsk::core::client::{Client, Settings};
use tsk::metrics::grafana::{self, Change, Pushed};

use super::made;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// The token of a service account.
const TOKEN: &str = "GRAFANA_TOKEN";

/// Brings the dashboards of a service into a Grafana, by its API: those that are not there as they should be.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "push",
    help_triggers("-h", "--help", "help"),
    example = "GRAFANA_TOKEN=glsa_… {command_name} --url https://grafana.example\n{command_name} --url https://grafana.example --dry-run",
    note = "The token is that of a service account that may write dashboards and folders, in the variable GRAFANA_TOKEN, which no list of processes shows.\nA dashboard is found again by its uid, and nothing is deleted. What somebody changes while it is written is not overwritten, unless --overwrite is given.",
    error_code(0, "all are as they should be"),
    error_code(1, "Grafana cannot be reached, or refuses"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Push {
    /// where Grafana is
    #[argh(option, arg_name = "url")]
    url: String,

    /// say what would change, and change nothing
    #[argh(switch)]
    dry_run: bool,

    /// overwrite what somebody else changes at the same time
    #[argh(switch)]
    overwrite: bool,

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

/// Says how the dashboards in a Grafana are other than they should be.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "diff",
    help_triggers("-h", "--help", "help"),
    example = "GRAFANA_TOKEN=glsa_… {command_name} --url https://grafana.example",
    note = "It changes nothing. The token is that of a service account that may read dashboards, in the variable GRAFANA_TOKEN.",
    error_code(0, "all are as they should be"),
    error_code(1, "one is other, or Grafana cannot be reached, or refuses"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Diff {
    /// where Grafana is
    #[argh(option, arg_name = "url")]
    url: String,

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

impl Push {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let source = Source { file: self.config, overlay: self.env };
        let told = push(application, &source, &self.url, self.dry_run, self.overwrite)?;
        Output::json(self.json).report(&told);
        Ok(Exit::Success)
    }
}

impl Diff {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let source = Source { file: self.config, overlay: self.env };
        let told = push(application, &source, &self.url, true, false)?;
        Output::json(self.json).report(&told);
        let is_same = told.dashboards.iter().all(|pushed| pushed.change == Change::Unchanged);
        Ok(if is_same { Exit::Success } else { Exit::Failure })
    }
}

fn push(
    application: &Application,
    source: &Source,
    url: &str,
    is_dry: bool,
    is_overwriting: bool,
) -> Result<Told, Error> {
    let (dashboards, config) = made(application, source)?;
    let token = env::var(TOKEN).map_err(|_| {
        Error::usage(format_args!("Grafana demands a token; set {TOKEN} to that of a service account"))
    })?;
    let client = Client::new(&Settings::default()).map_err(Error::failure)?;
    let push = grafana::Push::new(Arc::new(client), url, &token, (&config.uid, config.folder()));
    let push = push.map_err(Error::usage)?.dry(is_dry).overwriting(is_overwriting);
    let pushing = async {
        push.folder().await?;
        let mut told = Vec::new();
        for dashboard in dashboards.all() {
            told.push(push.dashboard(dashboard).await?);
        }
        Ok::<_, grafana::PushError>(told)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let dashboards = runtime.map_err(Error::failure)?.block_on(pushing).map_err(Error::failure)?;
    Ok(Told { is_dry, dashboards })
}

#[derive(Serialize)]
struct Told {
    #[serde(rename = "dry_run")]
    is_dry: bool,
    dashboards: Vec<Pushed>,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Pushed { uid, change, differences, .. }) in self.dashboards.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            let would = if self.is_dry && *change != Change::Unchanged { "would be " } else { "" };
            write!(f, "{end}{uid}: {would}{change}")?;
            differences.iter().try_for_each(|difference| write!(f, "\n  {difference}"))?;
        }
        Ok(())
    }
}
