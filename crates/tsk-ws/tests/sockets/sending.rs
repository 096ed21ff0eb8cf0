use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tsk_ws::{Message, Prepared};

use crate::pair::{bare, next, sockets};

#[tokio::test]
async fn messages_go_both_ways_in_order() {
    let (mut server, mut client) = sockets(64, |_| {});
    let long = "ä".repeat(100_000);
    let sent =
        [Message::text("one"), Message::binary(vec![0; 70_000]), Message::text(""), Message::text(long)];
    let echo = async {
        for _ in 0..4 {
            let message = next(&mut server).await;
            server.send(message).await.unwrap();
        }
    };
    let ask = async {
        for message in &sent {
            client.send(message.clone()).await.unwrap();
            assert_eq!(next(&mut client).await, *message);
        }
    };
    tokio::join!(echo, ask);
}

#[tokio::test]
async fn what_is_fed_goes_out_together() {
    let (mut server, mut there) = bare(1024, |_| {});
    poll_fn(|cx| Pin::new(&mut server).poll_ready(cx)).await.unwrap();
    for text in ["a", "b", "c"] {
        Pin::new(&mut server).start_send(text.into()).unwrap();
    }
    poll_fn(|cx| Pin::new(&mut server).poll_flush(cx)).await.unwrap();
    let mut bytes = [0; 9];
    assert_eq!(there.read(&mut bytes).await.unwrap(), 9);
    assert_eq!(bytes, *b"\x81\x01a\x81\x01b\x81\x01c");
}

#[tokio::test]
async fn what_is_shared_is_the_same_for_all() {
    let news = Prepared::new(Message::text("news"));
    for _ in 0..2 {
        let (server, mut there) = bare(64, |_| {});
        server.sender().try_share(&news).unwrap();
        let mut bytes = [0; 6];
        there.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, *b"\x81\x04news");
    }
}

#[tokio::test]
async fn a_sender_says_when_the_queue_is_full_and_what_is_queued_goes_out_later() {
    let (mut server, mut there) = bare(16, |config| config.max_queue = bytesize::ByteSize::b(100));
    let sender = server.sender();
    let message = Prepared::new(Message::binary(vec![7; 40]));
    sender.try_share(&message).unwrap();
    assert_eq!(sender.queued(), 42 - 16);
    sender.try_share(&message).unwrap();
    assert!(sender.try_share(&message).unwrap_err().is_full());
    let mut bytes = vec![0; 84];
    tokio::join!(
        async {
            tokio::select! {
                _ = server.recv() => panic!("nothing was sent"),
                () = async { sender.sent().await.unwrap() } => {}
            }
        },
        async { there.read_exact(&mut bytes).await.unwrap() },
    );
    assert_eq!(sender.queued(), 0);
    assert_eq!(&bytes[42..44], b"\x82\x28");
}

#[tokio::test]
async fn many_sockets_are_sent_to_in_one_turn_of_a_task() {
    let pairs: Vec<_> = (0..1000).map(|_| bare(64, |_| {})).collect();
    let news = Prepared::new(Message::text("news"));
    tokio::task::yield_now().await;
    pairs.iter().for_each(|(server, _)| server.sender().try_share(&news).unwrap());
    assert!(pairs.iter().all(|(server, _)| server.sender().queued() == 0));
}

#[tokio::test]
async fn pings_of_who_reads_nothing_do_not_pile_up() {
    let (mut server, mut there) = bare(64 * 1024, |_| {});
    let mut pings = Vec::new();
    for at in 0..20_000u32 {
        pings.extend_from_slice(&[0x89, 0x84, 0, 0, 0, 0]);
        pings.extend_from_slice(&at.to_be_bytes());
    }
    let mut cx = Context::from_waker(Waker::noop());
    for pings in pings.chunks(10_000) {
        there.write_all(pings).await.unwrap();
        let _ = Pin::new(&mut server).poll_next(&mut cx);
        assert!(server.sender().queued() < 20 * 1024, "{}", server.sender().queued());
    }
    assert!(server.sender().queued() > 0, "the connection is full");
    // The last ping is answered in any case.
    let mut answers = Vec::new();
    let last = [&b"\x8a\x04"[..], &19_999u32.to_be_bytes()].concat();
    while !answers.ends_with(&last) {
        assert!(matches!(Pin::new(&mut server).poll_next(&mut cx), Poll::Pending));
        there.read_buf(&mut answers).await.unwrap();
    }
}

#[tokio::test]
async fn the_halves_work_in_two_tasks() {
    let (server, client) = sockets(64, |_| {});
    let (mut writer, mut reader) = server.split();
    let writing = tokio::spawn(async move {
        for at in 0..100 {
            writer.send(format!("{at}")).await.unwrap();
        }
    });
    let (mut answers, mut questions) = client.split();
    let asking = tokio::spawn(async move {
        for _ in 0..100 {
            answers.send(vec![0; 100]).await.unwrap();
        }
    });
    let (mut received, mut asked) = (0, 0);
    tokio::join!(
        async {
            while received < 100 {
                assert_eq!(questions.recv().await.unwrap().unwrap().as_text(), Some(&*received.to_string()));
                received += 1;
            }
        },
        async {
            while asked < 100 {
                assert_eq!(reader.recv().await.unwrap().unwrap().len(), 100);
                asked += 1;
            }
        },
    );
    writing.await.unwrap();
    asking.await.unwrap();
}
