//! The two ends of a connection.

use tokio::io::DuplexStream;
use tsk_ws::{Config, Message, Role, Socket, Sockets};

/// A connection that holds so many bytes each way: a socket at one end, and the bare connection at the other.
pub(crate) fn bare(size: usize, change: impl FnOnce(&mut Config)) -> (Socket, DuplexStream) {
    let mut config = Config::default();
    change(&mut config);
    let (here, there) = tokio::io::duplex(size);
    (Socket::over(here, Role::Server, &Sockets::new(&config).unwrap()), there)
}

/// A server's socket and a client's.
pub(crate) fn sockets(size: usize, change: impl FnOnce(&mut Config)) -> (Socket, Socket) {
    let (server, there) = bare(size, change);
    (server, Socket::over(there, Role::Client, &Sockets::default()))
}

/// The next message, which there is.
pub(crate) async fn next(socket: &mut Socket) -> Message {
    socket.recv().await.expect("there is a message").expect("there is no error")
}
