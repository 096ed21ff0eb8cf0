//! Clients that want the server's memory, and what they get of it.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use tokio::io::AsyncWriteExt;
use tsk_ws::{CloseCode, Error, Message, Socket};

use crate::pair::bare;

/// What a socket may hold of one client: a message as it grows, twice over where it is moved, and what is queued.
const BUDGET: u64 = 4 << 20;

/// A frame of a client, of so many zeros, under a mask of zeros.
fn frame(first: u8, length: u16) -> Vec<u8> {
    let mut frame = vec![first, 0xfe];
    frame.extend_from_slice(&length.to_be_bytes());
    frame.resize(frame.len() + 4 + usize::from(length), 0);
    if length < 126 {
        frame.splice(1..4, [0x80 | length as u8]);
    }
    frame
}

/// Has a client send the same again and again, and a handler echo what it receives as far as it can. Gives how it ended.
fn attack(piece: &[u8], times: usize, reads: bool) -> (Option<Error>, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut end = None;
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            let (mut server, mut client) = bare(64 * 1024, |_| {});
            let mut cx = Context::from_waker(Waker::noop());
            let mut sink = [0; 64 * 1024];
            for _ in 0..times {
                for piece in piece.chunks(32 * 1024) {
                    client.write_all(piece).await.unwrap();
                    end = end.take().or(drive(&mut server, &mut cx));
                    if reads {
                        use tokio::io::AsyncRead;
                        let mut buffer = tokio::io::ReadBuf::new(&mut sink);
                        while Pin::new(&mut client).poll_read(&mut cx, &mut buffer).is_ready()
                            && !buffer.filled().is_empty()
                        {
                            buffer.clear();
                        }
                    }
                    if end.is_some() {
                        return;
                    }
                }
            }
        });
    });
    (end, measured.bytes_max)
}

fn drive(server: &mut Socket, cx: &mut Context<'_>) -> Option<Error> {
    loop {
        match Pin::new(&mut *server).poll_next(cx) {
            Poll::Ready(Some(Ok(Message::Close(_))) | None) | Poll::Pending => return None,
            Poll::Ready(Some(Ok(message))) => {
                if let Err(error) = server.sender().try_send(message)
                    && error.is_full()
                {
                    return Some(error);
                }
            }
            Poll::Ready(Some(Err(error))) => return Some(error),
        }
    }
}

/// What the client does: in words, what it sends, how often, whether it reads; and with what it is closed.
type Case<'a> = (&'a str, &'a [u8], usize, bool, Option<CloseCode>);

#[test]
fn a_client_of_any_kind_stays_within_its_memory() {
    let announcement = [0x82, 0xff, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    let highest = [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let fragments = [frame(0x02, 1), frame(0x00, 1).repeat(10_000)].concat();
    let empty = [frame(0x02, 0), frame(0x00, 0).repeat(10_000)].concat();
    let large = [frame(0x02, 60_000), frame(0x00, 60_000).repeat(40)].concat();
    let cases: &[Case<'_>] = &[
        ("announces 2^62 bytes", &announcement, 1, true, Some(CloseCode::Size)),
        ("announces 2^63 bytes", &highest, 1, true, Some(CloseCode::Protocol)),
        ("sends fragments of one byte", &fragments, 1, true, Some(CloseCode::Policy)),
        ("sends fragments of none", &empty, 1, true, Some(CloseCode::Policy)),
        ("sends a message without end", &large, 1, true, Some(CloseCode::Size)),
        ("never reads", &frame(0x82, 60_000), 100, false, None),
        ("never reads small ones", &frame(0x82, 100), 20_000, false, None),
        ("sends pings and never reads", &frame(0x89, 125), 20_000, false, None),
        ("sends many small messages", &frame(0x82, 1).repeat(5000), 20, true, None),
    ];
    for (what, piece, times, reads, code) in cases {
        let (end, bytes) = attack(piece, *times, *reads);
        assert_eq!(end.as_ref().and_then(Error::code), *code, "who {what}: {end:?}");
        assert!(bytes < BUDGET, "who {what} is given {bytes} bytes");
    }
}
