use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};
use tsk_ws::{CloseCode, Message};

use crate::pair::{bare, next, sockets};

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_a_heartbeat_is_given_up() {
    let (mut server, _there) = bare(1024, |_| {});
    let begin = Instant::now();
    assert!(server.recv().await.unwrap().unwrap_err().is_timeout());
    assert_eq!(begin.elapsed().as_secs(), 50);
    assert!(server.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn who_answers_heartbeats_stays() {
    let (mut server, mut client) = sockets(1024, |_| {});
    let answering = tokio::spawn(async move { client.recv().await });
    let waiting = tokio::time::timeout(Duration::from_secs(3600), server.recv());
    assert!(waiting.await.is_err(), "nothing happens in an hour");
    assert!(server.round_trip().is_some());
    drop(server);
    answering.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_who_speaks() {
    let (mut server, mut there) = bare(1024, |_| {});
    for _ in 0..10 {
        tokio::time::advance(Duration::from_secs(29)).await;
        there.write_all(b"\x81\x81\0\0\0\0a").await.unwrap();
        assert_eq!(next(&mut server).await, Message::text("a"));
        let nothing = tokio::time::timeout(Duration::from_millis(1), server.recv()).await;
        assert!(nothing.is_err());
    }
    drop(server);
    let mut asked = Vec::new();
    there.read_to_end(&mut asked).await.unwrap();
    assert_eq!(asked, *b"\x88\x02\x03\xe8");
}

#[tokio::test(start_paused = true)]
async fn a_socket_on_which_nothing_is_said_is_closed() {
    let (mut server, mut client) = sockets(1024, |config| config.idle_timeout = Duration::from_secs(600));
    let begin = Instant::now();
    let closed = tokio::spawn(async move { next(&mut client).await });
    assert!(matches!(next(&mut server).await, Message::Close(Some(frame)) if frame.code == CloseCode::Away));
    assert_eq!(begin.elapsed().as_secs(), 600);
    closed.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_is_given_up() {
    let (mut server, _there) = bare(64, |config| config.heartbeat = Duration::ZERO);
    let begin = Instant::now();
    assert!(server.send(vec![0; 1000]).await.unwrap_err().is_timeout());
    assert_eq!(begin.elapsed().as_secs(), 30);
    assert!(server.send("more").await.unwrap_err().is_closed());
}

#[tokio::test(start_paused = true)]
async fn who_takes_little_by_little_is_not() {
    let (mut server, mut there) = bare(64, |config| config.heartbeat = Duration::ZERO);
    let sending = tokio::spawn(async move { server.send(vec![0; 1000]).await });
    let mut bytes = [0; 64];
    for _ in 0..15 {
        tokio::time::sleep(Duration::from_secs(20)).await;
        there.read_exact(&mut bytes).await.unwrap();
    }
    there.read_exact(&mut bytes[..44]).await.unwrap();
    sending.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_does_not_agree_to_close_is_given_up() {
    let (server, _there) = bare(1024, |_| {});
    let begin = Instant::now();
    server.close(CloseCode::Normal, "").await;
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn who_goes_on_after_a_fault_is_given_up() {
    let (mut server, mut there) = bare(1024, |_| {});
    let flood = tokio::spawn(async move {
        while there.write_all(&[0xff; 512]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    assert!(server.recv().await.unwrap().unwrap_err().is_fault());
    let begin = Instant::now();
    assert!(server.recv().await.is_none());
    assert_eq!(begin.elapsed().as_secs(), 5);
    flood.await.unwrap();
}
