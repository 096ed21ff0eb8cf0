//! The socket, in the server.

use rustix::fs::Mode;
use rustix::process::umask;
use tokio::task::JoinHandle;
use tsk::core::Drain;
use tsk::http::server::Stopped;
use tsk::http::{Config, Router, Server};

use crate::error::Error;
use crate::state::State;

/// Commands at a time.
const MAX_CONNECTIONS: usize = 32;

/// The control socket, which is served until it is closed or dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    drain: Drain,
    serving: JoinHandle<Stopped>,
}

impl Socket {
    /// Listens in the state directory, for the user alone, and serves. A socket that a server left which was killed
    /// is replaced.
    pub(crate) async fn bind(state: &State, routes: Router) -> Result<Self, Error> {
        let path = state.socket();
        let config = Config {
            listen: vec![tsk::http::config::Socket::Unix(path.clone()).into()],
            max_connections: MAX_CONNECTIONS,
            ..Config::default()
        };
        let routes = routes.build().map_err(Error::failure)?;
        let mode = umask(Mode::RWXG | Mode::RWXO | Mode::XUSR);
        let server = Server::bind(&config).await;
        umask(mode);
        let server = server.map_err(|error| {
            Error::failure(format_args!(
                "{error}; pass --state-dir with another directory, whose name is short"
            ))
        })?;
        let drain = Drain::new();
        let serving = server.serve(move |connection| routes.service(connection), drain.clone());
        Ok(Self { drain, serving: tokio::spawn(serving) })
    }

    /// Answers who has asked already, and no more.
    pub(crate) async fn close(mut self) {
        self.drain.start();
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
