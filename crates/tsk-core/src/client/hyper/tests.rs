#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A server that answers one request with these bytes, and gives what it was sent; without bytes it says nothing.
async fn server(answer: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let mut socket = listener.accept().await.unwrap().0;
        let mut asked = vec![0; 4096];
        let length = socket.read(&mut asked).await.unwrap();
        asked.truncate(length);
        if answer.is_empty() {
            std::future::pending::<()>().await;
        }
        socket.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(asked).unwrap()
    });
    (address, served)
}

fn get(address: SocketAddr) -> Request<Bytes> {
    Request::get(format!("http://{address}/keys")).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn an_answer_comes_whole_and_a_redirect_is_one() {
    let (address, served) =
        server("HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 4\r\n\r\nover").await;
    let client = Client::new(&Settings::default()).unwrap();
    let mut request = get(address);
    *request.method_mut() = Method::POST;
    *request.body_mut() = Bytes::from_static(b"{}");
    let response = client.send(request).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (302, &b"over"[..]));
    let asked = served.await.unwrap();
    assert!(asked.starts_with("POST /keys HTTP/1.1\r\n") && asked.ends_with("\r\n\r\n{}"), "{asked}");
}

#[tokio::test]
async fn a_large_answer_is_not_read() {
    let settings = Settings { max_body: 3, ..Settings::default() };
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nover",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nov\r\n2\r\ner\r\n0\r\n\r\n",
    ] {
        let address = server(answer).await.0;
        let error = Client::new(&settings).unwrap().send(get(address)).await.unwrap_err();
        assert!(error.is_too_large(), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_deadline() {
    let address = server("").await.0;
    let error = Client::new(&Settings::default()).unwrap().send(get(address)).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.to_string(), "there was no answer in time");
}

#[tokio::test]
async fn a_refused_connection_is_told_with_its_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = Client::new(&Settings::default()).unwrap().send(get(address)).await.unwrap_err();
    assert!(error.is_connect());
    assert!(error.to_string().starts_with("there is no connection: Connection refused"), "{error}");
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    let address = server("SSH-2.0-OpenSSH_9.6\r\n\r\n").await.0;
    let error = Client::new(&Settings::default()).unwrap().send(get(address)).await.unwrap_err();
    assert!(!error.is_connect() && !error.is_timeout() && !error.is_too_large(), "{error}");
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let missing = PathBuf::from("/nowhere/authorities.pem");
    let settings = Settings { authorities: Some(missing), ..Settings::default() };
    let error = Client::new(&settings).unwrap_err();
    assert!(error.is_settings());
    assert!(error.to_string().contains("/nowhere/authorities.pem"), "{error}");
}
