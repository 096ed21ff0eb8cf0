//! TLS, with a client that is rustls too. Those that are not are in the end-to-end tests.

mod certificates;
mod client;
mod files;
mod reload;
mod stalled;

use rustls::version::{TLS12, TLS13};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tsk_core::RequestContext;
use tsk_http::{
    Config, Connection, Listen, Router,
    config::Protocol,
    get, post,
    tls::{self, Certificate, ClientAuth, Version},
};

use self::{
    certificates::{Authority, Folder},
    client::Peer,
};
use crate::{
    client::Client,
    frames::PREFACE,
    running::{Held, Running, config, patiently},
};

/// What a handler sees of the handshake.
async fn seen(connection: Connection, context: RequestContext) -> String {
    assert_eq!(context.scope().is_secure(), connection.tls().is_some());
    let Some(tls) = connection.tls() else { return "plain".to_owned() };
    let (name, protocol) = (tls.server_name(), tls.protocol());
    let certificates = tls.peer_certificates().count();
    format!("{} {} {name:?} {protocol:?} {certificates}", tls.version(), tls.cipher_suite())
}

fn routes() -> Router {
    Router::new()
        .route(get("/", || async { "hello" }))
        .route(post("/", |body: String| async { body }))
        .route(get("/seen", seen))
}

fn listening(tls: tls::Config) -> Listen {
    Listen { tls: Some(tls), ..Listen::tcp("127.0.0.1", 0) }
}

/// A server with one listener.
async fn serving(listen: Listen) -> Running {
    Running::with(Config { listen: vec![listen], ..config() }, routes()).await
}

/// A server with a certificate for `localhost`, and a client that trusts it.
async fn simple(change: impl FnOnce(&mut Listen)) -> (Running, Peer) {
    let (authority, folder) = (Authority::new(), Folder::new());
    let mut listen = listening(folder.config("server", &authority.issue(&["localhost"])));
    change(&mut listen);
    (serving(listen).await, Peer::new(&authority))
}

#[tokio::test]
async fn speaks_http1_to_a_client_that_offers_nothing() {
    let (server, peer) = simple(|_| ()).await;
    let mut client = peer.connect(server.address(), "localhost").await;
    for _ in 0..2 {
        assert_eq!(client.get("/").await.text(), "hello");
    }
    let address = server.address();
    assert_eq!(server.addresses[0].to_string(), format!("https://{address}"));
    assert_eq!(client.get("/seen").await.text(), "TLSv1.3 TLS_AES_256_GCM_SHA384 Some(\"localhost\") None 0");
    server.stop().await;
    client.closed().await;
}

