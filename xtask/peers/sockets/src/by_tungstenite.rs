//! tokio-tungstenite on TCP alone, with buffers of 4 KiB.

use std::io;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        Message,
        handshake::server::{Request, Response},
        protocol::WebSocketConfig,
    },
};

pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let room = crate::room();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let room = room.clone();
        tokio::spawn(async move {
            let mut is_room = false;
            let see = |request: &Request, response: Response| {
                is_room = request.uri().path() == "/room";
                Ok(response)
            };
            let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(4096);
            let Ok(socket) = accept_hdr_async_with_config(stream, see, Some(config)).await else { return };
            if is_room { enter(socket, room).await } else { echo(socket).await }
        });
    }
}

async fn echo(mut socket: WebSocketStream<TcpStream>) {
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() || socket.send(message).await.is_err() {
            break;
        }
    }
}

async fn enter(socket: WebSocketStream<TcpStream>, room: broadcast::Sender<Message>) {
    let (mut sink, mut stream) = socket.split();
    let mut news = room.subscribe();
    let telling = tokio::spawn(async move {
        while let Ok(message) = news.recv().await {
            if sink.send(message).await.is_err() {
                break;
            }
        }
    });
    while let Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) = stream.next().await {
        let _ = room.send(message);
    }
    telling.abort();
}
