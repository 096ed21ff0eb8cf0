//! axum, as its examples have it.

use std::io;

use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
    routing::get,
};
use axum::serve::ListenerExt as _;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{net::TcpListener, sync::broadcast};

type Room = broadcast::Sender<Message>;

pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let router = Router::new().route("/echo", get(echo)).route("/room", get(enter)).with_state(crate::room());
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap_or_default());
    axum::serve(listener, router).await
}

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|mut socket: WebSocket| async move {
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Close(_)) || socket.send(message).await.is_err() {
                break;
            }
        }
    })
}

async fn enter(upgrade: WebSocketUpgrade, State(room): State<Room>) -> Response {
    upgrade.on_upgrade(|socket| async move {
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
    })
}
