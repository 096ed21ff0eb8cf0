//! Keys that an issuer publishes, which it may not do well.

use std::{
    collections::VecDeque,
    future::pending,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, time::Instant};
use tsk_auth::jwt::{
    Algorithm, Grant, Issuer, Jwks, Keys, Refusal, Signer, SigningKey, Verifier, jwks::Settings,
};
use tsk_core::{
    Drain, HttpClient,
    client::{ClientError, Sending},
};

use crate::forge::{AUDIENCE, ISSUER};

const URL: &str = "https://id.example.com/jwks.json";

/// An issuer that answers what it is told to; after the last of it, always that.
#[derive(Debug)]
struct Provider {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Instant>>,
    /// How many fetches may be answered.
    gate: Arc<Semaphore>,
}

#[derive(Debug, Clone)]
enum Answer {
    Keys(Value),
    With(u16, &'static str, Bytes),
    Fails,
    Hangs,
}

impl Provider {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        let answers = Mutex::new(answers.into_iter().collect());
        Arc::new(Self {
            answers,
            asked: Mutex::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        })
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl HttpClient for Provider {
    fn send(&self, request: Request<Bytes>) -> Sending {
        assert_eq!(request.uri(), URL);
        self.asked.lock().unwrap().push(Instant::now());
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        let gate = Arc::clone(&self.gate);
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            let (status, control, body) = match answer {
                Answer::Keys(keys) => (200, "", Bytes::from(keys.to_string())),
                Answer::With(status, control, body) => (status, control, body),
                Answer::Fails => return Err(ClientError::connect("nobody is there")),
                Answer::Hangs => pending().await,
            };
            let response = Response::builder().status(status).header("cache-control", control);
            Ok(response.header("location", "https://evil.example.com").body(body).unwrap())
        })
    }
}

fn signer() -> Signer {
    Signer::new(ISSUER, SigningKey::generate(Algorithm::Es256).unwrap(), Duration::from_secs(3600)).unwrap()
}

fn rotated(signer: &Signer) {
    signer.announce(SigningKey::generate(Algorithm::Es256).unwrap()).unwrap();
    signer.rotate(SystemTime::now()).unwrap();
}

fn issue(signer: &Signer) -> String {
    signer.issue(&Grant::new("ada", AUDIENCE), &(), SystemTime::now()).unwrap()
}

fn keys(signer: &Signer) -> Answer {
    Answer::Keys(signer.jwks(SystemTime::now()))
}

/// A verifier with keys of that provider, and what fetches them.
fn start(provider: &Arc<Provider>) -> (Verifier, Drain, tokio::task::JoinHandle<()>) {
    let jwks = Jwks::new(URL, provider.clone(), Settings::default()).unwrap();
    let verifier: Verifier =
        Verifier::new(Issuer::new(ISSUER, Keys::from(&jwks)).audience(AUDIENCE)).unwrap();
    let drain = Drain::new();
    let running = tokio::spawn(verifier.run(drain.clone()));
    (verifier, drain, running)
}

