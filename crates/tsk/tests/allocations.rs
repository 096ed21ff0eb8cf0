//! Allocations of a request where everything is on, beside those of a handler that is written by hand for hyper.
//!
//! A file of its own, because whoever counts allocations must be alone in the process.

#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tsk::{
    auth::jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier},
    prelude::*,
    ratelimit::{Key, Rule},
    trace::Sampling,
};

const ISSUER: &str = "https://id.example.com";
const ORIGIN: &str = "https://app.example.com";
const READ: Permission = Permission::new("users:read");
const REQUESTS: u64 = 100;

#[derive(serde::Serialize)]
struct User {
    id: u64,
    name: &'static str,
}

const fn ada(id: u64) -> User {
    User { id, name: "Ada Lovelace" }
}

/// One that writes what it answers, with what hyper does for it and no more.
async fn by_hand() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(async |request: hyper::Request<_>| {
            let id = request.uri().path().strip_prefix("/users/").unwrap();
            let body = serde_json::to_vec(&ada(id.parse().unwrap())).unwrap();
            let mut response = Response::new(Full::new(Bytes::from(body)));
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
            Ok::<_, Infallible>(response)
        });
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.unwrap();
    });
    address
}

/// A service with everything on, of whose requests none is sampled, and what a caller shows it.
async fn with_everything() -> (SocketAddr, String) {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.http.cors.origins = vec![ORIGIN.into()];
    config.admin.enabled = false;
    config.tracing.sampling = Sampling::Never;
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let signer = Signer::new(ISSUER, key, Duration::from_secs(600)).unwrap();
    let verifier: Verifier =
        Verifier::new(Issuer::new(ISSUER, Keys::from(&signer)).audience("users")).unwrap();
    let grant = Grant::new("ada", "users").scope("users:read");
    let token = signer.issue(&grant, &(), SystemTime::now()).unwrap();
    let routes =
        Router::new().route(get("/users/{id}", async |Path(id): Path<u64>| Json(ada(id))).access(READ));
    let app = App::new(config)
        .routes(routes)
        .auth(|auth| auth.scheme(Bearer::new(verifier)))
        .limit(Rule::per_second(1_000_000).name("address"))
        .limit(Rule::per_second(1_000_000).name("caller").by(Key::principal()));
    let bound = app.bind().await.unwrap();
    let address = bound.addresses()[0].tcp().unwrap();
    tokio::spawn(bound.serve());
    (address, token)
}

/// Asks so often, without an allocation of its own.
async fn ask(stream: &mut TcpStream, request: &[u8], answers: &mut [u8], times: u64) {
    for _ in 0..times {
        stream.write_all(request).await.unwrap();
        let mut length = 0;
        // Both send the body last, and nothing after it.
        while !answers[..length].ends_with(br#""name":"Ada Lovelace"}"#) {
            let read = stream.read(&mut answers[length..]).await.unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&answers[..length]));
            length += read;
        }
    }
}

/// Those of so many requests of one connection, of which there were some before.
fn allocations(runtime: &Runtime, address: SocketAddr, token: &str) -> u64 {
    let mut stream = runtime.block_on(TcpStream::connect(address)).unwrap();
    let request = format!(
        "GET /users/42 HTTP/1.1\r\nhost: localhost\r\norigin: {ORIGIN}\r\naccept-encoding: gzip\r\n\
         authorization: Bearer {token}\r\n\r\n"
    );
    let mut answers = [0; 4096];
    runtime.block_on(ask(&mut stream, request.as_bytes(), &mut answers, 2 * REQUESTS));
    let counted = allocation_counter::measure(|| {
        runtime.block_on(ask(&mut stream, request.as_bytes(), &mut answers, REQUESTS));
    });
    let answer = String::from_utf8_lossy(&answers);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    counted.count_total
}

#[test]
fn everything_on_allocates_no_more_than_a_handler_written_by_hand() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let by_hand = runtime.block_on(by_hand());
    let (everything, token) = runtime.block_on(with_everything());
    let by_hand = allocations(&runtime, by_hand, &token);
    let everything = allocations(&runtime, everything, &token);
    assert!(
        everything <= by_hand,
        "{REQUESTS} requests: {everything} allocations with everything on, {by_hand} by hand"
    );
}
