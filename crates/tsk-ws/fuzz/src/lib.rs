//! A server that echoes, and a client that sends it anything.

use std::{convert::Infallible, sync::LazyLock};

use bytesize::ByteSize;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::{Builder, Runtime},
};
use tsk_core::IntoResponse;
use tsk_ws::{Config, Message, Socket, Sockets, upgrade};

static SOCKETS: LazyLock<Sockets> = LazyLock::new(|| {
    let mut config = Config::default();
    (config.max_message, config.max_frame) = (ByteSize::kib(64), ByteSize::kib(16));
    config.max_fragments = 8;
    config.compression.min_size = ByteSize::b(8);
    Sockets::new(&config).expect("settings that can be")
});

thread_local! {
    // Time stands still unless there is nothing else to do, so that no deadline is waited for.
    static RUNTIME: Runtime =
        Builder::new_current_thread().enable_time().start_paused(true).build().expect("there is room for a runtime");
}

/// What the server sends to a client that opens a socket, sends these bytes in such pieces, and leaves.
///
/// # Panics
///
/// Where it opens none, or does not end.
pub fn answer(bytes: &[u8], piece: usize, is_deflated: bool) -> Vec<u8> {
    let serving = async {
        let (mut client, server) = tokio::io::duplex(64 << 20);
        let service = service_fn(|mut request| async move {
            Ok::<_, Infallible>(match upgrade(&mut request, &SOCKETS) {
                Ok(handshake) => handshake.accept(echo),
                Err(problem) => problem.into_response(),
            })
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(server), service).with_upgrades();
        let serving = tokio::spawn(connection);
        let extension = if is_deflated { "sec-websocket-extensions: permessage-deflate\r\n" } else { "" };
        let request = format!(
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extension}\r\n"
        );
        client.write_all(request.as_bytes()).await.expect("the server reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.expect("the server answers"));
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "));
        for piece in bytes.chunks(piece.max(1)) {
            // Whoever broke the protocol may be gone by now.
            if client.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let _ = client.shutdown().await;
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        let _ = serving.await;
        answer
    };
    RUNTIME.with(|runtime| runtime.block_on(serving))
}

async fn echo(mut socket: Socket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Close(_)) || socket.send(message).await.is_err() {
            break;
        }
    }
}

/// Checks that an answer is whole frames of a server, each a message or control frame of its own, and nothing behind a close.
///
/// It gives what comes before the close, and whether there is one: which of several faults is found first depends on how they came.
///
/// # Panics
///
/// Where it is not.
pub fn checked(all: &[u8], may_deflate: bool) -> (&[u8], bool) {
    let (mut answer, mut said, mut is_closed) = (all, all.len(), false);
    while let Some((&[first, second], rest)) = answer.split_first_chunk::<2>() {
        assert!(!is_closed, "something comes behind a close");
        assert!(first & 0x80 != 0 && first & 0x30 == 0 && (may_deflate || first & 0x40 == 0), "{first:#x}");
        assert!(second & 0x80 == 0, "a server masks nothing");
        let (length, rest) = match second {
            126 => rest.split_first_chunk::<2>().map(|(length, rest)| (u16::from_be_bytes(*length).into(), rest)),
            127 => rest.split_first_chunk::<8>().map(|(length, rest)| (u64::from_be_bytes(*length) as usize, rest)),
            length => Some((length.into(), rest)),
        }
        .expect("a header is whole");
        is_closed = first & 0x0f == 8;
        if is_closed {
            said = all.len() - answer.len();
        }
        answer = rest.get(length..).expect("a payload is whole");
    }
    assert!(answer.is_empty(), "a frame is whole");
    (&all[..said], is_closed)
}
