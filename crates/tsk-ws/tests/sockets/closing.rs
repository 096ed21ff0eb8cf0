use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tsk_ws::{CloseCode, CloseFrame, Message};

use crate::pair::{bare, next, sockets};

fn close(code: CloseCode, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
}

#[tokio::test]
async fn both_ends_learn_of_a_close_and_then_there_is_nothing_more() {
    let (mut server, client) = sockets(1024, |_| {});
    let closing = tokio::spawn(client.close(CloseCode::Away, "enough"));
    assert_eq!(next(&mut server).await, close(CloseCode::Away, "enough"));
    assert!(server.send("late").await.unwrap_err().is_closed());
    assert!(server.recv().await.is_none());
    closing.await.unwrap();
}

#[tokio::test]
async fn what_came_before_the_close_is_received() {
    let (mut server, mut client) = sockets(1024, |_| {});
    server.sender().close(CloseCode::Restart, "");
    client.send("in time").await.unwrap();
    assert_eq!(next(&mut server).await, Message::text("in time"));
    assert_eq!(next(&mut client).await, close(CloseCode::Restart, ""));
    assert_eq!(next(&mut server).await, close(CloseCode::Restart, ""));
    assert!(server.recv().await.is_none());
}

#[tokio::test]
async fn a_fault_is_told_and_what_comes_after_it_is_thrown_away() {
    let (mut server, mut there) = bare(1024, |_| {});
    there.write_all(b"\x83\x80\0\0\0\0").await.unwrap();
    let error = server.recv().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(CloseCode::Protocol));
    let ending = tokio::spawn(async move { server.recv().await });
    there.write_all(&[0; 5000]).await.unwrap();
    let mut told = vec![0; 4];
    there.read_exact(&mut told).await.unwrap();
    assert_eq!((told[0], &told[2..]), (0x88, &1002u16.to_be_bytes()[..]));
    there.read_to_end(&mut told).await.unwrap();
    drop(there);
    assert!(ending.await.unwrap().is_none());
}

#[tokio::test]
async fn who_goes_without_a_word_is_an_error() {
    let (mut server, there) = bare(1024, |_| {});
    drop(there);
    assert!(!server.recv().await.unwrap().unwrap_err().is_fault());
    assert!(server.recv().await.is_none());
}

#[tokio::test]
async fn a_socket_that_is_dropped_says_so() {
    let (server, mut client) = sockets(1024, |_| {});
    let sender = server.sender();
    drop(server);
    assert!(sender.try_send("late").unwrap_err().is_closed());
    assert_eq!(next(&mut client).await, close(CloseCode::Normal, ""));
}

#[tokio::test]
async fn a_code_that_may_not_be_sent_is_left_out_and_a_long_reason_is_cut() {
    let (server, mut client) = sockets(1024, |_| {});
    server.sender().close(CloseCode::Abnormal, "gone");
    assert_eq!(next(&mut client).await, Message::Close(None));
    let (server, mut client) = sockets(1024, |_| {});
    server.sender().close(CloseCode::Normal, &"ä".repeat(100));
    let Message::Close(Some(frame)) = next(&mut client).await else { panic!("it says why") };
    assert_eq!(frame.reason.as_str(), "ä".repeat(61));
}
