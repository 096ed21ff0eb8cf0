use http::{Method, Request, Response};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{io::AsyncReadExt, net::TcpStream};
use tsk_core::Drain;
use tsk_ws::{CloseCode, Config, Message, Role, Socket, Sockets};

use crate::{
    pair::next,
    server::{FIELDS, Version, ask, start},
};

async fn status(fields: &[(&str, &str)]) -> String {
    let address = start(Version::Http1, Sockets::default(), Drain::new()).await;
    let (head, _) = ask(address, fields).await;
    head.split(' ').nth(1).unwrap().to_owned()
}

fn without(name: &str) -> Vec<(&str, &str)> {
    FIELDS.iter().copied().filter(|field| field.0 != name).collect()
}

fn with<'f>(name: &'f str, value: &'f str) -> Vec<(&'f str, &'f str)> {
    [without(name), vec![(name, value)]].concat()
}

#[tokio::test]
async fn the_answer_is_that_of_the_rfc() {
    let address = start(Version::Http1, Sockets::default(), Drain::new()).await;
    let fields = with("sec-websocket-protocol", "chat, echo.v1, echo.v2");
    let (head, stream) = ask(address, &fields).await;
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    // RFC 6455 §1.3.
    for field in [
        "upgrade: websocket",
        "connection: upgrade",
        "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=",
        "sec-websocket-protocol: echo.v1",
    ] {
        assert!(head.contains(&format!("\r\n{field}\r\n")), "{field} in {head}");
    }
    let mut client = Socket::over(stream, Role::Client, &Sockets::default());
    client.send("hello").await.unwrap();
    assert_eq!(next(&mut client).await, Message::text("hello"));
    client.close(CloseCode::Normal, "").await;
}

#[tokio::test]
async fn a_key_that_is_wrong_or_there_twice_is_answered_with_400() {
    for key in ["", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZSE=", "!!!!IHNhbXBsZSBub25jZQ=="] {
        assert_eq!(status(&with("sec-websocket-key", key)).await, "400", "{key}");
    }
    assert_eq!(status(&without("sec-websocket-key")).await, "400");
    let twice = [FIELDS, &[("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")]].concat();
    assert_eq!(status(&twice).await, "400");
    for protocols in ["", "a,", "a, a", "a b", "\"a\""] {
        assert_eq!(status(&with("sec-websocket-protocol", protocols)).await, "400", "{protocols}");
    }
}

#[tokio::test]
async fn another_version_is_told_which_there_is() {
    for fields in [with("sec-websocket-version", "8"), without("sec-websocket-version")] {
        let address = start(Version::Http1, Sockets::default(), Drain::new()).await;
        let (head, _) = ask(address, &fields).await;
        assert!(
            head.starts_with("http/1.1 426 ") && head.contains("\r\nsec-websocket-version: 13\r\n"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn what_asks_for_no_socket_is_told_to_upgrade() {
    for fields in
        [without("upgrade"), without("connection"), with("upgrade", "h2c"), with("connection", "close")]
    {
        let address = start(Version::Http1, Sockets::default(), Drain::new()).await;
        let (head, _) = ask(address, &fields).await;
        assert!(head.starts_with("http/1.1 426 ") && head.contains("\r\nupgrade: websocket\r\n"), "{head}");
    }
}

#[tokio::test]
async fn a_page_of_others_is_answered_with_403() {
    for origin in ["https://b.test", "null", "https://a.test.b.test"] {
        assert_eq!(status(&with("origin", origin)).await, "403", "{origin}");
    }
    assert_eq!(status(&with("origin", "http://a.test")).await, "101");
    let mut config = Config::default();
    config.origins = vec!["https://b.test".into()];
    let address = start(Version::Http1, Sockets::new(&config).unwrap(), Drain::new()).await;
    let (head, _) = ask(address, &with("origin", "https://b.test")).await;
    assert!(head.starts_with("http/1.1 101 "), "{head}");
}

#[tokio::test]
async fn compression_is_agreed_to() {
    let address = start(Version::Http1, Sockets::default(), Drain::new()).await;
    let fields = with("sec-websocket-extensions", "permessage-deflate; client_max_window_bits");
    let (head, mut stream) = ask(address, &fields).await;
    let agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    assert!(head.contains(&format!("\r\nsec-websocket-extensions: {agreed}\r\n")), "{head}");
    // Text of 2,000 bytes, unmasked by a mask of zeros, comes back compressed.
    let mut frame = vec![0x81, 0xfe, 0x07, 0xd0, 0, 0, 0, 0];
    frame.resize(frame.len() + 2000, b'a');
    tokio::io::AsyncWriteExt::write_all(&mut stream, &frame).await.unwrap();
    let mut header = [0; 2];
    stream.read_exact(&mut header).await.unwrap();
    assert_eq!(header[0], 0xc1);
    assert!(header[1] < 100, "2,000 bytes take {}", header[1]);
}

/// Asks for a socket over HTTP/2, for a page of that origin.
async fn ask_over_http2(origin: &'static str) -> Response<Incoming> {
    let address = start(Version::Http2, Sockets::default(), Drain::new()).await;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    // The client may ask for one once it knows that the server has them.
    loop {
        let request = Request::builder()
            .method(Method::CONNECT)
            .uri("http://a.test/echo")
            .extension(hyper::ext::Protocol::from_static("websocket"))
            .header("sec-websocket-version", "13")
            .header("origin", origin)
            .body(Empty::<bytes::Bytes>::new())
            .unwrap();
        match client.send_request(request).await {
            Ok(response) => break response,
            Err(error) => assert!(error.is_user(), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_socket_opens_over_http2() {
    let response = ask_over_http2("http://a.test").await;
    assert_eq!(response.status(), 200);
    let upgraded = hyper::upgrade::on(response).await.unwrap();
    let mut client = Socket::over(TokioIo::new(upgraded), Role::Client, &Sockets::default());
    for length in [0, 10, 100_000] {
        client.send(vec![7; length]).await.unwrap();
        assert_eq!(next(&mut client).await.len(), length);
    }
    client.close(CloseCode::Normal, "").await;
}

#[tokio::test]
async fn a_page_of_others_opens_none_over_http2_either() {
    for origin in ["https://b.test", "null", "http://a.test:81"] {
        assert_eq!(ask_over_http2(origin).await.status(), 403, "{origin}");
    }
}

#[tokio::test]
async fn a_drain_closes_sockets_and_waits_for_them() {
    let drain = Drain::new();
    let address = start(Version::Http1, Sockets::default(), drain.clone()).await;
    let (_, stream) = ask(address, FIELDS).await;
    let mut client = Socket::over(stream, Role::Client, &Sockets::default());
    client.send("hello").await.unwrap();
    next(&mut client).await;
    assert_eq!(drain.held(), 1);
    drain.start();
    let Message::Close(Some(frame)) = next(&mut client).await else { panic!("it is told why") };
    assert_eq!(frame.code, CloseCode::Restart);
    assert!(client.recv().await.is_none());
    drain.finished().await;
}

#[tokio::test]
async fn a_handler_that_panics_closes_its_socket_with_1011() {
    let drain = Drain::new();
    let address = start(Version::Http1, Sockets::default(), drain.clone()).await;
    let (_, stream) = ask(address, FIELDS).await;
    let mut client = Socket::over(stream, Role::Client, &Sockets::default());
    client.send("panic").await.unwrap();
    let Message::Close(Some(frame)) = next(&mut client).await else { panic!("it is told why") };
    assert_eq!(frame.code, CloseCode::Error);
    drain.finished().await;
}
