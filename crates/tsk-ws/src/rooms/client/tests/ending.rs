//! How a client ends.

use std::time::Duration;

use tsk_core::Drain;

use super::*;

#[tokio::test(start_paused = true)]
async fn closing_waits_for_what_is_said() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let client = network.client();
    let mut room = client.join("chat:1").await.unwrap();
    network.down(true);
    until(&client, false).await;
    let pushing = room.push("said", &json!({ "n": 1 }));
    let closing = tokio::spawn({
        let client = client.clone();
        async move { client.close(Duration::from_secs(9)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(room.push("said", &json!({})).await.unwrap_err().is_closed());
    assert!(client.join("chat:2").await.unwrap_err().is_closed());
    network.down(false);
    assert_eq!(closing.await.unwrap(), 0);
    assert_eq!(pushing.await.unwrap().offset(), Some(1));
    assert_eq!(client.state(), State::Closed);
    let closed = next(&mut room, |event| if let Event::Closed(why) = event { Some(why) } else { None }).await;
    assert!(closed.is_closed());
    assert!(room.next().await.is_none());
    assert!(rooms.connections().is_empty());
}

#[tokio::test(start_paused = true)]
async fn closing_gives_up_at_its_deadline_and_says_how_much() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let client = network.client();
    let room = client.join("chat:1").await.unwrap();
    network.down(true);
    until(&client, false).await;
    let pushing = room.push("said", &json!({}));
    let begin = Instant::now();
    assert_eq!(client.close(Duration::from_secs(5)).await, 1);
    assert_eq!(begin.elapsed().as_secs(), 5);
    assert!(pushing.await.unwrap_err().is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_what_is_said() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let drain = Drain::new();
    let client = network.builder().drain(&drain).connect().unwrap();
    let room = client.join("chat:1").await.unwrap();
    let pushing = room.push("said", &json!({}));
    drain.start();
    drain.finished().await;
    assert_eq!(client.state(), State::Closed);
    assert_eq!(pushing.await.unwrap().offset(), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_nobody_has_is_gone() {
    let rooms = rooms(open("chat:*"));
    let network = Network::new(&rooms);
    let client = network.client();
    let room = client.join("chat:1").await.unwrap();
    let state = client.watch();
    drop(client);
    room.push("said", &json!({})).await.unwrap();
    drop(room);
    let mut state = state;
    state.wait_for(|state| *state == State::Closed).await.unwrap();
    while !rooms.connections().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// The server closes a room, or lets nobody in again: it is over, and the client goes on.
#[tokio::test(start_paused = true)]
async fn a_room_that_lets_nobody_in_again_is_over() {
    let first = rooms(open("chat:*"));
    let network = Network::new(&first);
    let client = network.client();
    let mut room = client.join("chat:1").await.unwrap();
    let closed = Rooms::builder(&Config::default())
        .room(Room::new("chat:*").join(Access::Nobody))
        .room(open("other:*"))
        .build()
        .unwrap();
    network.replace(&closed);
    let why = next(&mut room, |event| if let Event::Closed(why) = event { Some(why) } else { None }).await;
    assert_eq!(why.reason(), Some("unauthorized"));
    assert!(room.next().await.is_none());
    assert!(room.push("said", &json!({})).await.unwrap_err().is_closed());
    client.join("other:1").await.unwrap();
}
