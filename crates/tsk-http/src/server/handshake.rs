//! The handshake of TLS, before a connection is served.

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    task::Poll,
};

use tokio::{
    io::{AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;
use tsk_core::Peer;

use super::{
    pulse::{Command, Pulse},
    secure::{Raw, Secure},
    stream::Stream,
};
use crate::tls::{Acceptor, Info};

/// The first byte of a client that speaks TLS: the type of a record with a handshake (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;

/// What a client is told that speaks HTTP where HTTPS is spoken.
const PLAIN: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n\
                     content-length: 58\r\n\r\nThis port speaks HTTPS: ask for https:// and not http://.\n";

/// Shakes hands with a client; `None` where that fails, or is given up by the client or the sweep.
pub(super) async fn shake(
    mut socket: TcpStream,
    peer: Peer,
    acceptor: &Acceptor,
    pulse: &Pulse,
) -> Option<(Stream, Info)> {
    match first_byte(&socket, pulse).await? {
        HANDSHAKE => {}
        byte if byte.is_ascii_uppercase() => {
            refuse(&mut socket).await;
            return None;
        }
        _ => return None,
    }
    let acceptor = TlsAcceptor::from(acceptor.current());
    let mut accept = pin!(acceptor.accept(Raw::new(socket)));
    let shaken = poll_fn(|cx| {
        pulse.register(cx.waker());
        match pulse.command() {
            Command::Close => Poll::Ready(None),
            _ => accept.as_mut().poll(cx).map(Some),
        }
    });
    match shaken.await? {
        Ok(stream) => {
            pulse.set_shaking(false);
            let info = Info::of(stream.get_ref().1);
            Some((Stream::Tls(Box::new(Secure::new(stream))), info))
        }
        Err(error) => {
            tracing::debug!(%peer, %error, "a TLS handshake failed");
            None
        }
    }
}

/// The first byte, which is left where it is; `None` where there is none before the server stops.
async fn first_byte(socket: &TcpStream, pulse: &Pulse) -> Option<u8> {
    let mut byte = [0];
    let count = poll_fn(|cx| {
        pulse.register(cx.waker());
        match socket.poll_peek(cx, &mut ReadBuf::new(&mut byte)) {
            // Where nothing has begun, there is nothing to finish.
            Poll::Pending if pulse.command() >= Command::Finish => Poll::Ready(Ok(0)),
            polled => polled,
        }
    });
    count.await.is_ok_and(|count| count > 0).then_some(byte[0])
}

/// Answers plain HTTP. A client that hears nothing but a broken record would not know what it did wrong.
async fn refuse(socket: &mut TcpStream) {
    // What is left unread when a socket is closed takes the answer with it.
    let _ = socket.try_read(&mut [0; 4096]);
    let _ = socket.try_write(PLAIN.as_bytes());
    let _ = socket.shutdown().await;
}
