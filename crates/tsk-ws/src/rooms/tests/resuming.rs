//! Coming back: what was missed, what is lost, what was said already.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

fn kept(count: usize) -> Room {
    open("chat:*").history(HistoryConfig { count, ..HistoryConfig::default() })
}

fn texts(heard: &[Value]) -> Vec<(Value, Value)> {
    heard.iter().map(|message| (message[1].clone(), message[4]["n"].clone())).collect()
}

#[tokio::test]
async fn whoever_comes_back_hears_what_it_missed_in_order() {
    let rooms = rooms([kept(100)]);
    let mut ada = Client::connect(&rooms);
    let welcome = ada.join("chat:1", json!({})).await;
    let epoch = welcome["history"]["epoch"].clone();
    assert_eq!(welcome["history"]["offset"], 0);
    let (answer, heard) = ada.ask("chat:1", "said", json!({ "n": 1 })).await;
    assert_eq!(answer["response"], json!({ "offset": 1 }));
    assert_eq!(texts(&heard), [(json!("@1"), json!(1))]);
    ada.leave().await;
    for n in 2..=4 {
        let payload = Payload::of(&json!({ "n": n })).unwrap();
        assert_eq!(rooms.broadcast(&topic("chat:1"), "said", &payload).unwrap(), n);
    }

    let mut ada = Client::connect(&rooms);
    let resume = json!({ "resume": { "epoch": epoch, "offset": 1 } });
    assert_eq!(ada.join("chat:1", resume).await["history"]["offset"], 4);
    let missed = [ada.next().await, ada.next().await, ada.next().await];
    assert_eq!(texts(&missed), [(json!("@2"), json!(2)), (json!("@3"), json!(3)), (json!("@4"), json!(4))]);
    let mut bob = Client::connect(&rooms);
    bob.join("chat:1", json!({ "resume": { "latest": 1 } })).await;
    assert_eq!(bob.next().await[4]["n"], 4);
}

#[tokio::test]
async fn what_is_lost_is_one_event_and_never_silence() {
    let rooms = rooms([kept(2)]);
    let mut ada = Client::connect(&rooms);
    let epoch = ada.join("chat:1", json!({})).await["history"]["epoch"].clone();
    for n in 1..=5 {
        ada.ask("chat:1", "said", json!({ "n": n })).await;
    }
    let mut bob = Client::connect(&rooms);
    bob.join("chat:1", json!({ "resume": { "epoch": epoch, "offset": 1 } })).await;
    assert_eq!(
        bob.next().await,
        json!([null, "@3", "chat:1", "history_gap", { "epoch": epoch, "from": 2, "to": 3 }])
    );
    assert_eq!(
        texts(&[bob.next().await, bob.next().await]),
        [(json!("@4"), json!(4)), (json!("@5"), json!(5))]
    );

    for other in ["0000000000000000", "nonsense"] {
        let mut eve = Client::connect(&rooms);
        eve.join("chat:1", json!({ "resume": { "epoch": other, "offset": 1 } })).await;
        assert_eq!(eve.next().await[4], json!({ "epoch": epoch, "from": null, "to": 3 }), "{other}");
    }
}

