//! Which server is asked.

use std::time::Duration;

use super::Test;
use crate::check::Check;
use crate::client::{Connector, Failure, Reason, Target, Trust};
use crate::error::Error;
use crate::running::Running;

/// What is there to be asked.
pub(super) enum Found {
    Server(Connector, Check),
    Nothing(Check),
}

/// How long a server may take to take a connection.
const PATIENCE: Duration = Duration::from_secs(5);

impl Test {
    /// The server that the command line names, or else the one that runs here.
    pub(super) async fn server(&self, running: Option<&Running>) -> Result<Found, Error> {
        if let Some(url) = &self.url {
            let connector = self.connector(url)?;
            return Ok(match connect(&connector).await {
                Ok(()) => {
                    Found::Server(connector, Check::ok("server", format_args!("{url} takes connections")))
                }
                Err(failure) => {
                    Found::Nothing(Check::fail("server", format_args!("{url}: {failure}"), ABSENT))
                }
            });
        }
        let Some(running) = running else {
            let message = "none runs here, so that no route was asked; start one, or pass --url";
            return Ok(Found::Nothing(Check::skip("server", message)));
        };
        let mut last = "it listens nowhere that could be asked".to_owned();
        for target in running.targets() {
            let connector = self.connector(&target)?;
            match connect(&connector).await {
                Ok(()) => {
                    let process = running.pid.map(|pid| format!(", process {pid}")).unwrap_or_default();
                    return Ok(Found::Server(
                        connector,
                        Check::ok("server", format_args!("{target}{process}")),
                    ));
                }
                Err(failure) => last = format!("{target}: {failure}"),
            }
        }
        Ok(Found::Nothing(Check::fail("server", last, ABSENT)))
    }

    fn connector(&self, target: &Target) -> Result<Connector, Error> {
        let trust = match &self.ca {
            Some(file) => Trust::File(file.clone()),
            None if self.insecure => Trust::Anything,
            // The certificate of our own server is issued to another name than the address that it listens at, and
            // its file was looked at already.
            None if self.url.is_none() => Trust::Anything,
            None => Trust::Public,
        };
        Connector::new(target.clone(), &trust).map_err(Error::failure)
    }
}

const ABSENT: &str = "see whether it runs, and whether the address is right";

async fn connect(connector: &Connector) -> Result<(), Failure> {
    let connected = tokio::time::timeout(PATIENCE, connector.connect()).await;
    connected.unwrap_or_else(|_| Err(Failure::new(Reason::Timeout, "no connection within 5 s"))).map(drop)
}
