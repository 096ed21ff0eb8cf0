//! An echo of messages in a server of plain hyper. `cargo run -p tsk-ws --example plain_hyper 127.0.0.1:9001`
//!
//! `cargo xtask peers autobahn` looks at every case of the protocol with it.

use std::{convert::Infallible, env, io};

use bytesize::ByteSize;
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tsk_core::{Body, IntoResponse};
use tsk_ws::{Config, Message, Socket, Sockets, upgrade};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".into());
    let mut config = Config::default();
    // The cases have messages of 16 MiB, in fragments of 64 bytes.
    (config.max_message, config.max_frame) = (ByteSize::mib(16), ByteSize::mib(16));
    config.max_fragments = 100_000;
    let sockets = Sockets::new(&config).map_err(io::Error::other)?;

    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let sockets = sockets.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let response = answer(request, &sockets);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // How it ends is the client's affair.
            let _ = connection.with_upgrades().await;
        });
    }
}

fn answer(mut request: Request<Incoming>, sockets: &Sockets) -> Response<Body> {
    match upgrade(&mut request, sockets) {
        Ok(handshake) => handshake.accept(echo),
        Err(problem) => problem.into_response(),
    }
}

async fn echo(mut socket: Socket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Close(_)) || socket.send(message).await.is_err() {
            break;
        }
    }
}
