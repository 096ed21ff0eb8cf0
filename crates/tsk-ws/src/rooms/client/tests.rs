//! Clients and rooms of ours, over connections in memory, with time that stands still unless somebody waits.

#![allow(clippy::unwrap_used)]

mod bounds;
mod ending;
mod network;
mod pooling;
mod returning;
mod talking;

use serde_json::{Value, json};

use self::network::Network;
use super::*;
use crate::rooms::{Access, Config, HistoryConfig, Room, Rooms, phoenix::Payload, topic::Topic};

/// Rooms in which everybody may do everything.
fn open(pattern: &str) -> Room {
    Room::new(pattern).join(Access::Everyone).push(Access::Everyone)
}

/// The same, of which so many messages are kept.
fn kept(count: usize) -> Room {
    open("chat:*").history(HistoryConfig { count, ..HistoryConfig::default() })
}

fn rooms(room: Room) -> Rooms {
    Rooms::builder(&Config::default()).room(room).build().unwrap()
}

/// Says something in a room, on behalf of the service.
fn say(rooms: &Rooms, n: u64) {
    let payload = Payload::of(&json!({ "n": n })).unwrap();
    rooms.broadcast(&Topic::new("chat:1").unwrap(), "said", &payload).unwrap();
}

/// What is heard next of this kind, whatever else happens before.
async fn next<T>(channel: &mut Channel, pick: impl Fn(Event) -> Option<T>) -> T {
    loop {
        if let Some(picked) = pick(channel.next().await.expect("the room is joined")) {
            return picked;
        }
    }
}

/// What is said next, or a gap.
async fn heard(channel: &mut Channel) -> Value {
    next(channel, |event| match event {
        Event::Message(message) => Some(message.read::<Value>().unwrap()["n"].clone()),
        Event::Gap(gap) => Some(json!([gap.from, gap.to])),
        _ => None,
    })
    .await
}

/// Waits until a client is connected, or is not.
async fn until(client: &Client, is_connected: bool) {
    let mut state = client.watch();
    state.wait_for(|state| (*state == State::Connected) == is_connected).await.unwrap();
}
