//! Rooms in axum, for the official client of Phoenix Channels. `cargo run -p tsk-ws --example rooms_in_axum`

use std::io;

use axum::{Router, extract::State, routing::post};
use tokio::net::TcpListener;
use tsk_ws::rooms::{Access, Config, Payload, Room, Rooms, Topic};

#[tokio::main]
async fn main() -> io::Result<()> {
    let rooms = Rooms::builder(&Config::default())
        .room(Room::new("chat:*").join(Access::Everyone).push(Access::Everyone).presence())
        .build()
        .map_err(io::Error::other)?;
    let router =
        Router::new().nest_service("/socket", rooms.endpoint()).route("/bell", post(ring)).with_state(rooms);
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("new Socket(\"ws://{}/socket\")", listener.local_addr()?);
    axum::serve(listener, router).await
}

/// Any handler can speak in a room.
async fn ring(State(rooms): State<Rooms>) -> String {
    let lobby = Topic::new("chat:lobby").expect("it is a name");
    match rooms.broadcast(&lobby, "bell", &Payload::empty()) {
        Ok(_) => "rung\n".into(),
        Err(error) => format!("{error}\n"),
    }
}
