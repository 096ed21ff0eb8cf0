//! An echo on the client's end, for Autobahn's fuzzing server: `cargo xtask peers autobahn` runs it.

use std::{env, error::Error};

use bytesize::ByteSize;
use tsk_ws::{
    Config, Message, Sockets,
    client::{Connector, Request, Settings},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).ok_or("say where the fuzzing server is, as in `ws://127.0.0.1:9001`")?;
    let mut config = Config::default();
    // The cases have messages of 16 MiB, in fragments of 64 bytes.
    (config.max_message, config.max_frame) = (ByteSize::mib(16), ByteSize::mib(16));
    config.max_fragments = 100_000;
    let mut settings = Settings::default();
    settings.sockets = Sockets::new(&config)?;
    let connector = Connector::new(settings)?;

    let mut socket = connector.connect(&Request::new(&format!("{url}/getCaseCount"))?).await?;
    let Some(Ok(Message::Text(count))) = socket.recv().await else {
        return Err("the fuzzing server does not say how many cases there are".into());
    };
    for case in 1..=count.parse::<u32>()? {
        let request = Request::new(&format!("{url}/runCase?case={case}&agent=tsk"))?;
        let mut socket = connector.connect(&request).await?;
        while let Some(Ok(message)) = socket.recv().await {
            if !matches!(message, Message::Close(_)) && socket.send(message).await.is_err() {
                break;
            }
        }
    }
    let request = Request::new(&format!("{url}/updateReports?agent=tsk"))?;
    let mut socket = connector.connect(&request).await?;
    // The report is written once the server closes.
    while socket.recv().await.is_some() {}
    Ok(())
}
