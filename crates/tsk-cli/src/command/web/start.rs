//! `tsk web start`: serves until it is told to stop.

use std::io;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use tsk::http::{Listen, config::Socket};

use crate::application::Loaded;
use crate::error::Error;
use crate::source::Source;
use crate::state::State;
use crate::{Application, Exit, log, open_files, terminal};

/// Serves ./public, or what the configuration says, until SIGTERM or SIGINT; then finishes the requests in flight.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "start",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --port 9000\n{command_name} -H 0.0.0.0 -p 80 -c site.toml",
    note = "Settings come from, the strongest first: these options, TSK_* variables\n(TSK_HTTP__LISTEN=0.0.0.0:80), the configuration file, the defaults.",
    error_code(0, "told to stop, and stopped"),
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
}

impl Start {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let loaded = self.load(application)?;
        let state = State::new(None);
        let _log = log::install(&loaded.settings.log, Some(&state.logs()), log::access_log(&loaded.config));
        open_files::allow_all();
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        if let Some(workers) = loaded.settings.workers {
            runtime.worker_threads(workers);
        }
        runtime.enable_all().build().map_err(Error::failure)?.block_on(serve(loaded))
    }

    fn load(&self, application: &Application) -> Result<Loaded, Error> {
        let source = Source { file: self.config.clone() };
        let mut loaded = application.load(source.loader())?;
        self.replace(&mut loaded.config.http.listen)?;
        Ok(loaded)
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

async fn serve(loaded: Loaded) -> Result<Exit, Error> {
    let server = loaded.app().await?.bind().await.map_err(|error| cannot_start(&error))?;
    let addresses = server.addresses();
    let announce = async {
        for address in &addresses {
            terminal::say(format_args!("listening on {address}"));
        }
    };
    // In this order: whoever reads the line may send a signal at once, and the server must listen for it by then.
    let (stopped, ()) = tokio::join!(server.serve_until_signalled(), announce);
    let abandoned = stopped.map_err(Error::failure)?.abandoned;
    if abandoned > 0 {
        terminal::note(format_args!("closed unfinished, after http.drain_timeout: {abandoned} connections"));
    }
    Ok(Exit::Success)
}

/// An error of the server, with what to do about it.
fn cannot_start(error: &tsk::Error) -> Error {
    let Some(error) = error.http() else { return Error::failure(error) };
    // The routes are ours, so that what is left is a setting that contradicts itself.
    let Some(address) = error.address() else { return Error::configuration(error) };
    let reason = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    let is_tcp = matches!(address, Socket::Tcp { .. });
    let advice = match reason.map(io::Error::kind) {
        Some(io::ErrorKind::AddrInUse) if is_tcp => {
            "the address is in use by another program; pass --port, or stop it"
        }
        Some(io::ErrorKind::AddrInUse) => {
            "the address is in use by another program; name another in http.listen, or stop it"
        }
        Some(io::ErrorKind::AddrNotAvailable) => "this machine does not have the address; pass --host",
        Some(io::ErrorKind::PermissionDenied) if is_tcp => {
            "permission denied; pass --port with a port above 1023, or run as a user who may"
        }
        _ => return Error::failure(error),
    };
    Error::failure(format_args!("cannot listen on {address}: {advice}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn listening(configured: &[&str], host: Option<&str>, port: Option<u16>) -> Result<Vec<String>, Error> {
        let start = Start { host: host.map(str::to_owned), port, config: None };
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
