//! Who speaks.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::sync::watch;
use tsk_ws::rooms::client::{Client, Pushing};

use super::{
    ledger::Ledger,
    wire::{End, Wires},
};

/// How long somebody is silent at most.
const PAUSE: Duration = Duration::from_millis(600);

/// Who speaks in a room.
pub(super) struct Speaker {
    pub(super) client: Client,
    pub(super) topic: String,
    pub(super) number: usize,
    pub(super) ledger: Arc<Ledger>,
    pub(super) wires: Wires,
    pub(super) end: Arc<End>,
}

impl Speaker {
    /// Speaks until it is over, and until all that was said is answered.
    pub(super) async fn speak(self, mut is_over: watch::Receiver<bool>) {
        let Self { client, topic, number, ledger, wires, end } = self;
        let channel = client.join(&topic).await.expect("everybody may come in");
        let mut pushed: Vec<(u64, Pushing)> = Vec::new();
        for n in 0.. {
            // It says what it has to say whether there is a connection or not.
            pushed.push((n, channel.push("said", &json!({ "by": number, "n": n }))));
            if fastrand::u8(..8) == 0 {
                // Some are cut off just then: before it is sent, before it is answered, or after.
                for _ in 0..fastrand::u8(..50) {
                    tokio::task::yield_now().await;
                }
                wires.cut(&end);
            }
            tokio::select! {
                _ = is_over.wait_for(|is_over| *is_over) => break,
                () = tokio::time::sleep(PAUSE.mul_f64(fastrand::f64())) => {}
            }
        }
        for (n, pushing) in pushed {
            match pushing.await {
                Ok(reply) => {
                    let offset = reply.offset().expect("the room keeps its history");
                    ledger.answered(&topic, (number, n), offset, reply.is_duplicate());
                }
                Err(error) => ledger.wrong(format!("{topic}: {number} could not say {n}: {error}")),
            }
        }
        if client.close(Duration::from_secs(5)).await > 0 {
            ledger.wrong(format!("{topic}: {number} was closed with something unsaid"));
        }
    }
}
