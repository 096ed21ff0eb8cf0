//! Sockets that are listened on.

use std::{
    fmt, io, iter,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
    task::{Context, Poll, ready},
};

#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream, lookup_host},
    sync::OwnedSemaphorePermit,
};
use tsk_core::Peer;

use super::{places::Places, settings::Settings, stream::Stream};
use crate::{Config, Error, config::Socket};

/// A socket that clients can connect to, and what holds for those who do.
#[derive(Debug)]
pub(super) struct Listener {
    bound: Bound,
    /// Where it is told to listen, which is less than where it does: the port may be 0.
    socket: Socket,
    settings: Arc<Settings>,
    places: Option<Places>,
}

/// Other settings for a listener, checked.
#[derive(Debug)]
pub(super) struct Change {
    settings: Settings,
    max_connections: Option<usize>,
}

/// A client that has connected.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
    pub(super) settings: Arc<Settings>,
    /// Its place among the connections of the listener, if they are counted.
    pub(super) place: Option<OwnedSemaphorePermit>,
}

impl Listener {
    /// Listens on the address at that place of the configuration.
    pub(super) async fn bind(config: &Config, index: usize) -> Result<Self, Error> {
        let listen = &config.listen[index];
        let settings = Settings::new(config, index)?;
        let places = listen.max_connections.map(Places::new);
        let bound = Bound::bind(&listen.address, config.backlog).await;
        let bound = bound.map_err(|source| Error::listen(&listen.address, source))?;
        let settings = Arc::new(settings.at(index, listen, bound.address()));
        Ok(Self { bound, socket: listen.address.clone(), settings, places })
    }

    /// What the configuration says of this listener; `None` where it says nothing of it any more.
    pub(super) fn change(&self, config: &Config) -> Result<Option<Change>, Error> {
        let is_ours = |index: &usize| config.listen[*index].address == self.socket;
        // Several may have the same port 0: first it is asked whether this one is where it was.
        let own = self.settings.connection.listener_index().filter(|own| *own < config.listen.len());
        let Some(index) = own.into_iter().chain(0..config.listen.len()).find(is_ours) else {
            return Ok(None);
        };
        let listen = &config.listen[index];
        let settings = Settings::new(config, index)?.at(index, listen, self.bound.address());
        Ok(Some(Change { settings, max_connections: listen.max_connections }))
    }

    pub(super) fn apply(&mut self, Change { settings, max_connections }: Change) {
        self.settings = Arc::new(settings);
        if self.places.as_ref().map(Places::most) != max_connections {
            // Whoever is connected has one of the old places, and is not counted among the new ones.
            self.places = max_connections.map(Places::new);
        }
    }

    pub(super) fn address(&self) -> Option<&Address> {
        self.settings.connection.address()
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        if let Some(places) = &mut self.places {
            ready!(places.poll_ready(cx));
        }
        let (stream, peer) = ready!(self.bound.poll_accept(cx))?;
        let place = self.places.as_mut().and_then(Places::take);
        Poll::Ready(Ok(Accepted { stream, peer, settings: Arc::clone(&self.settings), place }))
    }

    /// Stops listening, and gives at most so many connections that the system has made in the meantime: to
    /// their clients they look like any other.
    pub(super) fn close(mut self, most: usize) -> Vec<Accepted> {
        let most = self.places.as_ref().map_or(most, |places| most.min(places.free()));
        let accepted = |(stream, peer)| {
            let place = self.places.as_mut().and_then(Places::take);
            Accepted { stream, peer, settings: Arc::clone(&self.settings), place }
        };
        self.bound.close(most).into_iter().map(accepted).collect()
    }
}

#[derive(Debug)]
enum Bound {
    Tcp(TcpListener, SocketAddr),
    // The file goes before the socket is closed: nobody must find one that is not listened on any more.
    Unix(SocketFile, UnixListener),
}

