//! What a client can make grow has a bound.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use tsk_core::Drain;

use super::{client::Connecting, *};

#[tokio::test]
async fn a_connection_is_in_so_many_rooms_and_no_more() {
    let rooms = rooms_with(&Config { joins: 3, ..Config::default() }, [open("chat:*")]);
    let mut ada = Client::connect(&rooms);
    for room in 0..3 {
        ada.join(&format!("chat:{room}"), json!({})).await;
    }
    assert_eq!(ada.refused("chat:9", "phx_join", json!({})).await, "too many topics");
    // Whoever leaves one may join another.
    ada.ask("chat:0", "phx_leave", json!({})).await;
    ada.join("chat:9", json!({})).await;
    assert_eq!(rooms.list().len(), 3);
}

#[tokio::test]
async fn there_are_so_many_rooms_and_those_in_which_nobody_is_go_first() {
    let config = Config { rooms: 2, ..Config::default() };
    let rooms = rooms_with(&config, [open("chat:*").history(HistoryConfig::default())]);
    let mut ada = Client::connect(&rooms);
    ada.join("chat:1", json!({})).await;
    rooms.broadcast(&topic("chat:2"), "said", &Payload::empty()).unwrap();
    ada.join("chat:3", json!({})).await;
    assert_eq!(ada.refused("chat:4", "phx_join", json!({})).await, "too many rooms");
    let names: Vec<String> = rooms.list().into_iter().map(|room| room.topic).collect();
    assert_eq!(names, ["chat:1", "chat:3"]);
}

#[tokio::test]
async fn a_room_holds_so_many() {
    let mut config = config::RoomConfig::new("chat:*");
    config.members = 1;
    let rooms = rooms([Room::configured(config).join(Access::Everyone)]);
    let (mut ada, mut bob) = (Client::connect(&rooms), Client::connect(&rooms));
    ada.join("chat:1", json!({})).await;
    assert_eq!(bob.refused("chat:1", "phx_join", json!({})).await, "full");
    ada.leave().await;
    bob.join("chat:1", json!({})).await;
}

#[tokio::test]
async fn what_somebody_says_of_itself_is_short() {
    let rooms = rooms([open("chat:*").presence()]);
    let mut ada = Client::connect(&rooms);
    ada.join("chat:1", json!({ "presence": { "text": "x".repeat(2000) } })).await;
    let state = ada.next().await;
    assert_eq!(state[4]["guest-1"]["metas"][0].as_object().unwrap().len(), 1);
    let long = json!({ "text": "x".repeat(2000) });
    assert_eq!(ada.refused("chat:1", "presence_update", long).await, "malformed");
}

#[tokio::test(start_paused = true)]
async fn who_sends_faster_than_it_may_is_read_more_slowly() {
    let rooms = rooms_with(&Config { rate: 10, burst: 5, ..Config::default() }, [open("chat:*")]);
    let mut ada = Client::connect(&rooms);
    let began = Instant::now();
    for _ in 0..25 {
        ada.ask("phoenix", "heartbeat", json!({})).await;
    }
    assert!(began.elapsed() >= Duration::from_millis(1_900), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_is_no_message_closes_the_socket() {
    let rooms = rooms([open("chat:*")]);
    for text in ["", "hello", "[1,2,3]", &format!("[null,null,\"a\",\"b\",{}]", "[".repeat(1000))] {
        let mut eve = Client::connect(&rooms);
        eve.send(text).await;
        assert_eq!(u16::from(eve.closed().await.code), 1003, "{text}");
        eve.leave().await;
    }
    assert!(rooms.connections().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_its_answers_is_disconnected() {
    let config = Config {
        waiting: bytesize::ByteSize::kib(8),
        rate: 1_000_000,
        burst: 1_000_000,
        ..Config::default()
    };
    let rooms = rooms_with(&config, [open("chat:*")]);
    let mut eve = Client::connect_as(&rooms, Connecting { pipe: 1024, ..Default::default() });
    let mut most = 0;
    for _ in 0..2000 {
        let sent = eve.try_send(json!(["1", "2", "phoenix", "heartbeat", {}])).await;
        most = most.max(rooms.connections().first().map_or(0, |connection| connection.waiting_bytes));
        if !sent {
            break;
        }
    }
    assert!(most <= 8 << 10, "{most}");
    eve.leave().await;
    assert!(rooms.connections().is_empty());
}

#[tokio::test(start_paused = true)]
async fn sockets_are_closed_over_a_while_as_the_service_stops() {
    let config = Config { drain_window: Duration::from_secs(10), ..Config::default() };
    let rooms = rooms_with(&config, [open("chat:*")]);
    let drain = Drain::new();
    let mut clients = Vec::new();
    for _ in 0..40 {
        let mut client =
            Client::connect_as(&rooms, Connecting { drain: Some(drain.clone()), ..Default::default() });
        client.join("chat:1", json!({})).await;
        clients.push(client);
    }
    drain.start();
    let began = Instant::now();
    let closing = clients.into_iter().map(|mut client| async move {
        let frame = client.closed().await;
        (u16::from(frame.code), began.elapsed())
    });
    let mut closed = Vec::new();
    let mut tasks = tokio::task::JoinSet::new();
    closing.for_each(|closing| drop(tasks.spawn(closing)));
    while let Some(result) = tasks.join_next().await {
        closed.push(result.unwrap());
    }
    assert!(closed.iter().all(|(code, after)| *code == 1012 && *after <= Duration::from_secs(11)));
    let early = closed.iter().filter(|(_, after)| *after < Duration::from_secs(5)).count();
    assert!((5..=35).contains(&early), "{early} of 40 in the first half");
}
