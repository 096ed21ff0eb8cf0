//! Servers of WebSockets, each of which echoes at `/echo` and tells all what one says at `/room`; what they could not do
//! without; and what puts a load on them. `sockets SERVER` listens at `PORT`; `sockets load …` is in `load.rs`.

mod by_axum;
mod by_fastwebsockets;
mod by_tsk;
mod by_tungstenite;
mod floor;
mod load;

use std::{env, io};

use tokio::{net::TcpListener, sync::broadcast};

/// What may wait for a member of a room that is slow.
const QUEUE: usize = 1024;

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if let ["load", args @ ..] = &args[..] {
            return load::run(args).await;
        }
        let port: u16 = env::var("PORT").ok().and_then(|port| port.parse().ok()).ok_or_else(|| io::Error::other("PORT"))?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        match args[..] {
            ["axum"] => by_axum::serve(listener).await,
            ["floor"] => floor::serve(listener).await,
            ["fastwebsockets"] => by_fastwebsockets::serve(listener).await,
            ["tokio-tungstenite"] => by_tungstenite::serve(listener).await,
            ["tsk"] => by_tsk::serve(listener).await,
            _ => Err(io::Error::other("no such server")),
        }
    })
}

fn room<T: Clone>() -> broadcast::Sender<T> {
    broadcast::channel(QUEUE).0
}
