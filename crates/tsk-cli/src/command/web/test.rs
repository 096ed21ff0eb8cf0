//! `tsk web test`: looks at what a server needs, asks the one that runs, and sees how much it bears.

mod checks;
mod plan;
mod report;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use argh::{ArgsInfo, FromArgs};
use tokio::signal::unix::{SignalKind, signal};

use self::report::{Progress, Report};
use self::server::Found;
use crate::application::Loaded;
use crate::check::{self, Check};
use crate::client;
use crate::error::Error;
use crate::load::{self, Most, Thresholds};
use crate::output::Output;
use crate::running::Running;
use crate::source::Source;
use crate::state::State;
use crate::{Application, Exit, open_files};

/// Checks what a server needs: settings, addresses, certificates, directories, databases. Then asks each route of the
/// server that runs; and with --rate, --connections, --duration or a threshold, how it does under load.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "test",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --offline --json\n{command_name} --rate 500 --duration 30s --p99 50ms --errors 0\n{command_name} --url https://example.com --path /search?q=tea --rate 10",
    note = "Load: with --rate requests are made by the clock, and latency counts from when\neach was due. With --connections and no --rate each connection asks as fast as it\nis answered, and latency counts from when each was sent.",
    error_code(0, "nothing failed; there may be warnings"),
    error_code(1, "could not be tested"),
    error_code(2, "the command line is wrong"),
    error_code(3, "there is no server to put under load"),
    error_code(4, "a check, a route or a threshold failed"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Test {
    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// server to ask, in place of the one that runs here: http://host:port, https://host, unix:/path
    #[argh(option)]
    url: Option<client::Target>,

    /// leave alone what may be on another machine
    #[argh(switch)]
    offline: bool,

    /// as JSON
    #[argh(switch)]
    json: bool,

    /// authorities that https is believed by, in place of those of browsers
    #[argh(option, arg_name = "file")]
    ca: Option<PathBuf>,

    /// believe any certificate
    #[argh(switch)]
    insecure: bool,

    /// header of every request, as 'name: value'; may be repeated
    #[argh(option, arg_name = "field", from_str_fn(plan::header))]
    header: Vec<plan::Field>,

    /// how long an answer may take (10s)
    #[argh(option, default = "Duration::from_secs(10)", from_str_fn(plan::duration))]
    timeout: Duration,

    /// put it under load, though none of the options below is given
    #[argh(switch)]
    load: bool,

    /// requests a second (100, unless there is --connections)
    #[argh(option, arg_name = "number", from_str_fn(plan::rate))]
    rate: Option<f64>,

    /// connections, each with one request at a time (10)
    #[argh(option, arg_name = "number", from_str_fn(plan::connections))]
    connections: Option<usize>,

    /// how long requests are made and counted (10s)
    #[argh(option, from_str_fn(plan::duration))]
    duration: Option<Duration>,

    /// how long requests are made before, and not counted (0s)
    #[argh(option, from_str_fn(plan::warmup))]
    warmup: Option<Duration>,

    /// path to ask, with its query; may be repeated, and then they are asked in turn (/)
    #[argh(option)]
    path: Vec<String>,

    /// method to ask with (GET, or POST if there is a body)
    #[argh(option, arg_name = "name")]
    method: Option<http::Method>,

    /// body to send
    #[argh(option, arg_name = "text")]
    body: Option<String>,

    /// file that holds the body to send
    #[argh(option, arg_name = "file")]
    body_file: Option<PathBuf>,

    /// fail if half of the requests took longer
    #[argh(option, arg_name = "duration", from_str_fn(plan::duration))]
    p50: Option<Duration>,

    /// fail if one in ten took longer
    #[argh(option, arg_name = "duration", from_str_fn(plan::duration))]
    p90: Option<Duration>,

    /// fail if one in a hundred took longer
    #[argh(option, arg_name = "duration", from_str_fn(plan::duration))]
    p99: Option<Duration>,

    /// fail if one in a thousand took longer
    #[argh(option, arg_name = "duration", from_str_fn(plan::duration))]
    p999: Option<Duration>,

    /// fail if any took longer
    #[argh(option, arg_name = "duration", from_str_fn(plan::duration))]
    max: Option<Duration>,

    /// fail if more were not answered, or with a status of 400 or above: 0, or 1%
    #[argh(option, arg_name = "most")]
    errors: Option<Most>,

    /// fail if fewer were answered a second
    #[argh(option, arg_name = "number", from_str_fn(plan::rate))]
    min_rate: Option<f64>,
}

impl Test {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let load = self.plan()?;
        if let Some(url) = self.url.as_ref().filter(|url| self.offline && !url.is_local()) {
            return Err(Error::usage(format_args!(
                "`{url}` is not on this machine; leave out --offline or --url"
            )));
        }
        let source = Source { file: self.config.clone(), overlay: self.env.clone() };
        let loaded = loaded(application, &source)?;
        open_files::allow_all();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.map_err(Error::failure)?.block_on(self.test(application, loaded, load))
    }

    async fn test(
        self,
        application: &Application,
        loaded: Loaded,
        load: Option<load::Plan>,
    ) -> Result<Exit, Error> {
        let mut progress = Progress::new(Output::json(self.json));
        let mut report = Report::default();

        let state = State::new(self.state_dir.clone());
        // A section of the program itself; another may have one of that name, and a first page with it.
        let has_site = loaded.effective.get("site").is_some();
        let (running, mute) = match Running::find(application, &state).await {
            Ok(None) => (Running::answering(&loaded.config.http.listen).await, None),
            Ok(found) => (found, None),
            Err(error) => (None, Some(Check::unmet("state", error))),
        };
        let (checks, routes) = self.checks(loaded, running.as_ref(), &state).await;
        report.checks = checks;
        report.checks.extend(mute);
        progress.checks(&report.checks);

        let found = self.server(running.as_ref()).await?;
        let (server, connector) = match found {
            Found::Server(connector, check) => (check, Some(connector)),
            Found::Nothing(check) => (check, None),
        };
        report.server = Some(server);
        if let (Some(connector), Some(routes)) = (&connector, &routes) {
            let headers = self.headers(application, connector.target());
            report.routes = check::routes::check(routes, has_site, connector, &headers, self.timeout).await;
        }
        progress.server(&report);

        let mut missing = None;
        if let Some(plan) = load {
            match connector {
                Some(connector) => {
                    let plan = self.addressed(plan, application, connector.target())?;
                    match load::run(plan, connector, interrupted()?).await {
                        Ok(load) => {
                            report.thresholds = self.thresholds().judge(&load);
                            report.load = Some(load);
                        }
                        Err(failure) => {
                            report.thresholds.push(Check::fail("load", failure, "see whether it runs"))
                        }
                    }
                    progress.load(&report);
                }
                None => missing = Some(self.no_server(application)),
            }
        }
        let exit = progress.finish(report);
        match missing {
            Some(error) if exit == Exit::Success => Err(error),
            _ => Ok(exit),
        }
    }

    fn thresholds(&self) -> Thresholds {
        let Test { p50, p90, p99, p999, max, errors, min_rate, .. } = *self;
        Thresholds { p50, p90, p99, p999, max, errors, min_rate }
    }

    fn no_server(&self, application: &Application) -> Error {
        let name = application.name;
        Error::not_running(format_args!(
            "no server runs that could be put under load; start one with `{name} web start`, or pass --url"
        ))
    }
}

/// Ends when somebody wants to see no more of it.
fn interrupted() -> Result<impl Future<Output = ()>, Error> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::failure)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::failure)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Reads the settings. Where more than one is wrong, the error says where all of them are listed.
fn loaded(application: &Application, source: &Source) -> Result<Loaded, Error> {
    let layers = application.layers(source.loader()).map_err(Error::configuration)?;
    match &application.mistakes(&layers)[..] {
        [] => application.load_from(&layers),
        [mistake] => Err(Error::configuration(mistake)),
        [first, further @ ..] => Err(Error::configuration(format_args!(
            "{first}; and {} more, which `{} web config validate` lists",
            further.len(),
            application.name
        ))),
    }
}
