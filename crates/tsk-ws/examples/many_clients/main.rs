//! A thousand clients that are forced off and on at random while others speak, and a look at what each has heard.
//! `cargo xtask soak rooms` runs it: `many_clients ws://127.0.0.1:8080/socket 1000 60`.
//!
//! The server has rooms `kept:*`, which keep enough for everybody, and `short:*`, which keep too little for some.

mod ledger;
mod listener;
mod speaker;
mod wire;

use std::{env, error::Error, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};
use tsk_ws::{
    client::Connector,
    rooms::client::{Builder, Client},
};

use self::{ledger::Ledger, speaker::Speaker, wire::Wires};

/// Rooms of each kind.
const ROOMS: usize = 10;

/// Those who speak in each room.
const SPEAKERS: usize = 2;

/// How long all have to hear what was said, once nobody is cut off any more.
const PATIENCE: Duration = Duration::from_secs(60);

fn rooms() -> impl Iterator<Item = String> {
    ["kept", "short"].into_iter().flat_map(|kind| (0..ROOMS).map(move |n| format!("{kind}:{n}")))
}

/// A client that is often cut off, and comes back soon.
fn client(url: &str, connector: Connector) -> Builder {
    Client::builder(url).connector(connector).backoff(Duration::from_millis(50), Duration::from_secs(1))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let usage =
        "say where, how many clients, and for how many seconds, as in `ws://127.0.0.1:8080/socket 1000 60`";
    let (Some(url), Some(clients), Some(seconds)) = (args.next(), args.next(), args.next()) else {
        return Err(usage.into());
    };
    let (clients, seconds) = (clients.parse::<usize>()?, seconds.parse()?);
    let ledger = Arc::new(Ledger::new(rooms()));
    let wires = Wires::default();
    let (over, is_over) = watch::channel(false);

    let mut listeners = JoinSet::new();
    for n in 0..clients {
        let client = client(&url, wires.end().0).connect()?;
        for kind in ["kept", "short"] {
            let topic = format!("{kind}:{}", n % ROOMS);
            listeners.spawn(listener::listen(client.clone(), topic, Arc::clone(&ledger)));
        }
    }
    ledger.wait_for_listeners(2 * clients).await;
    println!("{clients} clients in {} rooms; for {seconds} s they are cut off at random", 2 * ROOMS);

    let mut speakers = JoinSet::new();
    for (at, topic) in rooms().enumerate() {
        for n in 0..SPEAKERS {
            let (connector, end) = wires.end();
            let client = client(&url, connector).deadline(PATIENCE).connect()?;
            let (number, wires) = (at * SPEAKERS + n, wires.clone());
            let speaker =
                Speaker { client, topic: topic.clone(), number, wires, end, ledger: Arc::clone(&ledger) };
            speakers.spawn(speaker.speak(is_over.clone()));
        }
    }
    wires.cut_at_random(Duration::from_secs(seconds)).await;
    over.send_replace(true);
    while let Some(spoken) = speakers.join_next().await {
        spoken?;
    }
    ledger.all_is_said();
    let heard =
        tokio::time::timeout(PATIENCE, async { while listeners.join_next().await.is_some() {} }).await;
    println!("cut off {} times; {ledger}", wires.cuts());
    if heard.is_err() {
        println!("{} rooms of clients have not heard all within {} s", listeners.len(), PATIENCE.as_secs());
    }
    if ledger.holds() && heard.is_ok() { Ok(()) } else { Err("it does not hold".into()) }
}