#[tokio::test]
async fn what_is_sent_again_is_not_said_twice() {
    let rooms = rooms([kept(10)]);
    let mut ada = Client::connect(&rooms);
    ada.join("chat:1", json!({})).await;
    let said = json!({ "message_id": "m1", "n": 1 });
    assert_eq!(ada.ask("chat:1", "said", said.clone()).await.0["response"], json!({ "offset": 1 }));
    ada.leave().await;
    let mut again = Client::connect(&rooms);
    again.join("chat:1", json!({})).await;
    let (answer, heard) = again.ask("chat:1", "said", said).await;
    assert_eq!(answer["response"], json!({ "offset": 1, "duplicate": true }));
    assert!(heard.is_empty(), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_read_misses_the_oldest_and_is_told_so() {
    let mut config = config::RoomConfig::new("chat:*");
    config.queue = bytesize::ByteSize::kib(4);
    let room = Room::configured(config).join(Access::Everyone).history(HistoryConfig::default());
    let rooms = rooms([room]);
    let connecting = client::Connecting { pipe: 2048, ..Default::default() };
    let mut slow = Client::connect_as(&rooms, connecting);
    slow.join("chat:1", json!({})).await;
    let text = "x".repeat(500);
    for n in 1..=100 {
        let payload = Payload::of(&json!({ "n": n, "text": text })).unwrap();
        rooms.broadcast(&topic("chat:1"), "said", &payload).unwrap();
        assert!(rooms.connections()[0].waiting_bytes <= 4096);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (mut next, mut gaps) = (1, 0);
    while next <= 100 {
        let message = slow.next().await;
        if message[3] == "history_gap" {
            assert_eq!(message[4]["from"], next);
            next = message[4]["to"].as_u64().unwrap() + 1;
            gaps += 1;
        } else {
            assert_eq!(message[4]["n"], next);
            next += 1;
        }
    }
    assert!(gaps > 0);
}

/// Has nobody be there any more, and all that was said too old to be kept.
async fn outlive(rooms: &Rooms, client: Client) {
    client.leave().await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    rooms.0.hub.sweep(clock::now());
    assert!(rooms.list().is_empty());
}

async fn resume(rooms: &Rooms, epoch: &Value, offset: u64) -> (Client, Value, Vec<Value>) {
    let mut client = Client::connect(rooms);
    let resume = json!({ "resume": { "epoch": epoch, "offset": offset } });
    let welcome = client.join("chat:1", resume).await;
    let (_, heard) = client.ask("phoenix", "heartbeat", json!({})).await;
    (client, welcome["history"].clone(), heard)
}

#[tokio::test(start_paused = true)]
async fn who_missed_nothing_in_a_room_that_was_forgotten_is_told_of_no_gap() {
    let rooms = rooms([kept(10)]);
    let mut ada = Client::connect(&rooms);
    let epoch = ada.join("chat:1", json!({})).await["history"]["epoch"].clone();
    outlive(&rooms, ada).await;
    let (mut ada, history, heard) = resume(&rooms, &epoch, 0).await;
    assert_eq!((history, heard), (json!({ "epoch": epoch, "offset": 0 }), vec![]));

    for n in 1..=2 {
        ada.ask("chat:1", "said", json!({ "n": n })).await;
    }
    outlive(&rooms, ada).await;
    let (ada, history, heard) = resume(&rooms, &epoch, 2).await;
    assert_eq!((history, heard), (json!({ "epoch": epoch, "offset": 2 }), vec![]));
    // Whoever missed something there is told of just that.
    outlive(&rooms, ada).await;
    let (mut bob, _, heard) = resume(&rooms, &epoch, 1).await;
    let gap = json!([null, "@2", "chat:1", "history_gap", { "epoch": epoch, "from": 2, "to": 2 }]);
    assert_eq!(heard, [gap]);
    assert_eq!(
        bob.ask("chat:1", "said", json!({})).await.0["response"]["offset"],
        3,
        "and it goes on from there"
    );
}

#[tokio::test(start_paused = true)]
async fn where_nobody_knows_any_more_whether_something_is_missed_that_is_told() {
    let config = Config { rooms: 2, ..Config::default() };
    let rooms = rooms_with(&config, [kept(10)]);
    let mut ada = Client::connect(&rooms);
    let epoch = ada.join("chat:1", json!({})).await["history"]["epoch"].clone();
    outlive(&rooms, ada).await;
    for other in ["chat:2", "chat:3"] {
        let mut bob = Client::connect(&rooms);
        bob.join(other, json!({})).await;
        outlive(&rooms, bob).await;
    }
    let (_, history, heard) = resume(&rooms, &epoch, 0).await;
    assert_ne!(history["epoch"], epoch);
    assert_eq!(heard[0][4], json!({ "epoch": history["epoch"], "from": null, "to": 0 }));
}
