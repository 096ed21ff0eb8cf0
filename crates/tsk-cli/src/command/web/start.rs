//! `tsk web start`: serves until it is told to stop.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use argh::{ArgsInfo, FromArgs};
use tsk::http::{Listen, config::Socket};

use crate::application::Loaded;
use crate::detach;
use crate::error::Error;
use crate::output::Output;
use crate::ready::Ready;
use crate::source::Source;
use crate::state::{State, TakeError, Taken};
use crate::supervisor::{self, Plan};
use crate::{Application, Exit, log, open_files, terminal};

/// Serves ./public, or what the configuration says, until SIGTERM or SIGINT; then finishes the requests in flight.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "start",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --port 9000\n{command_name} -H 0.0.0.0 -p 80 -c site.toml\n{command_name} --detach",
    note = "Settings come from, the strongest first: these options, TSK_* variables\n(TSK_HTTP__LISTEN=0.0.0.0:80), the configuration file, the defaults.",
    error_code(0, "told to stop, and stopped; with --detach: it serves"),
    error_code(1, "could not start or run, because an address is in use, say"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Start {
    /// address or name to listen on, in place of the first in http.listen (127.0.0.1)
    #[argh(option, short = 'H')]
    host: Option<String>,

    /// port to listen on, in place of the first in http.listen (8080); 0 takes a free one
    #[argh(option, short = 'p', from_str_fn(port))]
    port: Option<u16>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// where other commands find the server ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,

    /// threads that serve requests, in place of process.workers (one for each processor)
    #[argh(option, short = 'w', arg_name = "number")]
    workers: Option<NonZeroUsize>,

    /// serve in the background: return once the server is ready, or say why it is not
    #[argh(switch, short = 'd')]
    detach: bool,

    /// say in JSON where it listens
    #[argh(switch)]
    json: bool,

    /// this is the background
    #[argh(switch, hidden_help)]
    detached: bool,
}

impl Start {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let state = State::new(self.state_dir.clone());
        let output = Output::json(self.json);
        if self.detach {
            return detach::start(application, &state, self.words(&state), output);
        }
        if self.detached {
            detach::leave_terminal();
        }
        let load = || self.load(application);
        let loaded = load()?;
        let taken = self.take(application, &state)?;
        let logs = taken.as_ref().map(|_| state.logs());
        let access_log = log::access_log(&loaded.config);
        let log = log::install(application.name, &loaded.settings.log, logs.as_deref(), access_log);
        open_files::allow_all();
        let workers = self.workers.or(loaded.settings.process.workers);
        let workers =
            workers.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN).get();
        let announce = |ready: &Ready| match self.detached {
            true => detach::announce(ready, &state),
            false => output.report(ready),
        };
        let plan = Plan {
            application,
            load: &load,
            state: taken.as_ref().map(|_| &state),
            workers,
            tail: log.tail(),
            announce: &announce,
        };
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(workers).enable_all().build().map_err(Error::failure)?;
        runtime.block_on(supervisor::run(&plan, loaded))?;
        // Handlers that block their thread are not waited for, and the state directory is free once they are gone.
        runtime.shutdown_background();
        drop(log);
        drop(taken);
        Ok(Exit::Success)
    }

    fn load(&self, application: &Application) -> Result<Loaded, Error> {
        let source = Source { file: self.config.clone(), overlay: self.env.clone() };
        let mut loaded = application.load(source.loader())?;
        self.replace(&mut loaded.config.http.listen)?;
        Ok(loaded)
    }

    /// Takes the state directory. Where nobody asked for one and there can be none, the server goes without.
    fn take(&self, application: &Application, state: &State) -> Result<Option<Taken>, Error> {
        let directory = state.directory().display();
        match state.take() {
            Ok(taken) => {
                if let Some(pid) = taken.before() {
                    terminal::note(
                        application.name,
                        format_args!(
                            "process {pid}, which served here before, was killed or crashed; this one takes over"
                        ),
                    );
                }
                Ok(Some(taken))
            }
            Err(TakeError::Running(pid)) => {
                let process = pid.map_or_else(String::new, |pid| format!(", process {pid}"));
                let name = application.name;
                Err(Error::failure(format_args!(
                    "a server with the state directory {directory} runs already{process}; stop it with `{name} web stop`, \
                     or pass another --state-dir"
                )))
            }
            Err(TakeError::Unusable(error)) if state.is_chosen() || self.detached => {
                Err(Error::failure(format_args!(
                    "the state directory {directory} cannot be used: {error}; pass another --state-dir"
                )))
            }
            Err(TakeError::Unusable(error)) => {
                terminal::note(
                    application.name,
                    format_args!(
                        "the state directory {directory} cannot be used ({error}), so that other commands will not find \
                         this server; pass --state-dir"
                    ),
                );
                Ok(None)
            }
        }
    }

    /// The words that start the same server in the background.
    fn words(&self, state: &State) -> Vec<OsString> {
        let mut words: Vec<OsString> =
            ["web", "start", "--detached", "--state-dir"].map(OsString::from).into();
        words.push(state.directory().into());
        let mut option = |name: &str, value: Option<OsString>| {
            if let Some(value) = value {
                let mut word = OsString::from(name);
                word.push("=");
                word.push(value);
                words.push(word);
            }
        };
        option("--host", self.host.clone().map(Into::into));
        option("--port", self.port.map(|port| port.to_string().into()));
        option("--config", self.config.clone().map(Into::into));
        option("--env", self.env.clone().map(Into::into));
        option("--workers", self.workers.map(|workers| workers.to_string().into()));
        words
    }

    /// Puts the host and the port of the command line in place of those of the first TCP address.
    fn replace(&self, listen: &mut Vec<Listen>) -> Result<(), Error> {
        if self.host.is_none() && self.port.is_none() {
            return Ok(());
        }
        let first = listen.iter().position(|listen| matches!(listen.address, Socket::Tcp { .. }));
        let (old_host, old_port) = match first.map(|index| &listen[index].address) {
            Some(Socket::Tcp { host, port }) => (host.clone(), *port),
            _ => ("127.0.0.1".to_owned(), 8080),
        };
        let port = self.port.unwrap_or(old_port);
        let host = self.host.as_deref().unwrap_or(&old_host);
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let address = if bare.contains(':') { format!("[{bare}]:{port}") } else { format!("{bare}:{port}") };
        let new: Socket = address
            .parse()
            .map_err(|_| Error::usage(format_args!("`--host`: `{host}` is neither an address nor a name")))?;
        match first {
            Some(index) => listen[index].address = new,
            None => listen.insert(0, new.into()),
        }
        Ok(())
    }
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a number from 0 to 65535".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn listening(configured: &[&str], host: Option<&str>, port: Option<u16>) -> Result<Vec<String>, Error> {
        let start = Start {
            host: host.map(str::to_owned),
            port,
            config: None,
            env: None,
            state_dir: None,
            workers: None,
            detach: false,
            json: false,
            detached: false,
        };
        let mut listen = configured.iter().map(|address| address.parse().unwrap()).collect();
        start.replace(&mut listen)?;
        Ok(listen.iter().map(|listen| listen.address.to_string()).collect())
    }

    #[test]
    fn host_and_port_replace_those_of_the_first_tcp_address() {
        let configured = ["unix:/run/a.sock", "10.0.0.1:80", "10.0.0.2:80"];
        for (host, port, first) in [
            (None, None, "10.0.0.1:80"),
            (Some("::1"), None, "[::1]:80"),
            (Some("[::1]"), Some(0), "[::1]:0"),
            (None, Some(9000), "10.0.0.1:9000"),
            (Some("localhost"), Some(9000), "localhost:9000"),
        ] {
            assert_eq!(
                listening(&configured, host, port).unwrap(),
                ["unix:/run/a.sock", first, "10.0.0.2:80"]
            );
        }
    }

    #[test]
    fn a_port_adds_an_address_where_there_are_sockets_alone() {
        let configured = ["unix:/run/a.sock"];
        assert_eq!(listening(&configured, None, Some(9000)).unwrap(), ["127.0.0.1:9000", "unix:/run/a.sock"]);
        assert_eq!(listening(&configured, None, None).unwrap(), ["unix:/run/a.sock"]);
    }

    #[test]
    fn a_host_that_is_none_is_refused() {
        for host in ["", "a b", "http://localhost", "localhost:80", ":::"] {
            let error = listening(&["127.0.0.1:80"], Some(host), None).unwrap_err();
            assert_eq!(error.to_string(), format!("`--host`: `{host}` is neither an address nor a name"));
            assert_eq!(error.exit, Exit::Usage);
        }
    }
}
