//! Clients that do not go on.

use std::time::Duration;

use tokio::{io::AsyncWriteExt, net::TcpStream};
use tsk_http::{Config, Listen, Router, get};

use super::{
    certificates::{Authority, Folder},
    client::Peer,
    listening, simple,
};
use crate::{
    client::Client,
    running::{Running, config},
};

#[tokio::test]
async fn a_handshake_has_to_end_in_time() {
    let (server, peer) = simple(|listen| {
        listen.tls.as_mut().unwrap().handshake_timeout = Duration::from_millis(300);
    })
    .await;
    let mut idle = peer.connect(server.address(), "localhost").await;
    // Nothing, a first byte, the beginning of a record.
    for sent in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01"] {
        let mut client = Client::connect(server.address()).await;
        client.send(sent).await;
        client.rest().await;
    }
    // One that is done has all the time in the world.
    assert_eq!(idle.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn many_who_do_not_shake_hands_block_nobody_who_does() {
    let (server, peer) = simple(|_| ()).await;
    let mut stalled = Vec::new();
    for index in 0..1_000 {
        let mut client = TcpStream::connect(server.address()).await.unwrap();
        if index % 2 == 0 {
            client.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
        }
        stalled.push(client);
    }
    for _ in 0..20 {
        assert_eq!(peer.connect(server.address(), "localhost").await.get("/").await.text(), "hello");
    }
    drop(stalled);
    assert_eq!(server.stop().await.abandoned, 0);
}

#[tokio::test]
async fn who_does_not_take_an_answer_is_closed() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let tls = folder.config("server", &authority.issue(&["localhost"]));
    let listen = Listen {
        write_min_rate: Some(bytesize::ByteSize::mib(1)),
        write_grace: Some(Duration::from_millis(200)),
        ..listening(tls)
    };
    let large = Router::new().route(get("/", || async { "x".repeat(64 << 20) }));
    let server = Running::with(Config { listen: vec![listen], ..config() }, large).await;
    let mut client = Peer::new(&authority).connect(server.address(), "localhost").await;
    client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    client.head().await;
    // A drain would wait for the rest of the answer, had the connection not been closed.
    assert_eq!(server.stop().await.abandoned, 0);
}