#[tokio::test]
async fn speaks_what_was_agreed_on() {
    let (server, peer) = simple(|_| ()).await;
    let peer = peer.offering(&["http/1.1", "h2"]);
    let stream = peer.shake(server.address(), "localhost").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = patiently(h2::client::handshake(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::get("https://localhost/seen").body(()).unwrap();
    let answer = patiently(sender.send_request(request, true).unwrap().0).await.unwrap();
    let body = patiently(answer.into_body().data()).await.unwrap().unwrap();
    assert_eq!(body, "TLSv1.3 TLS_AES_256_GCM_SHA384 Some(\"localhost\") Some(\"h2\") 0");
    drop(sender);
    server.stop().await;
    // It ends with a goodbye, in HTTP and in TLS.
    patiently(connection).await.unwrap().unwrap();
}

#[tokio::test]
async fn http2_is_not_spoken_where_http1_was_agreed_on() {
    let (server, peer) = simple(|_| ()).await;
    let mut client = peer.offering(&["http/1.1"]).connect(server.address(), "localhost").await;
    client.send(PREFACE).await;
    let mut answer = Vec::new();
    // It may be closed without a goodbye.
    let _ = patiently(client.stream.read_to_end(&mut answer)).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_offers_only_what_is_not_spoken_is_refused() {
    let (server, peer) = simple(|listen| listen.protocols = vec![Protocol::H1]).await;
    let error = peer.clone().offering(&["h2"]).shake(server.address(), "localhost").await.unwrap_err();
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    let mut client = peer.offering(&["h2", "http/1.1"]).connect(server.address(), "localhost").await;
    assert_eq!(client.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn an_old_version_is_refused_where_it_is_not_wanted() {
    let authority = Authority::new();
    let folder = Folder::new();
    let tls = folder.config("server", &authority.issue(&["localhost"]));
    let old = Peer::with(&authority, &[&TLS12], None);
    let both = serving(listening(tls.clone())).await;
    let seen = old.connect(both.address(), "localhost").await.get("/seen").await;
    assert!(seen.text().starts_with("TLSv1.2 TLS_ECDHE_"), "{}", seen.text());

    let new = serving(listening(tls::Config { min_version: Version::V1_3, ..tls })).await;
    assert!(old.shake(new.address(), "localhost").await.is_err());
    let peer = Peer::with(&authority, &[&TLS13], None);
    assert_eq!(peer.connect(new.address(), "localhost").await.get("/").await.text(), "hello");
    both.stop().await;
    new.stop().await;
}

#[tokio::test]
async fn a_client_gets_the_certificate_of_the_name_it_asks_for() {
    let authority = Authority::new();
    let folder = Folder::new();
    let issued = [&["default.test", "10.0.0.1"][..], &["shop.test", "*.shop.test"], &["www.shop.test"]]
        .map(|names| authority.issue(names));
    let mut tls = folder.config("default", &issued[0]);
    for (name, issued) in ["shop", "www"].into_iter().zip(&issued[1..]) {
        let (certificate, key) = folder.put(name, issued);
        tls.others.push(Certificate { certificate, key });
    }
    let server = serving(listening(tls)).await;
    let peer = Peer::new(&authority);
    let shown = async |name: &str| {
        let client = peer.connect(server.address(), name).await;
        issued.iter().position(|issued| *issued.certificate.der() == client.certificate())
    };
    for (name, index) in [
        ("default.test", 0),
        ("shop.test", 1),
        ("SHOP.test", 1),
        ("eu.shop.test", 1),
        ("www.shop.test", 2),
        // A client that asks for an address sends no name.
        ("10.0.0.1", 0),
    ] {
        assert_eq!(shown(name).await, Some(index), "{name}");
    }
    // For which the first certificate is as wrong as any, and the client says so.
    for name in ["elsewhere.test", "a.b.shop.test"] {
        let error = peer.shake(server.address(), name).await.unwrap_err();
        assert!(error.to_string().contains("not valid for name"), "{error}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_shows_a_certificate_where_it_has_to_and_may_where_it_can() {
    let (authority, clients, strangers) = (Authority::new(), Authority::new(), Authority::new());
    let folder = Folder::new();
    let client_ca = Some(folder.write("clients.pem", clients.certificate.pem()));
    let tls = tls::Config { client_ca, ..folder.config("server", &authority.issue(&["localhost"])) };
    let known = clients.issue(&["ada"]);
    let expired = clients.issue_with(&["bob"], |params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    let stranger = strangers.issue(&["eve"]);
    for (auth, without) in
        [(None, None), (Some(ClientAuth::Required), None), (Some(ClientAuth::Optional), Some("0"))]
    {
        let server = serving(listening(tls::Config { client_auth: auth, ..tls.clone() })).await;
        for (shows, expected) in
            [(Some(&known), Some("1")), (Some(&expired), None), (Some(&stranger), None), (None, without)]
        {
            let peer = Peer::with(&authority, &[&TLS13, &TLS12], shows);
            // In TLS 1.3 a client hears only after its own part that it was refused.
            let seen = match peer.shake(server.address(), "localhost").await {
                Ok(mut stream) => {
                    let _ = stream
                        .write_all(b"GET /seen HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
                        .await;
                    let mut answer = String::new();
                    patiently(stream.read_to_string(&mut answer)).await.ok().map(|_| answer)
                }
                Err(_) => None,
            };
            let count = seen.as_deref().map(|seen| seen.rsplit(' ').next().unwrap());
            assert_eq!(count, expected, "{auth:?}");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn plain_http_is_told_that_this_is_https() {
    let (server, peer) = simple(|_| ()).await;
    let mut plain = Client::connect(server.address()).await;
    plain.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let answer = plain.answer().await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("https://"), "{}", answer.text());
    plain.closed().await;

    let mut garbage = Client::connect(server.address()).await;
    garbage.send([0x80, 0x2e, 1, 0, 2]).await;
    assert!(!garbage.rest().await.starts_with(b"HTTP"));
    assert_eq!(peer.connect(server.address(), "localhost").await.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_request_that_came_before_a_drain_is_answered() {
    let (authority, folder, held) = (Authority::new(), Folder::new(), Held::default());
    let held = std::sync::Arc::new(held);
    let listen = listening(folder.config("server", &authority.issue(&["localhost"])));
    let routes = routes().route(held.route());
    let server = Running::with(Config { listen: vec![listen], ..config() }, routes).await;
    let mut client = Peer::new(&authority).connect(server.address(), "localhost").await;
    client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    held.begun().await;
    server.drain.start();
    patiently(async { while TcpStream::connect(server.address()).await.is_ok() {} }).await;
    held.let_go();
    let answer = client.answer().await;
    assert_eq!((answer.text(), answer.header("connection")), ("held", Some("close")));
    client.closed().await;
    server.stopped().await;
}

#[tokio::test]
async fn large_answers_and_bodies_pass_whole() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let listen = listening(folder.config("server", &authority.issue(&["localhost"])));
    let echo = post("/echo", |body: String| async { body }).body_limit(1 << 30);
    let server = Running::with(Config { listen: vec![listen], ..config() }, Router::new().route(echo)).await;
    let client = Peer::new(&authority).connect(server.address(), "localhost").await;
    let body: String = (0..700_000).map(|number: u32| format!("{number:07}")).collect();
    let (reader, mut writer) = tokio::io::split(client.stream);
    let head = format!("POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n\r\n", body.len());
    let sent = body.clone();
    let sending = tokio::spawn(async move {
        writer.write_all(head.as_bytes()).await.unwrap();
        writer.write_all(sent.as_bytes()).await.unwrap();
        writer.flush().await.unwrap();
        writer
    });
    let mut client = Client::new(tokio::io::join(reader, tokio::io::sink()));
    let answer = client.answer().await;
    assert!(answer.text() == body);
    drop(patiently(sending).await.unwrap());
    server.stop().await;
}

#[tokio::test]
async fn a_session_is_resumed_unless_clients_show_certificates() {
    let authority = Authority::new();
    let folder = Folder::new();
    let mut tls = folder.config("server", &authority.issue(&["localhost"]));
    for resumes in [true, false] {
        if !resumes {
            tls.client_ca = Some(folder.write("ca.pem", authority.certificate.pem()));
        }
        let server = serving(listening(tls.clone())).await;
        for version in [&TLS13, &TLS12] {
            let peer = Peer::with(&authority, &[version], Some(&authority.issue(&["ada"])));
            let mut kinds = Vec::new();
            for _ in 0..2 {
                let mut client = peer.connect(server.address(), "localhost").await;
                assert_eq!(client.get("/").await.text(), "hello");
                kinds.push(client.stream.get_ref().1.handshake_kind());
            }
            let expected = if resumes { rustls::HandshakeKind::Resumed } else { rustls::HandshakeKind::Full };
            assert_eq!(kinds[1], Some(expected), "{version:?}");
        }
        server.stop().await;
    }
}
