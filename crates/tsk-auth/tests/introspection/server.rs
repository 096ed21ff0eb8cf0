//! An authorization server that says what it is told to.

use std::{
    collections::HashMap,
    future::pending,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tsk_auth::{
    introspection::{Builder, Introspection},
    oauth::{Credentials, Server},
};
use tsk_core::{
    HttpClient,
    client::{ClientError, Sending},
};

const URL: &str = "https://id.example.com/introspect";

#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Says(Value),
    With(u16, Bytes),
    Fails,
    Hangs,
}

/// What it says of each token; of any other that it is not good.
#[derive(Debug)]
pub(crate) struct Provider {
    tokens: Mutex<HashMap<String, Answer>>,
    asked: Mutex<Vec<String>>,
    /// How many questions may be answered.
    pub(crate) gate: Arc<Semaphore>,
}

impl Provider {
    pub(crate) fn new<'a>(tokens: impl IntoIterator<Item = (&'a str, Answer)>) -> Arc<Self> {
        let tokens = tokens.into_iter().map(|(token, answer)| (token.to_owned(), answer)).collect();
        Arc::new(Self {
            tokens: Mutex::new(tokens),
            asked: Mutex::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        })
    }

    /// With one token, `good`.
    pub(crate) fn good() -> Arc<Self> {
        Self::new([("good", Answer::Says(ada()))])
    }

    pub(crate) fn set(&self, token: &str, answer: Answer) {
        self.tokens.lock().unwrap().insert(token.to_owned(), answer);
    }

    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(crate) fn server(self: &Arc<Self>) -> Server {
        Server::new(URL, Credentials::new("shop", "s3cret").unwrap(), Arc::clone(self) as _).unwrap()
    }

    pub(crate) fn builder(self: &Arc<Self>) -> Builder<serde::de::IgnoredAny> {
        Introspection::builder(self.server()).audience("shop")
    }
}

/// What is said of a good token.
pub(crate) fn ada() -> Value {
    json!({ "active": true, "sub": "ada", "aud": "shop", "scope": "read write", "exp": ends(3600) })
}

/// So many seconds from now.
pub(crate) fn ends(after: u64) -> u64 {
    (SystemTime::now() + Duration::from_secs(after)).duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

impl HttpClient for Provider {
    fn send(&self, request: Request<Bytes>) -> Sending {
        assert_eq!((request.method().as_str(), request.uri().to_string().as_str()), ("POST", URL));
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
        // shop:s3cret
        assert_eq!(request.headers()["authorization"], "Basic c2hvcDpzM2NyZXQ=");
        let form = String::from_utf8(request.into_body().to_vec()).unwrap();
        let token =
            form.strip_prefix("token=").and_then(|form| form.strip_suffix("&token_type_hint=access_token"));
        let token = token.unwrap_or_else(|| panic!("{form}")).to_owned();
        let answer = self.tokens.lock().unwrap().get(&token).cloned();
        self.asked.lock().unwrap().push(token);
        let gate = Arc::clone(&self.gate);
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            let (status, body) = match answer {
                None => (200, Bytes::from_static(br#"{"active":false}"#)),
                Some(Answer::Says(answer)) => (200, Bytes::from(answer.to_string())),
                Some(Answer::With(status, body)) => (status, body),
                Some(Answer::Fails) => return Err(ClientError::connect("nobody is there")),
                Some(Answer::Hangs) => pending().await,
            };
            Ok(Response::builder()
                .status(status)
                .header("location", "https://evil.example.com")
                .body(body)
                .unwrap())
        })
    }
}
