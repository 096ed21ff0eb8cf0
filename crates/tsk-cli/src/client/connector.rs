//! From an address to a connection.

use std::io;
use std::sync::Arc;

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::{Connection, Failure, Place, Reason, Target, Trust};

/// Makes connections to one server.
pub(crate) struct Connector {
    target: Target,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Connector {
    /// # Errors
    ///
    /// A file of authorities that cannot be used.
    pub(crate) fn new(target: Target, trust: &Trust) -> Result<Connector, String> {
        let tls = match &target.place {
            Place::Tcp { host, .. } if target.is_tls => {
                let name = ServerName::try_from(host.clone());
                let name = name.map_err(|_| format!("no certificate can be issued to `{host}`"))?;
                Some((TlsConnector::from(Arc::new(trust.config()?)), name))
            }
            _ => None,
        };
        Ok(Connector { target, tls })
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Makes a connection; whoever waits decides for how long.
    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        let stream: Box<dyn Stream> = match &self.target.place {
            Place::Unix(path) => Box::new(UnixStream::connect(path).await.map_err(not_connected)?),
            Place::Tcp { host, port } => {
                let stream = dial(host, *port).await?;
                // A request is written whole: waiting to fill a segment would only delay it.
                stream.set_nodelay(true).map_err(not_connected)?;
                match &self.tls {
                    None => Box::new(stream),
                    Some((connector, name)) => Box::new(
                        connector
                            .connect(name.clone(), stream)
                            .await
                            .map_err(|error| Failure::new(Reason::Tls, error))?,
                    ),
                }
            }
        };
        let (sender, io) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| Failure::of_hyper(&error))?;
        Ok(Connection::new(sender, io))
    }
}

/// What bytes go over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to the first address of a host that takes connections.
pub(crate) async fn dial(host: &str, port: u16) -> Result<TcpStream, Failure> {
    let mut last = Failure::new(Reason::Resolve, "the name has no address");
    for address in lookup_host((host, port)).await.map_err(|error| unresolved(&error))? {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = not_connected(error),
        }
    }
    Err(last)
}

/// With the system's reason, and without what the resolver is called.
pub(crate) fn unresolved(error: &io::Error) -> Failure {
    let text = error.to_string();
    let reason = text.rsplit(": ").next().unwrap_or(&text);
    Failure::new(Reason::Resolve, format_args!("no address is known: {reason}"))
}

/// Without the number that the system gives an error, which says nothing to most.
fn not_connected(error: io::Error) -> Failure {
    let message = match error.kind() {
        io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
        io::ErrorKind::NotFound => "there is no such socket".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Failure::new(Reason::Connect, message)
}
