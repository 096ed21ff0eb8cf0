//! Rooms that are declared anew while they are used.

use std::sync::Arc;

use serde_json::json;
use tsk_core::Drain;

use super::{super::registry::Transport, *};

fn kept(count: usize) -> Room {
    open("chat:*").history(HistoryConfig { count, ..HistoryConfig::default() })
}

fn succeeding(former: &Rooms, config: &Config, room: Room) -> Rooms {
    Rooms::builder(config).room(room).succeeding(former).build().unwrap()
}

#[tokio::test]
async fn what_was_said_is_known_and_those_of_both_hear_each_other() {
    let old = rooms([kept(10)]);
    let mut ada = Client::connect(&old);
    let epoch = ada.join("chat:1", json!({})).await["history"]["epoch"].clone();
    ada.ask("chat:1", "said", json!({ "n": 1, "message_id": "m1" })).await;

    let new = succeeding(&old, &Config::default(), kept(10));
    let mut bob = Client::connect(&new);
    let welcome = bob.join("chat:1", json!({ "resume": { "epoch": epoch, "offset": 0 } })).await;
    assert_eq!(welcome["history"], json!({ "epoch": epoch, "offset": 1 }));
    assert_eq!(bob.next().await[4]["n"], 1);
    bob.ask("chat:1", "said", json!({ "n": 2 })).await;
    assert_eq!(ada.next().await[4]["n"], 2);
    ada.ask("chat:1", "said", json!({ "n": 3 })).await;
    assert_eq!(bob.next().await[4]["n"], 3);
    // What was sent under the former declaration is not said twice under this one.
    let (answer, _) = bob.ask("chat:1", "said", json!({ "n": 1, "message_id": "m1" })).await;
    assert_eq!(answer["response"]["duplicate"], true);

    // Whoever has to connect again goes on where it was, and operators see all.
    assert_eq!(new.connections().len(), 2);
    ada.leave().await;
    drop(old);
    let mut ada = Client::connect(&new);
    ada.join("chat:1", json!({ "resume": { "epoch": epoch, "offset": 3 } })).await;
    bob.ask("chat:1", "said", json!({ "n": 4 })).await;
    assert_eq!(ada.next().await[4]["n"], 4);
}

#[tokio::test]
async fn other_settings_hold_for_what_is_there() {
    let old = rooms([kept(10)]);
    let mut ada = Client::connect(&old);
    let epoch = ada.join("chat:1", json!({})).await["history"]["epoch"].clone();
    for n in 1..=3 {
        ada.ask("chat:1", "said", json!({ "n": n })).await;
    }
    let mut config = config::RoomConfig::new("chat:*");
    (config.members, config.history) = (2, Some(HistoryConfig { count: 1, ..HistoryConfig::default() }));
    let new = succeeding(&old, &Config::default(), Room::configured(config).join(Access::Everyone));
    let mut bob = Client::connect(&new);
    bob.join("chat:1", json!({ "resume": { "epoch": epoch, "offset": 0 } })).await;
    let gap = bob.next().await;
    assert_eq!((&gap[3], &gap[4]["from"], &gap[4]["to"]), (&json!("history_gap"), &json!(1), &json!(2)));
    assert_eq!(bob.next().await[4]["n"], 3);
    assert_eq!(Client::connect(&new).refused("chat:1", "phx_join", json!({})).await, "full");
    // Whoever still speaks under the former declaration does not bring its settings back.
    ada.ask("chat:1", "said", json!({ "n": 4 })).await;
    assert_eq!(bob.next().await[4]["n"], 4);
    assert_eq!(new.list()[0].kept, 1);
    assert_eq!(bob.refused("chat:1", "said", json!({})).await, "unauthorized");
}

#[tokio::test]
async fn all_who_are_connected_count() {
    let config = Config { connections: 2, ..Config::default() };
    let old = rooms_with(&config, [kept(1)]);
    let ada = Client::connect(&old);
    let new = succeeding(&old, &config, kept(1));
    let connect = || new.0.hub.connect(None, None, Transport::LongPoll, 1);
    let bob = connect().unwrap();
    assert_ne!(bob.id, old.connections()[0].connection);
    assert!(connect().is_err());
    ada.leave().await;
    connect().unwrap();
}

#[tokio::test]
async fn those_who_poll_are_not_there_for_ever() {
    let old = rooms([kept(1)]);
    let drain = Drain::new();
    old.0.start_keeper(Some(&drain));
    super::polling::begin(&old, None).await;
    let new = succeeding(&old, &Config::default(), kept(1));
    assert_eq!(new.connections().len(), 1);
    drain.start();
    while !new.connections().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_closed_is_closed_at_once_to_who_is_in_it() {
    // Sockets are closed long after this.
    let config = Config { drain_window: std::time::Duration::from_secs(10_000_000), ..Config::default() };
    let decided = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&decided);
    let asking = open("asked").on_push(move |_| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async { Ok(Answer::taken()) }
    });
    let old = rooms_with(&config, [kept(10), open("news"), open("staff"), asking]);
    let drain = Drain::new();
    let mut ada =
        Client::connect_as(&old, client::Connecting { drain: Some(drain.clone()), ..Default::default() });
    for topic in ["chat:1", "news", "staff", "asked"] {
        ada.join(topic, json!({})).await;
    }
    let staff = Room::new("staff").join(Access::Authenticated);
    let new = Rooms::builder(&config).room(open("news")).room(staff).succeeding(&old).build().unwrap();
    let mut bob = Client::connect(&new);
    bob.join("news", json!({})).await;
    assert_eq!(
        ada.ask("chat:1", "said", json!({})).await.0["status"],
        "ok",
        "as long as nothing has changed"
    );

    drain.start();
    let mut closed = Vec::new();
    for _ in 0..3 {
        let message = ada.next().await;
        assert_eq!(message[3], "phx_close");
        closed.push(message[2].as_str().unwrap().to_owned());
    }
    closed.sort_unstable();
    assert_eq!(closed, ["asked", "chat:1", "staff"]);
    for topic in ["chat:1", "staff", "asked"] {
        assert_eq!(ada.refused(topic, "said", json!({})).await, "unmatched topic");
        assert_eq!(ada.refused(topic, "said", json!({ "message_id": "m" })).await, "unmatched topic");
        assert_eq!(ada.refused(topic, "phx_join", json!({})).await, "unmatched topic");
    }
    assert_eq!(decided.load(std::sync::atomic::Ordering::Relaxed), 0);
    // What stays is as it was, until the socket is closed.
    bob.ask("news", "said", json!({ "n": 1 })).await;
    assert_eq!(ada.next().await[4]["n"], 1);
    assert_eq!(new.members(&topic("news")).unwrap().len(), 2);
}