async fn later(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

async fn verdict(verifier: &Verifier, token: &str) -> Result<(), Refusal> {
    verifier.verify(token).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn the_first_request_waits_for_the_keys_and_the_others_find_them() {
    let signer = signer();
    let provider = Provider::new([keys(&signer)]);
    let (verifier, drain, running) = start(&provider);
    for _ in 0..10 {
        assert_eq!(verdict(&verifier, &issue(&signer)).await, Ok(()));
    }
    assert_eq!(provider.count(), 1);
    drain.start();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn however_many_wait_there_is_one_fetch() {
    let signer = signer();
    let provider = Provider::new([keys(&signer)]);
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (verifier, ..) = start(&provider);
    let token = issue(&signer);
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { verdict(&verifier, &token).await })
        })
        .collect();
    later(1).await;
    provider.gate.add_permits(1);
    for request in waiting {
        assert_eq!(request.await.unwrap(), Ok(()));
    }
    assert_eq!(provider.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_takes_no_fetch_along() {
    let signer = signer();
    let provider = Provider::new([keys(&signer)]);
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (verifier, ..) = start(&provider);
    let token = issue(&signer);
    for _ in 0..10 {
        let gone = tokio::time::timeout(Duration::from_millis(10), verifier.verify(&token)).await;
        assert!(gone.is_err());
    }
    provider.gate.add_permits(1);
    assert_eq!(verdict(&verifier, &token).await, Ok(()));
    assert_eq!(provider.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let signer = signer();
    let before = keys(&signer);
    rotated(&signer);
    let provider = Provider::new([before, keys(&signer)]);
    let (verifier, ..) = start(&provider);
    let token = issue(&signer);
    later(31).await;
    assert_eq!(verdict(&verifier, &token).await, Ok(()));
    assert_eq!(provider.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_without_names_may_be_others_as_well() {
    let nameless = |signer: &Signer| {
        let mut keys = signer.jwks(SystemTime::now());
        let list = keys["keys"].as_array_mut().unwrap();
        list.truncate(1);
        list[0].as_object_mut().unwrap().remove("kid");
        Answer::Keys(keys)
    };
    let signer = signer();
    let before = nameless(&signer);
    rotated(&signer);
    let provider = Provider::new([before, nameless(&signer)]);
    let (verifier, ..) = start(&provider);
    let (token, stranger) = (issue(&signer), self::signer());
    later(1).await;
    assert_eq!(verdict(&verifier, &token).await, Err(Refusal::Signature));
    later(31).await;
    assert_eq!(verdict(&verifier, &token).await, Ok(()));
    for _ in 0..10 {
        assert_eq!(verdict(&verifier, &issue(&stranger)).await, Err(Refusal::Signature));
    }
    assert_eq!(provider.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn made_up_keys_cause_a_fetch_now_and_then_at_most() {
    let (signer, stranger) = (signer(), self::signer());
    let provider = Provider::new([keys(&signer)]);
    let (verifier, ..) = start(&provider);
    later(1).await;
    for _ in 0..600 {
        rotated(&stranger);
        assert_eq!(verdict(&verifier, &issue(&stranger)).await, Err(Refusal::UnknownKey));
        later(1).await;
    }
    // Ten minutes are 20 times 30 s, beside the fetch at the start and those by the clock.
    assert!((2..=22).contains(&provider.count()), "{}", provider.count());
    assert_eq!(verdict(&verifier, &issue(&signer)).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn algorithms_that_no_published_key_has_cause_no_fetch() {
    let provider = Provider::new([keys(&signer())]);
    let (verifier, ..) = start(&provider);
    later(60).await;
    let fetched = provider.count();
    for name in ["none", "HS256", "HS512", "ES512"] {
        let token = crate::forge::token(
            &json!({ "alg": name, "kid": "x" }).to_string(),
            &crate::forge::good().to_string(),
            |_| vec![1; 32],
        );
        assert_eq!(verdict(&verifier, &token).await, Err(Refusal::Algorithm), "{name}");
    }
    later(1).await;
    assert_eq!(provider.count(), fetched);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_withdrawn_is_believed_until_the_next_fetch() {
    let signer = signer();
    let before = keys(&signer);
    let token = issue(&signer);
    let provider = Provider::new([before, keys(&self::signer())]);
    let (verifier, ..) = start(&provider);
    assert_eq!(verdict(&verifier, &token).await, Ok(()));
    later(599).await;
    assert_eq!(verdict(&verifier, &token).await, Ok(()));
    later(2).await;
    assert_eq!(provider.count(), 2);
    assert_eq!(verdict(&verifier, &token).await, Err(Refusal::UnknownKey));
}

#[tokio::test(start_paused = true)]
async fn without_keys_nobody_is_let_in() {
    let signer = signer();
    // The right keys, in answers that are none.
    let keys = signer.jwks(SystemTime::now()).to_string();
    let large = Bytes::from(format!("{keys}{}", " ".repeat(256 * 1024)));
    let with = |status| Answer::With(status, "", Bytes::from(keys.clone()));
    for answer in [
        Answer::Fails,
        Answer::Hangs,
        with(500),
        with(302),
        with(404),
        with(206),
        Answer::With(200, "", Bytes::from_static(b"<html>")),
        Answer::With(200, "", Bytes::from_static(b"{}")),
        Answer::With(200, "", large),
    ] {
        let provider = Provider::new([answer.clone()]);
        let (verifier, ..) = start(&provider);
        let begun = Instant::now();
        assert_eq!(verdict(&verifier, &issue(&signer)).await, Err(Refusal::NoKeys), "{answer:?}");
        assert!(begun.elapsed() <= Duration::from_secs(5));
    }
    // An issuer that publishes none has none.
    let provider = Provider::new([Answer::With(200, "", Bytes::from_static(b"{\"keys\":[]}"))]);
    let (verifier, ..) = start(&provider);
    assert!(verdict(&verifier, &issue(&signer)).await.is_err());
}

#[tokio::test]
async fn where_nobody_fetches_the_answer_is_at_once() {
    let jwks = Jwks::new(URL, Provider::new([Answer::Hangs]), Settings::default()).unwrap();
    let verifier: Verifier =
        Verifier::new(Issuer::new(ISSUER, Keys::from(&jwks)).audience(AUDIENCE)).unwrap();
    assert_eq!(verdict(&verifier, &issue(&signer())).await, Err(Refusal::NoKeys));
}

#[tokio::test(start_paused = true)]
async fn failures_are_tried_again_and_what_was_known_is_believed_for_a_while() {
    let signer = signer();
    let provider = Provider::new([Answer::Fails, Answer::Fails, keys(&signer), Answer::Fails]);
    let (verifier, ..) = start(&provider);
    later(4).await;
    let asked: Vec<u64> = {
        let asked = provider.asked.lock().unwrap();
        asked.iter().map(|at| at.duration_since(asked[0]).as_secs()).collect()
    };
    assert_eq!(asked, [0, 1, 3]);
    let token = issue(&signer);
    assert_eq!(verdict(&verifier, &token).await, Ok(()));
    // From then on it fails, and a key that is not known may be one.
    later(700).await;
    assert_eq!(verdict(&verifier, &token).await, Ok(()));
    assert_eq!(verdict(&verifier, &issue(&self::signer())).await, Err(Refusal::NoKeys));
    let hours = |hours: u64| SystemTime::now() + Duration::from_secs(hours * 3600);
    // By the clock on the wall, which does not wait.
    let long = signer.issue(&Grant::new("ada", AUDIENCE), &(), hours(5)).unwrap();
    assert!(verifier.check(&long, hours(5)).is_ok());
    assert_eq!(verifier.check(&long, hours(6)).err(), Some(Refusal::NoKeys));
    assert_eq!(verifier.check(&token, hours(6)).err(), Some(Refusal::NoKeys));
}

#[tokio::test(start_paused = true)]
async fn an_issuer_may_ask_to_be_asked_sooner() {
    let body = Bytes::from(signer().jwks(SystemTime::now()).to_string());
    let provider = Provider::new([Answer::With(200, "public, max-age=60", body)]);
    let _running = start(&provider);
    later(299).await;
    assert_eq!(provider.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn one_who_was_ended_can_be_run_again() {
    let signer = signer();
    let provider = Provider::new([keys(&signer)]);
    let (verifier, drain, running) = start(&provider);
    later(1).await;
    // A second one ends at once, as there is one.
    verifier.run(Drain::new()).await;
    drain.start();
    running.await.unwrap();
    assert_eq!(verdict(&verifier, &issue(&self::signer())).await, Err(Refusal::NoKeys));
    let _again = tokio::spawn(verifier.run(Drain::new()));
    later(1).await;
    assert_eq!(provider.count(), 2);
    assert_eq!(verdict(&verifier, &issue(&signer)).await, Ok(()));
}

#[test]
fn keys_come_over_tls_alone() {
    let of = |url: &str, settings| Jwks::new(url, Provider::new([Answer::Fails]), settings);
    for url in [
        "http://id.example.com/",
        "ftp://id.example.com/",
        "/jwks.json",
        "",
        "https://",
        "http://localhost.evil.com/",
    ] {
        assert!(of(url, Settings::default()).is_err(), "{url}");
    }
    for url in [URL, "http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:1/"] {
        assert!(of(url, Settings::default()).is_ok(), "{url}");
    }
    for settings in [
        Settings { refresh: Duration::ZERO, ..Settings::default() },
        Settings { max_body: 0, ..Settings::default() },
        Settings { max_stale: Duration::from_secs(600), ..Settings::default() },
    ] {
        assert!(of(URL, settings).is_err());
    }
}
