//! `tsk grafana generate`: files for Grafana's provisioning.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use serde_json::Value;
use tsk::metrics::grafana::Provisioning;

use super::made;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::toml::file;
use crate::{Application, Exit};

/// Writes the dashboards of a service to a folder, a file for each.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "generate",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} dashboards/\n{command_name} --form v2 resources/\n{command_name} dashboards/ --provisioning /etc/grafana/provisioning --prometheus http://prometheus:9090",
    note = "They are made of the routes, of what is counted, of [[slo]] and of [grafana]; no server need run.\nThe same settings give the same bytes. Files of other names in the folder are left alone.",
    error_code(0, "written"),
    error_code(1, "the routes contradict each other, or a file cannot be written"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Generate {
    /// folder to write them to; it is made if it is not there
    #[argh(positional, arg_name = "folder")]
    folder: PathBuf,

    /// classic, for files and the older API, or v2, the resource of the newer one (classic)
    #[argh(option, arg_name = "classic|v2", from_str_fn(form), default = "Form::Classic")]
    form: Form,

    /// folder to write provisioning to: where the dashboards and Prometheus are, alerts, contact points
    #[argh(option, arg_name = "folder")]
    provisioning: Option<PathBuf>,

    /// where Grafana reaches Prometheus (http://localhost:9090)
    #[argh(option, arg_name = "url")]
    prometheus: Option<String>,

    /// webhook that alerts which wake somebody are sent to; with --tickets it makes contact points
    #[argh(option, arg_name = "url")]
    pages: Option<String>,

    /// webhook that alerts are sent to which can wait
    #[argh(option, arg_name = "url")]
    tickets: Option<String>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// say what was written as JSON, and errors
    #[argh(switch)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Classic,
    V2,
}

fn form(text: &str) -> Result<Form, String> {
    match text {
        "classic" => Ok(Form::Classic),
        "v2" => Ok(Form::V2),
        _ => Err("write classic or v2".to_owned()),
    }
}

impl Generate {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let source = Source { file: self.config, overlay: self.env };
        let (dashboards, config) = made(application, &source)?;
        let mut written = Written { files: Vec::new() };
        for dashboard in dashboards.all() {
            let value = match self.form {
                Form::Classic => dashboard.classic(),
                Form::V2 => dashboard.resource(),
            };
            written.write(&self.folder, &format!("{}.json", dashboard.uid), &value)?;
        }
        let Some(folder) = self.provisioning else {
            if self.prometheus.is_some() || self.pages.is_some() || self.tickets.is_some() {
                return Err(Error::usage(
                    "where alerts and Prometheus are is provisioning; add --provisioning",
                ));
            }
            Output::json(self.json).report(&written);
            return Ok(Exit::Success);
        };
        let provisioning = Provisioning::new(&config);
        let absolute = std::path::absolute(&self.folder).map_err(Error::failure)?;
        let prometheus = self.prometheus.as_deref().unwrap_or("http://localhost:9090");
        let rules = application.made(&source)?.rules().map_err(|error| Error::start(&error))?;
        let name = format!("{}.yaml", config.uid);
        let mut write =
            |part: &str, name: &str, value: &Value| written.write(&folder.join(part), name, value);
        write("datasources", &name, &provisioning.datasource(prometheus))?;
        write("dashboards", &name, &provisioning.dashboards(&absolute.display().to_string()))?;
        write("alerting", &format!("{}-rules.yaml", config.uid), &provisioning.alerts(&rules))?;
        match (&self.pages, &self.tickets) {
            (Some(pages), Some(tickets)) => {
                let points = provisioning.contact_points(pages, tickets);
                write("alerting", &format!("{}-contact-points.yaml", config.uid), &points)?;
            }
            (None, None) => {}
            _ => return Err(Error::usage("alerts of both kinds go somewhere; pass --pages and --tickets")),
        }
        Output::json(self.json).report(&written);
        Ok(Exit::Success)
    }
}

#[derive(Serialize)]
struct Written {
    files: Vec<String>,
}

impl Written {
    fn write(&mut self, folder: &Path, name: &str, value: &Value) -> Result<(), Error> {
        let path = folder.join(name);
        let text = serde_json::to_string_pretty(value).expect("a JSON value can be written to memory");
        fs::create_dir_all(folder)
            .and_then(|()| file::replace(&path, None, &format!("{text}\n")))
            .map_err(|error| Error::failure(format_args!("cannot write {}: {error}", path.display())))?;
        self.files.push(path.display().to_string());
        Ok(())
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrote {}", self.files.join(", "))
    }
}