impl Bound {
    async fn bind(address: &Socket, backlog: u32) -> io::Result<Self> {
        match address {
            Socket::Tcp { host, port } => {
                let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
                for address in lookup_host((host.as_str(), *port)).await? {
                    match bind_tcp(address, backlog) {
                        Ok(listener) => {
                            let address = listener.local_addr()?;
                            return Ok(Self::Tcp(listener, address));
                        }
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
            Socket::Unix(path) => {
                let listener = bind_unix(path).await?;
                Ok(Self::Unix(SocketFile::new(path)?, listener))
            }
        }
    }

    fn address(&self) -> Address {
        match self {
            Self::Tcp(_, address) => Address::Tcp(*address),
            Self::Unix(file, _) => Address::Unix(file.path.clone()),
        }
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer)>> {
        Poll::Ready(match self {
            Self::Tcp(listener, _) => {
                ready!(listener.poll_accept(cx)).map(|(stream, peer)| tcp(stream, peer))
            }
            Self::Unix(_, listener) => ready!(listener.poll_accept(cx)).map(|(stream, _)| unix(stream)),
        })
    }

    fn close(self, most: usize) -> Vec<(Stream, Peer)> {
        match self {
            Self::Tcp(listener, _) => listener.into_std().map(|listener| {
                waiting(most, || {
                    let (stream, peer) = listener.accept()?;
                    stream.set_nonblocking(true)?;
                    Ok(tcp(TcpStream::from_std(stream)?, peer))
                })
            }),
            Self::Unix(file, listener) => {
                drop(file);
                listener.into_std().map(|listener| {
                    waiting(most, || {
                        let (stream, _) = listener.accept()?;
                        stream.set_nonblocking(true)?;
                        Ok(unix(UnixStream::from_std(stream)?))
                    })
                })
            }
        }
        .unwrap_or_default()
    }
}

fn waiting<T>(most: usize, mut accept: impl FnMut() -> io::Result<T>) -> Vec<T> {
    iter::from_fn(|| accept().ok()).take(most).collect()
}

fn tcp(stream: TcpStream, peer: SocketAddr) -> (Stream, Peer) {
    // Answers are written whole: waiting to fill a segment would only delay them. Where it cannot be set, the
    // client has gone already.
    let _ = stream.set_nodelay(true);
    (Stream::Tcp(stream), peer.into())
}

fn unix(stream: UnixStream) -> (Stream, Peer) {
    (Stream::Unix(stream), Peer::Local)
}

/// Where a server really listens: the port is the one that the system chose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A TCP address where TLS is spoken.
    Tls(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// The TCP address, if it is one.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) | Self::Tls(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}

/// As users open it: `http://127.0.0.1:8080`, `https://127.0.0.1:8443`, `unix:/run/app.sock`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Tls(address) => write!(f, "https://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// How many bytes wait in the system for the client to make room, beyond those under way.
///
/// Left to itself Linux takes up to 4 MiB for each client who does not read, and a few hundred of those exhaust what all
/// sockets of a machine may have. The window of a client who reads is not held back.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;

fn bind_tcp(address: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of an earlier process that the system still remembers must not keep this one from
    // starting. A living listener still does.
    socket.set_reuseaddr(true)?;
    // What is accepted inherits it. Elsewhere than on Linux what is waiting is bounded by the buffer alone.
    #[cfg(target_os = "linux")]
    SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT)?;
    socket.bind(address)?;
    socket.listen(backlog)
}

async fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if !std::fs::symlink_metadata(path)?.file_type().is_socket() {
                let reason = "there is a file at this path, and it is no socket";
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
            }
            // A socket that nobody listens on is what a process left that was killed.
            match UnixStream::connect(path).await {
                Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(path)?;
                    UnixListener::bind(path)
                }
                _ => Err(error),
            }
        }
        result => result,
    }
}

/// The file of a Unix socket, which is removed with it.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode, by which the file is told from one that another process has put in its place.
    id: (u64, u64),
}

impl SocketFile {
    fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), id: id(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if id(&self.path).is_ok_and(|id| id == self.id) {
            // It may be gone by now; there is nobody left to tell.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn id(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn little_waits_in_the_system_for_a_client_who_does_not_read() {
        let listener = bind_tcp(SocketAddr::from(([127, 0, 0, 1], 0)), 1).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (accepted, _client) = tokio::join!(listener.accept(), client);
        let (stream, _) = accepted.unwrap();
        let mut taken = 0;
        stream.writable().await.unwrap();
        while let Ok(count) = stream.try_write(&[0; 16 * 1024]) {
            taken += count;
        }
        // The client's own buffer is filled besides.
        assert!((1..1024 * 1024).contains(&taken), "{taken}");
    }
}
