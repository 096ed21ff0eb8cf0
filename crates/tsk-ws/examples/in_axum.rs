//! An echo of messages in axum. `cargo run -p tsk-ws --example in_axum`

use axum::{Router, extract::Request, http::Response, routing::get};
use tsk_core::{Body, IntoResponse};
use tsk_ws::{Message, Socket, Sockets, upgrade};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let router = Router::new().route("/echo", get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("ws://{}/echo", listener.local_addr()?);
    axum::serve(listener, router).await
}

async fn answer(mut request: Request) -> Response<Body> {
    match upgrade(&mut request, &Sockets::default()) {
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
