//! Tokens for what a service asks of others, by servers that may be away.

#![allow(clippy::unwrap_used)]

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::json;
use tokio::sync::Semaphore;
use tsk_auth::{
    client_credentials::ClientCredentials,
    oauth::{Credentials, Server},
};
use tsk_core::{
    Drain, HttpClient,
    client::{ClientError, Sending},
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Gives,
    Fails,
    Refuses,
    Hangs,
}

/// Gives `token-1`, then `token-2`, each for ten minutes.
#[derive(Debug)]
struct Provider {
    mood: Mutex<Mood>,
    asked: Mutex<Vec<String>>,
    gate: Arc<Semaphore>,
}

impl Provider {
    fn new(mood: Mood) -> Arc<Self> {
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        Arc::new(Self { mood: Mutex::new(mood), asked: Mutex::default(), gate })
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn tokens(self: &Arc<Self>) -> ClientCredentials {
        let credentials = Credentials::new("shop", "s3cret").unwrap().in_form();
        let server = Server::new("https://id.example.com/token", credentials, Arc::clone(self) as _);
        ClientCredentials::new(server.unwrap()).scope("stock:read stock:write")
    }
}

impl HttpClient for Provider {
    fn send(&self, request: Request<Bytes>) -> Sending {
        let mut asked = self.asked.lock().unwrap();
        asked.push(String::from_utf8(request.into_body().to_vec()).unwrap());
        let token = format!("token-{}", asked.len());
        let (mood, gate) = (*self.mood.lock().unwrap(), Arc::clone(&self.gate));
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            let (status, body) = match mood {
                Mood::Gives => {
                    (200, json!({ "access_token": token, "token_type": "Bearer", "expires_in": 600 }))
                }
                Mood::Refuses => (401, json!({ "error": "invalid_client" })),
                Mood::Fails => return Err(ClientError::connect("nobody is there")),
                Mood::Hangs => pending().await,
            };
            Ok(Response::builder().status(status).body(body.to_string().into()).unwrap())
        })
    }
}

