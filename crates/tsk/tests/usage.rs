//! Who uses what, in a whole service.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tsk::auth::jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier};
use tsk::prelude::*;

const ISSUER: &str = "https://id.example.com";

async fn ask(address: &str, path: &str, lines: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{lines}connection: close\r\n\r\n");
    let address = address.to_owned();
    let asking = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    asking.await.unwrap().split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn operators_see_who_still_calls_a_version() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let signer = Signer::new(ISSUER, key, Duration::from_secs(600)).unwrap();
    let issuer = Issuer::new(ISSUER, Keys::from(&signer)).audience("shop");
    let bearer: Bearer = Bearer::new(Verifier::new(issuer).unwrap());
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
    config.usage.enabled = true;
    let routes = Router::new()
        .versions(Versions::by_path(["v1", "v2"]))
        .route(get("/users", || async { "ada" }).access(Access::authenticated()));
    let app = App::new(config).routes(routes).auth(|auth| auth.scheme(bearer));
    let drain = app.drain();
    let bound = app.bind().await.unwrap();
    let admin = bound.admin_address().unwrap().tcp().unwrap().to_string();
    let public = bound.addresses()[0].tcp().unwrap().to_string();
    tokio::spawn(bound.serve());
    let header = |subject: &str| {
        let token = signer.issue(&Grant::new(subject, "shop"), &(), SystemTime::now()).unwrap();
        format!("authorization: Bearer {token}\r\n")
    };
    for (path, subject) in [("/v1/users", "old phone"), ("/v1/users", "old phone"), ("/v2/users", "web")] {
        assert_eq!(ask(&public, path, &header(subject)).await, "ada");
    }
    ask(&public, "/v1/users", "").await;
    let usage: Value = serde_json::from_str(&ask(&admin, "/insights/usage", "").await).unwrap();
    let version = |name: &str| {
        usage["versions"].as_array().unwrap().iter().find(|version| version["version"] == name).unwrap()
    };
    let (v1, v2) = (version("v1"), version("v2"));
    assert_eq!(
        (&v1["requests"], &v1["errors"], &v1["anonymous"]),
        (&json!(3), &json!(1), &json!(1)),
        "{usage}"
    );
    assert_eq!((&v1["consumers"], &v1["top"][0]["id"]), (&json!(1), &json!("old phone")));
    assert_eq!(v1["top"][0]["requests"], 2);
    assert_eq!((v2["top"].as_array().unwrap().len(), &v2["top"][0]["id"]), (1, &json!("web")));
    assert_eq!((&usage["all"]["requests"], &usage["unique"]), (&json!(4), &json!(2)));
    drain.start();
}

#[tokio::test]
async fn nobody_is_counted_unless_it_is_asked_for() {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
    let app = App::new(config);
    let drain = app.drain();
    let bound = app.bind().await.unwrap();
    let admin = bound.admin_address().unwrap().tcp().unwrap().to_string();
    tokio::spawn(bound.serve());
    assert!(!ask(&admin, "/insights", "").await.contains("usage"));
    drain.start();
}
