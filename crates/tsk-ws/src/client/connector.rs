//! How a server is reached, and asked.

use std::{fmt, future::Future, io, path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use data_encoding::BASE64;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::TlsConnector;
use tsk_core::Peer;

use super::{Error, Request, Target, answer, tls};
use crate::{
    Meta, Role, Socket, Sockets,
    deflate::offer,
    io::{Io, Stream},
    link::Link,
    protocol::Protocol,
};

/// What a [`Connector`] can be told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How long it may take to find the server and to have a connection. Default: 10 s.
    pub connect_timeout: Duration,
    /// How long TLS may take. Default: 10 s.
    pub tls_timeout: Duration,
    /// How long the server may take to open a socket once it is asked. Default: 10 s.
    pub handshake_timeout: Duration,
    /// The longest head of an answer that is read, in bytes. Default: 16 KiB.
    pub max_head: usize,
    /// What holds for sockets: what the server may send, heartbeats, and how messages are compressed. Of the settings of compression
    /// `server_takeover` says whether the server may refer to earlier messages, and `client_takeover` whether we may. Default: as of
    /// the sockets of a server.
    pub sockets: Sockets,
    /// A PEM file of the authorities that are believed. Default: those that browsers trust.
    pub authorities: Option<PathBuf>,
    /// PEM files of a certificate, with its chain, and of its key, to be shown to a server that asks for one. Default: none.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            tls_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            max_head: 16 * 1024,
            sockets: Sockets::default(),
            authorities: None,
            certificate: None,
        }
    }
}

/// Opens sockets to servers. Clones share what it was made with.
#[derive(Clone)]
pub struct Connector(Arc<Inner>);

struct Inner {
    settings: Settings,
    tls: TlsConnector,
    dial: Dial,
}

/// How a connection is made.
type Dial = Box<dyn Fn(Target) -> Dialing + Send + Sync>;
type Dialing = Pin<Box<dyn Future<Output = io::Result<(Box<dyn Stream>, Peer)>> + Send>>;

impl Connector {
    /// Reads the certificates.
    ///
    /// # Errors
    ///
    /// Files of certificates and keys that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Self::with(settings, Box::new(|target| Box::pin(reach(target))))
    }

    /// The same over connections of any other kind: through a proxy, to a Unix socket, in memory. TLS is spoken on them where the URL
    /// says so.
    ///
    /// ```no_run
    /// use tokio::net::UnixStream;
    /// use tsk_ws::client::{Connector, Request, Settings};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let local = Connector::dialing(Settings::default(), |_| UnixStream::connect("/run/news.sock"))?;
    /// let socket = local.connect(&Request::new("ws://localhost/live")?).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn dialing<D, F, S>(settings: Settings, dial: D) -> Result<Self, Error>
    where
        D: Fn(Target) -> F + Send + Sync + 'static,
        F: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let dial = move |target| -> Dialing {
            let dialing = dial(target);
            Box::pin(async move { Ok((Box::new(dialing.await?) as Box<dyn Stream>, Peer::Local)) })
        };
        Self::with(settings, Box::new(dial))
    }

    fn with(settings: Settings, dial: Dial) -> Result<Self, Error> {
        let tls = tls::connector(&settings)?;
        Ok(Self(Arc::new(Inner { settings, tls, dial })))
    }

    /// Opens a socket.
    ///
    /// # Errors
    ///
    /// There is no connection, the server is not to be trusted, it refuses, or what it answers is wrong; or one of those took too long.
    pub async fn connect(&self, request: &Request) -> Result<Socket, Error> {
        let Inner { settings, tls, dial } = &*self.0;
        let target = request.target();
        let dialed = timeout(settings.connect_timeout, dial(target.clone())).await;
        let (stream, peer) =
            dialed.map_err(|_| Error::timed_out("making a connection"))?.map_err(Error::connect)?;
        let stream = match target.is_secure {
            false => stream,
            true => {
                let name = ServerName::try_from(target.host.to_string());
                let name = name.map_err(|_| {
                    Error::setting(format!("`{}` is no name that a certificate could have", target.host))
                })?;
                let shaken = timeout(settings.tls_timeout, tls.connect(name, stream)).await;
                Box::new(shaken.map_err(|_| Error::timed_out("TLS"))?.map_err(Error::tls)?)
            }
        };
        let opened = timeout(settings.handshake_timeout, self.ask(stream, request, peer)).await;
        opened.map_err(|_| Error::timed_out("the handshake"))?
    }

    async fn ask(&self, mut stream: Box<dyn Stream>, request: &Request, peer: Peer) -> Result<Socket, Error> {
        let Settings { sockets, max_head, .. } = &self.0.settings;
        let deflate = sockets.limits().deflate.as_ref();
        // RFC 6455 §4.1: 16 bytes that nobody can tell beforehand.
        let key = BASE64.encode(&rand::random::<[u8; 16]>());
        let head = request.head(&key, deflate.map(offer).as_ref());
        stream.write_all(&head).await.map_err(Error::exchange)?;
        stream.flush().await.map_err(Error::exchange)?;
        let opened = answer::read(&mut stream, request, &key, deflate, *max_head).await?;
        let limits = Arc::clone(sockets.limits());
        let protocol = Protocol::new(Role::Client, limits, opened.agreement, Instant::now());
        let link = Link::new(Io::Stream(stream), protocol, Box::new(()), false);
        link.begin_with(opened.rest);
        let target = request.target().path_and_query().into();
        let meta = Meta { peer, target, protocol: opened.protocol, ..Meta::default() };
        Ok(Socket::new(link, Arc::new(meta)))
    }
}

async fn reach(target: Target) -> io::Result<(Box<dyn Stream>, Peer)> {
    let stream = TcpStream::connect((&*target.host, target.port)).await?;
    // Messages are small, and wait for nobody.
    stream.set_nodelay(true)?;
    let peer = stream.peer_addr()?.into();
    Ok((Box::new(stream), peer))
}

/// With the default settings.
impl Default for Connector {
    fn default() -> Self {
        Self::new(Settings::default()).expect("no file is read by default")
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