async fn later(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

async fn token(tokens: &ClientCredentials) -> String {
    tokens.token().await.map_or_else(|error| error.to_string(), |token| token.secret().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_token_is_asked_for_once_and_kept_until_shortly_before_its_end() {
    let provider = Provider::new(Mood::Gives);
    let tokens = provider.tokens();
    for _ in 0..10 {
        assert_eq!(token(&tokens).await, "token-1");
    }
    let form = "grant_type=client_credentials&scope=stock%3Aread%20stock%3Awrite&client_id=shop&client_secret=s3cret";
    assert_eq!(*provider.asked.lock().unwrap(), [form]);
    later(589).await;
    assert_eq!(token(&tokens).await, "token-1");
    later(1).await;
    assert_eq!(token(&tokens).await, "token-2");
}

#[tokio::test(start_paused = true)]
async fn it_stands_in_the_header_and_is_shown_to_nobody_else() {
    let provider = Provider::new(Mood::Gives);
    let tokens = provider.tokens();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Basic x".parse().unwrap());
    tokens.authorize(&mut headers).await.unwrap();
    assert_eq!(headers.get_all("authorization").iter().collect::<Vec<_>>(), ["Bearer token-1"]);
    assert!(headers["authorization"].is_sensitive());
    let shown = format!("{tokens:?} {:?} {headers:?}", tokens.token().await.unwrap());
    assert!(!shown.contains("token-1") && !shown.contains("s3cret"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn however_many_wait_there_is_one_question() {
    let provider = Provider::new(Mood::Gives);
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let tokens = provider.tokens();
    let mut waiting: Vec<_> = (0..50)
        .map(|_| {
            let tokens = tokens.clone();
            tokio::spawn(async move { token(&tokens).await })
        })
        .collect();
    later(1).await;
    assert_eq!(provider.count(), 1);
    // Whoever asks leaves: another asks.
    waiting.remove(0).abort();
    later(1).await;
    provider.gate.add_permits(50);
    for one in waiting {
        assert_eq!(one.await.unwrap(), "token-2");
    }
    assert_eq!(provider.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn it_is_renewed_before_its_end_and_no_call_waits_for_that() {
    let provider = Provider::new(Mood::Gives);
    let tokens = provider.tokens();
    let drain = Drain::new();
    let running = tokio::spawn(tokens.run(drain.clone()));
    later(1).await;
    assert_eq!((token(&tokens).await.as_str(), provider.count()), ("token-1", 1));
    later(538).await;
    assert_eq!(provider.count(), 1);
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    later(3).await;
    assert_eq!((token(&tokens).await.as_str(), provider.count()), ("token-1", 2));
    provider.gate.add_permits(Semaphore::MAX_PERMITS);
    later(1).await;
    assert_eq!((token(&tokens).await.as_str(), provider.count()), ("token-2", 2));
    drain.start();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_missed_when_the_token_ends_and_asked_less_and_less() {
    let provider = Provider::new(Mood::Gives);
    let tokens = provider.tokens();
    tokio::spawn(tokens.run(Drain::new()));
    assert_eq!(token(&tokens).await, "token-1");
    provider.set(Mood::Fails);
    later(589).await;
    assert_eq!(token(&tokens).await, "token-1");
    later(11).await;
    for _ in 0..100 {
        let error = token(&tokens).await;
        assert_eq!(error, "there is no token for calls to others: there is no connection: nobody is there");
    }
    // At 540 s, and then 1, 2, 4, 8, 16 and 32 s later.
    assert_eq!(provider.count(), 1 + 6);
    later(3600).await;
    assert!((60..80).contains(&provider.count()), "{}", provider.count());
    provider.set(Mood::Gives);
    later(60).await;
    assert!(token(&tokens).await.starts_with("token-"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_that_of_all_who_wait_and_of_those_who_come_soon_after() {
    for (mood, reason) in [
        (Mood::Refuses, "the answer is 401 Unauthorized: invalid_client"),
        (Mood::Hangs, "there was no answer in time"),
    ] {
        let provider = Provider::new(mood);
        let tokens = provider.tokens();
        let waiting: Vec<_> = (0..50)
            .map(|_| {
                let tokens = tokens.clone();
                tokio::spawn(async move { token(&tokens).await })
            })
            .collect();
        for one in waiting {
            assert!(one.await.unwrap().ends_with(reason), "{reason}");
        }
        assert_eq!(provider.count(), 1);
        provider.set(Mood::Gives);
        assert!(token(&tokens).await.ends_with(reason));
        later(1).await;
        assert_eq!(token(&tokens).await, "token-2");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_taken_is_replaced_but_not_by_every_request() {
    let provider = Provider::new(Mood::Gives);
    let tokens = provider.tokens();
    tokio::spawn(tokens.run(Drain::new()));
    for _ in 0..100 {
        let token = tokens.token().await.unwrap();
        tokens.reject(&token);
    }
    assert_eq!(provider.count(), 1);
    later(10).await;
    let old = tokens.token().await.unwrap();
    tokens.reject(&old);
    later(1).await;
    assert_eq!(provider.count(), 2, "in the background");
    tokens.reject(&old);
    assert_eq!((token(&tokens).await.as_str(), provider.count()), ("token-2", 2));
}

#[test]
fn a_secret_goes_over_tls_alone() {
    let provider = Provider::new(Mood::Gives);
    let error = |url: &str| {
        let credentials = Credentials::new("shop", "s3cret").unwrap();
        Server::new(url, credentials, Arc::clone(&provider) as _).map(drop).map_err(|error| error.to_string())
    };
    for url in [
        "http://id.example.com/",
        "ftp://a/",
        "/token",
        "",
        "http://localhost.example.com/",
        "http://127.0.0.1.nip.io/",
    ] {
        assert!(error(url).is_err(), "{url}");
    }
    for url in ["https://id.example.com/", "http://localhost:1/", "http://127.0.0.1/", "http://[::1]:1/"] {
        assert_eq!(error(url), Ok(()), "{url}");
    }
}
