//! Says something to a server, and prints what it answers. `cargo run -p tsk-ws --features client --example client ws://127.0.0.1:3000/echo hello`

use std::{env, error::Error};

use tsk_ws::{
    CloseCode, Message,
    client::{Connector, Request},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let url = args.next().ok_or("say where, as in `ws://127.0.0.1:3000/echo`, and what")?;
    let mut socket = Connector::default().connect(&Request::new(&url)?).await?;
    for text in args {
        socket.send(text).await?;
        match socket.recv().await.transpose()? {
            Some(Message::Text(text)) => println!("{text}"),
            other => println!("{other:?}"),
        }
    }
    socket.close(CloseCode::Normal, "").await;
    Ok(())
}
