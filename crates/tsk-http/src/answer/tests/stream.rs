//! Bodies that are made while they are sent.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use http_body::Body as _;
use http_body_util::BodyExt;
use tsk_core::{Body, BoxError};

use super::super::*;

async fn whole(body: Body) -> Result<String, String> {
    let bytes = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok(String::from_utf8(bytes.into()).unwrap())
}

fn poll<S: Stream>(stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
    stream.poll_next(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_reader_is_read_to_its_end() {
    let long = "0123456789".repeat(100_000);
    let body = from_reader(std::io::Cursor::new(long.clone()));
    assert_eq!(whole(body).await.unwrap(), long);

    let broken = from_reader(tokio::io::AsyncReadExt::chain(&b"half"[..], Broken));
    assert_eq!(whole(broken).await.unwrap_err(), "the disk is gone");
}

#[tokio::test]
async fn a_sender_waits_for_the_client_and_learns_that_it_is_gone() {
    let (sender, mut receiver) = channel::<&str>(2);
    sender.send("one").await.unwrap();
    sender.send("two").await.unwrap();
    assert_eq!(sender.try_send("three"), Err(NotSent::Full));
    {
        let mut third = pin!(sender.send("three"));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(third.as_mut().poll(&mut cx).is_pending(), "two wait already");
        assert!(matches!(poll(Pin::new(&mut receiver)), Poll::Ready(Some(Ok("one")))));
        third.await.unwrap();
    }
    let gone = sender.gone();
    drop(receiver);
    gone.await;
    assert_eq!(sender.send("four").await.unwrap_err().to_string(), "the client is gone");
    assert_eq!(sender.try_send("four"), Err(NotSent::Gone));
}

#[tokio::test]
async fn an_answer_is_whole_only_where_its_sender_says_so() {
    for (finishes, expected) in [
        (true, Ok("onetwo".to_owned())),
        (false, Err("the sender of the answer went away without having finished it".to_owned())),
    ] {
        let (sender, receiver) = channel::<&str>(2);
        tokio::spawn(async move {
            sender.send("one").await.unwrap();
            sender.send("two").await.unwrap();
            if finishes {
                sender.finish();
            }
        });
        assert_eq!(whole(from_stream(receiver)).await, expected);
    }
}

#[tokio::test]
async fn a_producer_runs_no_further_than_it_is_read() {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let mut stream = Box::pin(produce(move |numbers| async move {
        for number in 0..4 {
            numbers.send(number).await?;
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }));
    assert_eq!(made.load(Ordering::Relaxed), 0, "nobody has asked for anything");
    for number in 0..4 {
        assert!(matches!(poll(stream.as_mut()), Poll::Ready(Some(Ok(it))) if it == number));
        assert!(made.load(Ordering::Relaxed) <= number + 2, "one is ready beyond the one that was read");
    }
    assert!(matches!(poll(stream.as_mut()), Poll::Ready(None)));
    assert!(matches!(poll(stream.as_mut()), Poll::Ready(None)));
    drop(stream);
    assert_eq!(Arc::strong_count(&made), 1, "what the producer holds goes with the answer");
}

#[tokio::test]
async fn a_producer_that_fails_fails_the_answer() {
    let body = from_stream(produce(|lines| async move {
        lines.send("a line\n").await?;
        Err::<(), BoxError>("no more".into())
    }));
    assert_eq!(body.size_hint().exact(), None);
    assert_eq!(whole(body).await.unwrap_err(), "no more");

    let body = from_stream(produce(|lines| async move {
        for number in 0..100 {
            lines.send(format!("{number}\n")).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }));
    let expected: String = (0..100).map(|number| format!("{number}\n")).collect();
    assert_eq!(whole(body).await.unwrap(), expected);
}

/// A reader that cannot be read.
struct Broken;

impl tokio::io::AsyncRead for Broken {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Err(std::io::Error::other("the disk is gone")))
    }
}
