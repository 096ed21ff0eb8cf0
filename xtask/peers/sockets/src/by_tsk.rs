//! tsk-ws on plain hyper.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
};

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tsk_core::{Body, IntoResponse as _};
use tsk_ws::{Message, Prepared, Sender, Socket, Sockets, upgrade};

type Room = Arc<Mutex<Vec<Sender>>>;

pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let (sockets, room) = (Sockets::default(), Room::default());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (sockets, room) = (sockets.clone(), room.clone());
        let service = service_fn(move |request| {
            let response = answer(request, &sockets, &room);
            async move { Ok::<_, Infallible>(response) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::spawn(async move {
            let _ = connection.await;
        });
    }
}

fn answer(mut request: Request<Incoming>, sockets: &Sockets, room: &Room) -> Response<Body> {
    let is_room = request.uri().path() == "/room";
    match upgrade(&mut request, sockets) {
        Ok(handshake) if is_room => {
            let room = Arc::clone(room);
            handshake.accept(move |socket| enter(socket, room))
        }
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

async fn enter(mut socket: Socket, room: Room) {
    let members = || room.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    members().push(socket.sender());
    while let Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) = socket.recv().await {
        let message = Prepared::new(message);
        members().retain(|member| member.try_share(&message).is_ok());
    }
}
