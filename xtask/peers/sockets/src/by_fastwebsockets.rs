//! fastwebsockets on hyper, as its examples have it.

use std::io;

use bytes::Bytes;
use fastwebsockets::{FragmentCollector, FragmentCollectorRead, Frame, OpCode, Payload, upgrade};
use http_body_util::Empty;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn, upgrade::Upgraded};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::broadcast};

type Socket = fastwebsockets::WebSocket<TokioIo<Upgraded>>;

pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let room: broadcast::Sender<Bytes> = crate::room();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let room = room.clone();
        let service = service_fn(move |request| answer(request, room.clone()));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::spawn(async move {
            let _ = connection.await;
        });
    }
}

async fn answer(
    mut request: Request<Incoming>,
    room: broadcast::Sender<Bytes>,
) -> Result<Response<Empty<Bytes>>, fastwebsockets::WebSocketError> {
    let is_room = request.uri().path() == "/room";
    let (response, opening) = upgrade::upgrade(&mut request)?;
    tokio::spawn(async move {
        let Ok(socket) = opening.await else { return };
        if is_room { enter(socket, room).await } else { echo(socket).await }
    });
    Ok(response)
}

async fn echo(socket: Socket) {
    let mut socket = FragmentCollector::new(socket);
    while let Ok(frame) = socket.read_frame().await {
        if frame.opcode == OpCode::Close || socket.write_frame(frame).await.is_err() {
            break;
        }
    }
}

async fn enter(socket: Socket, room: broadcast::Sender<Bytes>) {
    let (reader, mut writer) = socket.split(tokio::io::split);
    let mut reader = FragmentCollectorRead::new(reader);
    let mut news = room.subscribe();
    let telling = tokio::spawn(async move {
        while let Ok(message) = news.recv().await {
            if writer.write_frame(Frame::binary(Payload::Borrowed(&message))).await.is_err() {
                break;
            }
        }
    });
    let mut answer = |_| async { Ok::<_, std::io::Error>(()) };
    while let Ok(frame) = reader.read_frame(&mut answer).await {
        if frame.opcode == OpCode::Close {
            break;
        }
        let _ = room.send(Bytes::from(frame.payload.to_vec()));
    }
    telling.abort();
}
