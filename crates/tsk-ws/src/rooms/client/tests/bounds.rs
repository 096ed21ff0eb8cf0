//! What a client holds, and for how long.

use std::time::Duration;

use super::*;

#[tokio::test(start_paused = true)]
async fn no_more_waits_without_a_connection_than_may() {
    let rooms = rooms(kept(100));
    for when_full in [WhenFull::Refuse, WhenFull::DropOldest] {
        let network = Network::new(&rooms);
        let client = network.builder().queue(3, 100_000).when_full(when_full).connect().unwrap();
        let room = client.join("chat:1").await.unwrap();
        network.down(true);
        until(&client, false).await;
        let mut pushed: Vec<Pushing> = (1..=4).map(|n| room.push("said", &json!({ "n": n }))).collect();
        assert_eq!(client.unanswered(), 3);
        let (last, first) = (pushed.pop().unwrap(), pushed.remove(0));
        let (given_up, kept) = match when_full {
            WhenFull::Refuse => (last, first),
            WhenFull::DropOldest => (first, last),
        };
        let error = given_up.await.unwrap_err();
        assert!(if when_full == WhenFull::Refuse { error.is_full() } else { error.is_dropped() }, "{error}");
        assert!(!error.is_sent());
        network.down(false);
        kept.await.unwrap();
        let large = Payload::of(&"x".repeat(100_001)).unwrap();
        assert!(room.push_payload("said", large).await.unwrap_err().is_full());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_sent_or_answered_in_time_is_an_error() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let client = network.client();
    let room = client.join("chat:1").await.unwrap();
    network.mute();
    let begin = Instant::now();
    let error = room.push("said", &json!({})).await.unwrap_err();
    assert!(error.is_timeout() && error.is_sent(), "{error}");
    assert_eq!(begin.elapsed().as_secs(), 10);
    network.down(true);
    until(&client, false).await;
    let error = room.push("said", &json!({})).await.unwrap_err();
    assert!(error.is_timeout() && !error.is_sent(), "{error}");
    let error = client.join("chat:2").deadline(Duration::from_secs(3)).await.unwrap_err();
    assert!(error.is_timeout() && !error.is_sent(), "{error}");
    assert_eq!((client.rooms(), client.unanswered()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_listen_misses_the_oldest_and_is_told_so() {
    let rooms = rooms(kept(1000));
    let network = Network::new(&rooms);
    let client = network.builder().inbox(10, 100_000).connect().unwrap();
    let mut room = client.join("chat:1").await.unwrap();
    for n in 1..=50 {
        say(&rooms, n);
    }
    // The answer comes behind them all.
    room.push("said", &json!({ "n": 51 })).await.unwrap();
    assert_eq!(heard(&mut room).await, json!([1, 41]));
    for n in 42..=51 {
        assert_eq!(heard(&mut room).await, n);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_is_in_no_more_rooms_than_it_may_be() {
    let rooms = rooms(open("chat:*"));
    let client = Network::new(&rooms).builder().channels(2).connect().unwrap();
    let one = client.join("chat:1").await.unwrap();
    let _two = client.join("chat:2").await.unwrap();
    assert!(client.join("chat:3").await.unwrap_err().is_full());
    one.leave().await;
    client.join("chat:3").await.unwrap();
}

#[test]
fn what_makes_no_sense_is_refused() {
    let builder = || Client::builder("wss://chat.test/socket");
    for builder in [
        Client::builder("chat.test"),
        Client::builder("wss://chat.test/socket#a"),
        builder().queue(0, 1),
        builder().inbox(1, 0),
        builder().channels(0),
        builder().deadline(Duration::ZERO),
        builder().heartbeat(Duration::ZERO, Duration::from_secs(1)),
        builder().backoff(Duration::from_secs(1), Duration::ZERO),
        builder().header(http::header::UPGRADE, http::HeaderValue::from_static("x")),
    ] {
        assert!(builder.connect().unwrap_err().is_setting());
    }
    assert!(Pool::connect(0, builder).unwrap_err().is_setting());
}
