//! Who listens.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use tsk_ws::rooms::{
    Position,
    client::{Client, Event},
};

use super::ledger::Ledger;

#[derive(Deserialize)]
struct Said {
    by: usize,
    n: u64,
}

/// Listens in a room until all is heard that is said there.
pub(super) async fn listen(client: Client, topic: String, ledger: Arc<Ledger>) {
    let joined = client.join(&topic).deadline(Duration::MAX).await;
    let mut channel = joined.expect("everybody may come in");
    let mut here: Position = channel.joined().position().expect("the room keeps its history");
    ledger.listens();
    let mut is_said = ledger.is_said();
    loop {
        if *is_said.borrow() && here.offset >= ledger.last(&topic) {
            return;
        }
        let event = tokio::select! {
            event = channel.next() => event,
            _ = is_said.changed(), if !*is_said.borrow() => continue,
        };
        match event {
            Some(Event::Message(message)) => {
                let (Some(at), Ok(Said { by, n })) = (message.position(), message.read()) else {
                    ledger.wrong(format!("{topic}: {message:?} was never said"));
                    continue;
                };
                ledger.heard(&topic, here, (by, n), at);
                here = at;
            }
            Some(Event::Gap(gap)) => {
                ledger.lost(&topic, here, gap.from, gap.to);
                here.offset = gap.to.unwrap_or(here.offset);
            }
            Some(Event::Rejoined(_)) => ledger.rejoined(),
            Some(Event::Interrupted) => {}
            other => {
                ledger.wrong(format!("{topic}: {other:?}"));
                return;
            }
        }
    }
}
