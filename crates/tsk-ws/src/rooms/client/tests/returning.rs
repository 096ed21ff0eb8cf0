//! Coming back: what was missed, what is lost, what is said again.

use std::time::Duration;

use super::*;

const LONG: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn whoever_comes_back_hears_what_it_missed_once_and_in_order() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let client = network.client();
    let mut room = client.join("chat:1").await.unwrap();
    for n in 1..=20 {
        say(&rooms, n);
        // Whether this one is on its way, has come, or is missed: it is heard once.
        match n % 4 {
            0 => tokio::task::yield_now().await,
            1 => network.cut(),
            2 => drop(tokio::time::timeout(Duration::from_millis(300), std::future::pending::<()>()).await),
            _ => {}
        }
    }
    for n in 1..=20 {
        assert_eq!(heard(&mut room).await, n);
    }
    assert_eq!(room.position().unwrap().offset, 20);
}

#[tokio::test(start_paused = true)]
async fn a_break_is_told_and_what_is_lost_is_one_gap() {
    let rooms = rooms(kept(2));
    let network = Network::new(&rooms);
    let client = network.client();
    let mut room = client.join("chat:1").await.unwrap();
    say(&rooms, 1);
    assert_eq!(heard(&mut room).await, 1);
    network.down(true);
    until(&client, false).await;
    (2..=5).for_each(|n| say(&rooms, n));
    network.down(false);
    assert!(matches!(room.next().await, Some(Event::Interrupted)));
    let rejoined =
        next(&mut room, |event| if let Event::Rejoined(joined) = event { Some(joined) } else { None }).await;
    assert_eq!(rejoined.position().unwrap().offset, 1);
    assert_eq!(heard(&mut room).await, json!([2, 3]));
    assert_eq!((heard(&mut room).await, heard(&mut room).await), (json!(4), json!(5)));
}

#[tokio::test(start_paused = true)]
async fn another_server_begins_anew_and_the_break_is_a_gap() {
    let (one, other) = (rooms(kept(100)), rooms(kept(100)));
    let network = Network::new(&one);
    let client = network.client();
    let mut room = client.join("chat:1").await.unwrap();
    (1..=3).for_each(|n| say(&one, n));
    for n in 1..=3 {
        assert_eq!(heard(&mut room).await, n);
    }
    say(&other, 100);
    network.replace(&other);
    assert_eq!(heard(&mut room).await, json!([null, 0]));
    assert_eq!(heard(&mut room).await, 100);
    assert_eq!(room.position().unwrap().offset, 1);
    network.cut();
    say(&other, 101);
    assert_eq!(heard(&mut room).await, 101);
}

#[tokio::test(start_paused = true)]
async fn a_room_without_history_has_a_gap_at_each_break() {
    let rooms = rooms(open("chat:*"));
    let network = Network::new(&rooms);
    let client = network.client();
    let mut room = client.join("chat:1").await.unwrap();
    assert_eq!(room.position(), None);
    network.cut();
    assert_eq!(heard(&mut room).await, json!([null, null]));
    say(&rooms, 7);
    assert_eq!(heard(&mut room).await, 7);
}

#[tokio::test(start_paused = true)]
async fn another_program_goes_on_where_one_was() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let first = network.client();
    let mut room = first.join("chat:1").await.unwrap();
    say(&rooms, 1);
    assert_eq!(heard(&mut room).await, 1);
    let position = room.position().unwrap();
    drop((room, first));
    (2..=4).for_each(|n| say(&rooms, n));
    let client = network.client();
    let mut room = client.join("chat:1").resume(position).await.unwrap();
    for n in 2..=4 {
        assert_eq!(heard(&mut room).await, n);
    }
    let mut last = network.client().join("chat:1").latest(2).await.unwrap();
    assert_eq!((heard(&mut last).await, heard(&mut last).await), (json!(3), json!(4)));
}

