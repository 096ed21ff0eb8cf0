//! What was answered.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use tsk_core::Body;

/// A response, whose body is read as it is asked for.
///
/// It panics where the body is not what the test says it is, and shows the body.
pub struct Response(http::Response<Body>);

impl Response {
    pub(super) fn new(response: http::Response<Body>) -> Self {
        Self(response)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The header fields.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The first value of a header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    /// The next piece of the body; `None` at its end.
    pub async fn piece(&mut self) -> Option<Bytes> {
        loop {
            let frame = self.0.body_mut().frame().await?;
            let frame = frame.unwrap_or_else(|error| panic!("the body ended with an error: {error}"));
            if let Ok(data) = frame.into_data() {
                return Some(data);
            }
        }
    }

    /// The body, or what is left of it.
    pub async fn bytes(self) -> Bytes {
        match self.0.into_body().collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => panic!("the body ended with an error: {error}"),
        }
    }

    /// The body as text.
    pub async fn text(self) -> String {
        match String::from_utf8(self.bytes().await.into()) {
            Ok(text) => text,
            Err(error) => panic!("the body is not text: {error}"),
        }
    }

    /// The body as a value in JSON.
    pub async fn json<T: DeserializeOwned>(self) -> T {
        let status = self.status();
        let bytes = self.bytes().await;
        serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            panic!(
                "{status}: the body is not what was expected: {error}: {}",
                String::from_utf8_lossy(&bytes)
            )
        })
    }

    /// The response of the [`http`] crate.
    pub fn into_inner(self) -> http::Response<Body> {
        self.0
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status()).field("headers", self.headers()).finish()
    }
}
