//! Sockets that we open.

mod answers;
mod deadlines;
mod tls;

use tsk_core::Drain;
use tsk_ws::{
    CloseCode, Config, Message, Sockets,
    client::{Connector, Request, Settings},
};

use crate::{
    pair::next,
    server::{Version, start},
};

#[tokio::test]
async fn a_server_is_spoken_to_by_its_url() {
    let address = start(Version::Http1, Sockets::default(), Drain::new()).await;
    let request = Request::new(&format!("ws://localhost:{}/echo?a=b", address.port())).unwrap();
    let request = request.protocol("chat").unwrap().protocol("echo.v1").unwrap();
    let mut socket = Connector::default().connect(&request).await.unwrap();
    assert_eq!(socket.meta().protocol.as_deref(), Some("echo.v1"));
    assert_eq!(&*socket.meta().target, "/echo?a=b");
    assert_eq!(socket.meta().peer.to_string(), address.to_string());
    socket.send("hello").await.unwrap();
    assert_eq!(next(&mut socket).await, Message::text("hello"));
    socket.close(CloseCode::Normal, "").await;
}

/// The echo comes back inflated, and what was sent was understood: whichever ends may refer to earlier messages.
#[tokio::test]
async fn messages_are_compressed_as_both_ends_want_it() {
    for (at_server, at_client) in [(false, false), (true, true), (true, false), (false, true)] {
        let sockets = |takeover: bool| {
            let mut config = Config::default();
            (config.compression.server_takeover, config.compression.client_takeover) = (takeover, takeover);
            Sockets::new(&config).unwrap()
        };
        let address = start(Version::Http1, sockets(at_server), Drain::new()).await;
        let mut settings = Settings::default();
        settings.sockets = sockets(at_client);
        let connector = Connector::new(settings).unwrap();
        let mut socket =
            connector.connect(&Request::new(&format!("ws://{address}/")).unwrap()).await.unwrap();
        for n in 0..5 {
            let text = format!("{n}: {}", "the same words again ".repeat(500));
            socket.send(text.clone()).await.unwrap();
            assert_eq!(next(&mut socket).await, Message::text(text));
        }
    }
}

#[tokio::test]
async fn nobody_who_listens_is_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let request = Request::new(&format!("ws://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = Connector::default().connect(&request).await.unwrap_err();
    assert!(error.is_connect() && error.to_string().starts_with("there is no connection: "), "{error}");
}
