//! The server that runs, as far as another command can tell.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use tsk::http::Listen;
use tsk::http::config::Socket;

use crate::client::{Answer, Connector, Failure, Place, Read, Reason, Target, Trust};
use crate::control::Client;
use crate::error::Error;
use crate::state::State;
use crate::{Application, Exit};

/// How long something that may be no server at all may take to say anything.
const MOMENT: Duration = Duration::from_secs(1);

/// A server that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    /// Its process; `None` where something answers that has nothing to do with the state directory.
    pub(crate) pid: Option<u32>,
    /// As they are shown: `http://127.0.0.1:8080`.
    pub(crate) listeners: Vec<String>,
    /// The one for its operator.
    pub(crate) admin: Option<String>,
}

impl Running {
    /// The server of a state directory.
    ///
    /// # Errors
    ///
    /// If there is one, and it does not say where it listens.
    pub(crate) async fn find(application: &Application, state: &State) -> Result<Option<Running>, Error> {
        let status = match Client::new(application, state.clone()) {
            Ok(client) => client.status().await?,
            Err(error) if error.exit == Exit::NotRunning => return Ok(None),
            Err(error) => return Err(error),
        };
        let listeners = status.listeners.into_iter().map(|listener| listener.address);
        Ok(Some(Running { pid: Some(status.pid), listeners: listeners.collect(), admin: status.admin }))
    }

    /// What answers where a server is to listen.
    pub(crate) async fn answering(listen: &[Listen]) -> Option<Running> {
        let mut listeners = Vec::new();
        for Listen { address, tls, .. } in listen {
            let address = match address {
                Socket::Unix(_) => address.to_string(),
                Socket::Tcp { .. } if tls.is_some() => format!("https://{address}"),
                Socket::Tcp { .. } => format!("http://{address}"),
            };
            if tokio::time::timeout(MOMENT, is_http(&address)).await.unwrap_or(false) {
                listeners.push(address);
            }
        }
        (!listeners.is_empty()).then_some(Running { pid: None, listeners, admin: None })
    }

    /// Where it can be asked, in the order of its listeners.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        self.listeners.iter().filter_map(|text| Target::of_listener(text).ok())
    }

    pub(crate) fn listens_on_tcp(&self, address: SocketAddr) -> bool {
        let has = |host: &str, port: u16| {
            let listener: Option<SocketAddr> = host.parse().ok().map(|ip| SocketAddr::new(ip, port));
            listener.is_some_and(|listener| {
                listener.port() == address.port()
                    && (listener.ip() == address.ip()
                        || listener.ip().is_unspecified()
                        || address.ip().is_unspecified())
            })
        };
        self.places().any(|place| matches!(&place, Place::Tcp { host, port } if has(host, *port)))
    }

    pub(crate) fn listens_on_unix(&self, path: &Path) -> bool {
        // It may be named from another directory.
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.places().any(|place| matches!(&place, Place::Unix(listener) if real(listener) == real(path)))
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.listeners
            .iter()
            .chain(&self.admin)
            .filter_map(|text| text.parse::<Target>().ok())
            .map(|target| target.place)
    }
}

/// Whether anything that speaks HTTP is there, whatever it says.
async fn is_http(address: &str) -> bool {
    ask(address, "/", Read::Sample).await.is_ok()
}

async fn ask(address: &str, path: &str, read: Read) -> Result<Answer, Failure> {
    let refused = |error: String| Failure::new(Reason::Connect, error);
    let connector = Connector::new(Target::of_listener(address).map_err(refused)?, &Trust::Anything);
    let connector = connector.map_err(refused)?;
    let request = Request::get(path).header(header::HOST, &connector.target().authority);
    let request = request.body(Full::<Bytes>::default());
    let request = request.map_err(|error| refused(error.to_string()))?;
    connector.connect().await?.ask(request, read).await
}