#[tokio::test(start_paused = true)]
async fn what_is_said_without_a_connection_is_sent_in_order_when_there_is_one() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let client = network.client();
    // A room is not forgotten of which something is kept.
    say(&rooms, 0);
    let mut room = client.join("chat:1").await.unwrap();
    network.down(true);
    until(&client, false).await;
    let pushed: Vec<Pushing> = (1..=10).map(|n| room.push("said", &json!({ "n": n }))).collect();
    assert_eq!(client.unanswered(), 10);
    tokio::time::sleep(Duration::from_secs(2)).await;
    network.down(false);
    for (offset, pushing) in (2..).zip(pushed) {
        assert_eq!(pushing.await.unwrap().offset(), Some(offset));
    }
    for n in 1..=10 {
        assert_eq!(heard(&mut room).await, n);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_again_because_its_answer_was_lost_is_said_once() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let client = network.client();
    let mut room = client.join("chat:1").await.unwrap();
    network.mute();
    let pushed: Vec<Pushing> = (1..=3).map(|n| room.push("said", &json!({ "n": n }))).collect();
    let once = room.push_once("said", Payload::of(&json!({ "n": 4 })).unwrap());
    // The server hears them, and its answers are lost.
    let topic = Topic::new("chat:1").unwrap();
    while rooms.list().iter().all(|room| room.topic != topic.as_str() || room.offset < 4) {
        tokio::task::yield_now().await;
    }
    network.cut();
    assert!(once.await.unwrap_err().is_sent(), "nobody knows, and it has no identifier");
    for (offset, pushing) in (1..).zip(pushed) {
        let reply = pushing.await.unwrap();
        assert_eq!((reply.offset(), reply.is_duplicate()), (Some(offset), true));
    }
    for n in 1..=4 {
        assert_eq!(heard(&mut room).await, n);
    }
    say(&rooms, 5);
    assert_eq!(heard(&mut room).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_is_given_up() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let client =
        network.builder().heartbeat(Duration::from_secs(5), Duration::from_secs(2)).connect().unwrap();
    let mut room = client.join("chat:1").await.unwrap();
    assert!(tokio::time::timeout(LONG, room.next()).await.is_err(), "whoever answers is there");
    assert_eq!(network.dialed(), 1);
    say(&rooms, 0);
    assert_eq!(heard(&mut room).await, 0);
    let begin = Instant::now();
    network.mute();
    until(&client, false).await;
    let State::Waiting { why, .. } = client.state() else { panic!("{:?}", client.state()) };
    assert_eq!(&*why, "the server does not answer heartbeats");
    assert!(begin.elapsed() <= Duration::from_secs(7));
    say(&rooms, 1);
    assert_eq!(heard(&mut room).await, 1);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_ever_further_apart_and_go_on() {
    let rooms = rooms(open("chat:*"));
    let network = Network::new(&rooms);
    network.down(true);
    let client =
        network.builder().backoff(Duration::from_secs(1), Duration::from_secs(60)).connect().unwrap();
    tokio::time::sleep(LONG).await;
    // In an hour, each waits half a minute on average: after the first six, which are sooner.
    let dialed = network.dialed();
    assert!((60..=240).contains(&dialed), "{dialed} attempts");
    assert!(matches!(client.state(), State::Waiting { attempt: 60.., .. }));
    network.down(false);
    client.join("chat:1").deadline(Duration::MAX).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_is_asked_for_at_each_connection() {
    let rooms = rooms(open("chat:*"));
    let network = Network::new(&rooms);
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let token = move || {
        let asked = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move { if asked == 0 { Err("the vault is sealed") } else { Ok("t".to_owned()) } }
    };
    let client = network.builder().token(token).connect().unwrap();
    until(&client, true).await;
    network.cut();
    until(&client, false).await;
    until(&client, true).await;
    assert_eq!((asked.load(std::sync::atomic::Ordering::SeqCst), network.dialed()), (3, 2));
}
