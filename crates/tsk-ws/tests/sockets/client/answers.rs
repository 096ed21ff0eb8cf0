//! What a server may answer, and what it may not.

use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tsk_ws::{
    Message, Socket,
    client::{Connector, Error, Request, Settings},
};

use crate::pair::next;

/// The key of the request that comes on a connection.
async fn key(io: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(io.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    key.unwrap().to_owned()
}

fn request() -> Request {
    Request::new("ws://a.test/live").unwrap().protocol("a").unwrap().protocol("b").unwrap()
}

/// Opens a socket to a server that answers with this, in which `ACCEPT` stands for what the key is to be answered with. It is sent in
/// pieces of so many bytes.
async fn answered(answer: &str, piece: usize) -> Result<Socket, Error> {
    let answer = answer.to_owned();
    let connector = Connector::dialing(Settings::default(), move |_| {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let answer = answer.clone();
        async move {
            tokio::spawn(async move {
                let key = key(&mut far).await;
                let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
                for piece in answer.replace("ACCEPT", &accept).as_bytes().chunks(piece) {
                    if far.write_all(piece).await.is_err() {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
                // It stays, until the client goes.
                let _ = far.read_u8().await;
            });
            Ok(near)
        }
    });
    connector.unwrap().connect(&request()).await
}

async fn error(answer: &str) -> Error {
    answered(answer, 1000).await.unwrap_err()
}

const OPENED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: keep-alive, upgrade\r\nUPGRADE: WebSocket\r\n\
                      Sec-WebSocket-Accept: ACCEPT\r\n";

#[tokio::test]
async fn an_answer_is_understood_wherever_it_is_cut_and_what_is_behind_it_is_a_message() {
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    let answer = format!("{early}{OPENED}Sec-WebSocket-Protocol: b\r\n\r\n\u{1}\u{0}");
    for piece in [1, 2, 3, 7, 1000] {
        // Behind the answer a message begins, with a fragment of no bytes.
        let mut socket = answered(&answer, piece).await.unwrap();
        assert_eq!(socket.meta().protocol.as_deref(), Some("b"));
        let nothing = tokio::time::timeout(std::time::Duration::ZERO, socket.recv()).await;
        assert!(nothing.is_err(), "a fragment has come, and no message yet");
        drop(socket);
    }
}

#[tokio::test]
async fn what_a_server_says_at_once_is_not_lost() {
    let connector = Connector::dialing(Settings::default(), |_| async {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            let accept = tungstenite::handshake::derive_accept_key(key(&mut far).await.as_bytes());
            let mut answer = format!("{OPENED}\r\n").replace("ACCEPT", &accept).into_bytes();
            answer.extend_from_slice(b"\x81\x02hi\x81\x05there");
            far.write_all(&answer).await.unwrap();
            let _ = far.read_u8().await;
        });
        Ok(near)
    });
    let mut socket = connector.unwrap().connect(&request()).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::text("hi"));
    assert_eq!(next(&mut socket).await, Message::text("there"));
}

#[tokio::test]
async fn a_server_that_refuses_is_told_apart() {
    let refused = error("HTTP/1.1 503 Nope\r\nRetry-After: 7\r\nContent-Length: 3\r\n\r\nno.").await;
    assert_eq!(refused.status().unwrap().as_u16(), 503);
    assert_eq!(refused.retry_after().unwrap().as_secs(), 7);
    assert_eq!(
        refused.to_string(),
        "the server answered 503 Service Unavailable instead of opening a socket"
    );
    let moved = error("HTTP/1.1 302 Found\r\nLocation: ws://b.test/\r\n\r\n").await;
    assert_eq!(moved.status().unwrap().as_u16(), 302);
    assert_eq!(error("HTTP/1.1 200 OK\r\n\r\n").await.status().unwrap().as_u16(), 200);
}

#[tokio::test]
async fn an_answer_that_is_none_fails() {
    let accept = "Sec-WebSocket-Accept: ACCEPT\r\n";
    for answer in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned(),
        "HTTP/1.0 101 Switching Protocols\r\n\r\n".to_owned(),
        format!("{}\r\n", OPENED.replace("ACCEPT", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
        format!("{}\r\n", OPENED.replace(accept, "")),
        format!("{OPENED}{accept}\r\n"),
        format!("{}\r\n", OPENED.replace("WebSocket\r\n", "h2c\r\n")),
        format!("{}\r\n", OPENED.replace("keep-alive, upgrade", "keep-alive")),
        format!("{OPENED}Sec-WebSocket-Protocol: c\r\n\r\n"),
        format!("{OPENED}Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n\r\n"),
        format!("{OPENED}Sec-WebSocket-Protocol: a, b\r\n\r\n"),
        format!("{OPENED}Sec-WebSocket-Extensions: permessage-bzip2\r\n\r\n"),
        format!("{OPENED}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    ] {
        let error = error(&answer).await;
        assert!(error.is_fault(), "{error}: {answer}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_not_read_for_ever() {
    let error = error(&format!("{OPENED}X: {}", "x".repeat(40_000))).await;
    assert_eq!(error.to_string(), "the head of the server's answer is longer than 16384 bytes");
    let many = format!("{OPENED}{}\r\n", "X: y\r\n".repeat(200));
    assert!(answered(&many, 1000).await.unwrap_err().is_fault());
    let hints = "HTTP/1.1 102 Processing\r\n\r\n".repeat(1000);
    assert!(answered(&hints, 1000).await.unwrap_err().is_fault());
}

#[tokio::test]
async fn a_server_that_goes_without_an_answer_is_an_error() {
    let connector = Connector::dialing(Settings::default(), |_| async {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move { drop((key(&mut far).await, far)) });
        Ok(near)
    });
    let error = connector.unwrap().connect(&request()).await.unwrap_err();
    assert_eq!(error.to_string(), "the connection broke before the server answered: unexpected end of file");
}

#[tokio::test]
async fn keys_and_masks_are_never_the_same() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let (sender, asked) = tokio::sync::oneshot::channel();
        let sender = std::sync::Mutex::new(Some(sender));
        let connector = Connector::dialing(Settings::default(), move |_| {
            let sender = sender.lock().unwrap().take().unwrap();
            async move {
                let (near, mut far) = tokio::io::duplex(1 << 16);
                tokio::spawn(async move {
                    let key = key(&mut far).await;
                    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
                    far.write_all(format!("{OPENED}\r\n").replace("ACCEPT", &accept).as_bytes())
                        .await
                        .unwrap();
                    let mut frame = [0; 7];
                    far.read_exact(&mut frame).await.unwrap();
                    sender.send((key, frame)).unwrap();
                });
                Ok(near)
            }
        });
        let mut socket = connector.unwrap().connect(&request()).await.unwrap();
        socket.send("a").await.unwrap();
        let (key, [first, length, mask @ .., covered]) = asked.await.unwrap();
        // RFC 6455 §5.3: a text of one byte that is masked.
        assert_eq!((first, length, covered ^ mask[0]), (0x81, 0x81, b'a'));
        assert!(seen.insert(key) && seen.insert(format!("{mask:?}")), "twice the same");
    }
    let header = HeaderValue::from_static("x");
    assert!(request().header(http::header::SEC_WEBSOCKET_KEY, header).is_err());
}
