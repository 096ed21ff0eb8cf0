//! Rooms in a server of plain hyper, for the official client of Phoenix Channels. `cargo run -p tsk-ws --example rooms_in_hyper`

use std::io;

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower_service::Service;
use tsk_ws::rooms::{Access, Config, Room, Rooms};

#[tokio::main]
async fn main() -> io::Result<()> {
    let rooms = Rooms::builder(&Config::default())
        .room(Room::new("chat:*").join(Access::Everyone).push(Access::Everyone).presence())
        .build()
        .map_err(io::Error::other)?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("new Socket(\"ws://{}/socket\")", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // It answers by the end of the path, whatever is in front of that.
        let endpoint = rooms.endpoint();
        let service = service_fn(move |request| endpoint.clone().call(request));
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::spawn(async move {
            // How it ends is the client's affair.
            let _ = connection.await;
        });
    }
}
