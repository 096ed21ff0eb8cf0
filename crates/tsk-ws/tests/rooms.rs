//! Rooms alone: in axum and in plain hyper, without anything else of ours.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower_service::Service;
use tsk_ws::{
    Message, Role, Socket, Sockets,
    rooms::{Access, Config, Payload, Room, Rooms, Topic},
};

fn rooms() -> Rooms {
    let chat = Room::new("chat:*").join(Access::Everyone).push(Access::Everyone);
    let known = Room::new("known").join(Access::Authenticated);
    Rooms::builder(&Config::default()).room(chat).room(known).build().unwrap()
}

async fn in_axum(rooms: &Rooms) -> SocketAddr {
    let router = axum::Router::new().nest_service("/socket", rooms.endpoint());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn in_hyper(rooms: &Rooms) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = rooms.endpoint();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let endpoint = endpoint.clone();
            let service = service_fn(move |request| endpoint.clone().call(request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection.with_upgrades());
        }
    });
    address
}

/// Sends a request, and gives the head of its answer.
async fn ask(address: SocketAddr, target: &str, fields: &str) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {target} HTTP/1.1\r\nhost: a.test\r\n{fields}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (String::from_utf8(head).unwrap(), stream)
}

const UPGRADE: &str = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

async fn connect(address: SocketAddr) -> Socket {
    let (head, stream) = ask(address, "/socket/websocket?vsn=2.0.0", UPGRADE).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    Socket::over(stream, Role::Client, &Sockets::default())
}

async fn say(socket: &mut Socket, message: Value) {
    socket.send(message.to_string()).await.unwrap();
}

async fn hear(socket: &mut Socket) -> Value {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn joined(address: SocketAddr) -> Socket {
    let mut socket = connect(address).await;
    say(&mut socket, json!(["1", "1", "chat:1", "phx_join", {}])).await;
    assert_eq!(hear(&mut socket).await[4]["status"], "ok");
    socket
}

/// What holds wherever they are served.
async fn is_served(rooms: &Rooms, address: SocketAddr) {
    let (mut ada, mut bob) = (joined(address).await, joined(address).await);
    say(&mut ada, json!(["1", "2", "chat:1", "said", { "text": "hello" }])).await;
    assert_eq!(hear(&mut bob).await, json!([null, null, "chat:1", "said", { "text": "hello" }]));
    assert_eq!(hear(&mut ada).await[3], "said");
    assert_eq!(hear(&mut ada).await[3], "phx_reply");
    // The application speaks too.
    rooms.broadcast(&Topic::new("chat:1").unwrap(), "notice", &Payload::json("7").unwrap()).unwrap();
    assert_eq!(hear(&mut bob).await, json!([null, null, "chat:1", "notice", 7]));
    // Nobody is known where nothing says who it is.
    say(&mut bob, json!(["2", "3", "known", "phx_join", {}])).await;
    assert_eq!(hear(&mut bob).await[4]["response"]["reason"], "unauthorized");
    // The other transports, and pages of others.
    let (head, mut listening) = ask(address, "/socket/events?topic=chat%3A1", "").await;
    assert!(head.to_lowercase().contains("content-type: text/event-stream"), "{head}");
    say(&mut ada, json!(["1", "4", "chat:1", "said", 8])).await;
    let mut heard = Vec::new();
    while !heard.ends_with(b"event: said\ndata: 8\n") {
        heard.push(listening.read_u8().await.unwrap());
    }
    assert!(ask(address, "/socket/longpoll", "").await.0.starts_with("HTTP/1.1 200 "));
    let foreign = format!("origin: https://b.test\r\n{UPGRADE}");
    assert!(ask(address, "/socket/websocket", &foreign).await.0.starts_with("HTTP/1.1 403 "));
    assert!(ask(address, "/socket/nothing", "").await.0.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn rooms_are_served_by_axum() {
    let rooms = rooms();
    is_served(&rooms, in_axum(&rooms).await).await;
}

#[tokio::test]
async fn rooms_are_served_by_plain_hyper() {
    let rooms = rooms();
    is_served(&rooms, in_hyper(&rooms).await).await;
}
