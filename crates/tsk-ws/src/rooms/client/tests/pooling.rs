//! Several connections as one.

use std::time::Duration;

use super::*;

#[tokio::test(start_paused = true)]
async fn rooms_are_spread_and_stay_where_they_are() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let pool = Pool::connect(4, || network.builder().channels(3)).unwrap();
    let mut channels = Vec::new();
    for n in 0..12 {
        channels.push(pool.join(&format!("chat:{n}")).await.unwrap());
    }
    assert!(pool.clients().iter().all(|client| client.rooms() == 3));
    assert!(pool.join("chat:12").await.unwrap_err().is_full());
    assert!(pool.join("chat:3").await.unwrap_err().is_taken());
    for n in 0..2 {
        for channel in &mut channels {
            channel.push("said", &json!({ "n": n })).await.unwrap();
            assert_eq!(heard(channel).await, n);
        }
        network.cut();
    }
    assert!(pool.clients().iter().all(|client| client.rooms() == 3));
    channels.remove(5).leave().await;
    pool.join("chat:12").await.unwrap();
    let pushing = channels[0].push("said", &json!({}));
    assert_eq!(pool.close(Duration::from_secs(5)).await, 0);
    assert!(pushing.await.is_ok());
    assert!(pool.clients().iter().all(|client| client.state() == State::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_pool_ends_at_one_deadline_for_all() {
    let rooms = rooms(kept(100));
    let network = Network::new(&rooms);
    let pool = Pool::connect(3, || network.builder()).unwrap();
    let mut channels = Vec::new();
    for n in 0..3 {
        channels.push(pool.join(&format!("chat:{n}")).await.unwrap());
    }
    network.down(true);
    for client in pool.clients() {
        until(client, false).await;
    }
    let pushed: Vec<Pushing> = channels.iter().map(|channel| channel.push("said", &json!({}))).collect();
    let begin = Instant::now();
    assert_eq!(pool.close(Duration::from_secs(5)).await, pushed.len());
    assert_eq!(begin.elapsed().as_secs(), 5);
}
