//! A server of plain hyper that echoes.

use std::{convert::Infallible, net::SocketAddr};

use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tsk_core::{
    Body, Drain, IntoResponse, Peer, RequestContext,
    context::{Params, Scope},
};
use tsk_ws::{Message, Socket, Sockets, upgrade};

/// Which versions of HTTP it speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Version {
    Http1,
    Http2,
}

/// Serves in the background, for as long as the test runs.
pub(crate) async fn start(version: Version, sockets: Sockets, drain: Drain) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let scope = std::sync::Arc::new(Scope::new(Default::default(), Peer::Local).with_drain(drain));
        while let Ok((stream, _)) = listener.accept().await {
            let (sockets, scope) = (sockets.clone(), scope.clone());
            let service = service_fn(move |mut request: Request<Incoming>| {
                RequestContext::attach(request.extensions_mut(), &scope, usize::MAX, Params::default());
                let response = answer(request, &sockets);
                async move { Ok::<_, Infallible>(response) }
            });
            let io = TokioIo::new(stream);
            tokio::spawn(async move {
                match version {
                    Version::Http1 => {
                        let _ = http1::Builder::new().serve_connection(io, service).with_upgrades().await;
                    }
                    Version::Http2 => {
                        let mut builder = http2::Builder::new(TokioExecutor::new());
                        let _ = builder.enable_connect_protocol().serve_connection(io, service).await;
                    }
                }
            });
        }
    });
    address
}

fn answer(mut request: Request<Incoming>, sockets: &Sockets) -> Response<Body> {
    match upgrade(&mut request, sockets) {
        Ok(handshake) => handshake.protocols(&["echo.v2", "echo.v1"]).accept(echo),
        Err(problem) => problem.into_response(),
    }
}

async fn echo(mut socket: Socket) {
    while let Some(Ok(message)) = socket.recv().await {
        if message == Message::text("panic") {
            panic!("the handler is told to");
        }
        if matches!(message, Message::Close(_)) || socket.send(message).await.is_err() {
            break;
        }
    }
}

/// The usual fields of a request for a socket.
pub(crate) const FIELDS: &[(&str, &str)] = &[
    ("host", "a.test"),
    ("connection", "keep-alive, Upgrade"),
    ("upgrade", "WebSocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// Sends a request, and reads the head of its answer.
pub(crate) async fn ask(address: SocketAddr, fields: &[(&str, &str)]) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    stream.write_all(format!("GET /echo?a=b HTTP/1.1\r\n{fields}\r\n").as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (String::from_utf8(head).unwrap().to_lowercase(), stream)
}
