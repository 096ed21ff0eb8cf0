//! One address of an authorization server that is asked.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri, header};
use serde::de::MapAccess;
use tokio::time::timeout;
use tsk_core::HttpClient;

use super::{Credentials, credentials::field};
use crate::{
    Error,
    jwt::json::{self, Members, Text},
};

/// One address of an authorization server, which a service asks as a client: whether a token is good, say, or for one.
///
/// It is asked by `POST` with a form. No redirect is followed, there is an answer in time or none, and of a large one no more is
/// read than was allowed.
#[derive(Clone)]
pub struct Server {
    url: Uri,
    credentials: Credentials,
    client: Arc<dyn HttpClient>,
    timeout: Duration,
    max_body: usize,
}

/// Why there is no answer that could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl Server {
    /// The server at a URL, asked with that client of HTTP. An answer comes within 5 s, and has at most 64 KiB.
    ///
    /// # Errors
    ///
    /// A URL that is not `https`, unless it is of this machine: whoever is in between would have the secret.
    pub fn new(url: &str, credentials: Credentials, client: Arc<dyn HttpClient>) -> Result<Self, Error> {
        let parsed = crate::url::guarded(url).map_err(|reason| Error::new(format!("{url}: {reason}")))?;
        Ok(Self { url: parsed, credentials, client, timeout: Duration::from_secs(5), max_body: 64 * 1024 })
    }

    /// The same with the client of `tsk-core`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    #[cfg(feature = "client")]
    pub fn fetch(url: &str, credentials: Credentials) -> Result<Self, Error> {
        Self::fetch_with(url, credentials, tsk_core::client::Settings::default())
    }

    /// The same, with other authorities of certificates, or a certificate of its own.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); files that cannot be used.
    #[cfg(feature = "client")]
    pub fn fetch_with(
        url: &str,
        credentials: Credentials,
        settings: tsk_core::client::Settings,
    ) -> Result<Self, Error> {
        let client = tsk_core::client::Client::new(&settings)
            .map_err(|error| Error::new(format!("{url}: {error}")))?;
        Self::new(url, credentials, Arc::new(client))
    }

    /// Sets how long an answer may take. Default: 5 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the bytes of an answer that are read at most. Default: 64 KiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    pub(crate) fn patience(&self) -> Duration {
        self.timeout
    }

    /// The answer to a form, whatever its status.
    pub(crate) async fn ask(&self, fields: &[(&str, &str)]) -> Result<Response<Bytes>, Failure> {
        let answer = timeout(self.timeout, self.client.send(self.request(fields))).await;
        let answer = answer
            .map_err(|_| Failure("there was no answer in time".to_owned()))?
            .map_err(|error| Failure(error.to_string()))?;
        if answer.body().len() > self.max_body {
            return Err(Failure("the answer is too large".to_owned()));
        }
        Ok(answer)
    }

    fn request(&self, fields: &[(&str, &str)]) -> Request<Bytes> {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let mut form = String::new();
        for (name, value) in fields {
            field(&mut form, name, value);
        }
        let headers = request.headers_mut();
        self.credentials.add(&mut form, headers);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, kind);
        *request.body_mut() = form.into();
        request
    }
}

impl Failure {
    /// An answer of that status by which the question is not answered: a redirect, which could lead anywhere, and refusals of the
    /// client. What the server calls it is named as well, where it has such a name (RFC 6749 §5.2).
    pub(crate) fn refused(answer: &Response<Bytes>) -> Self {
        let refused: Refused<'_> = json::read(answer.body()).unwrap_or_default();
        // It stands in a log: nothing but a name.
        let is_name =
            |error: &str| error.len() <= 64 && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let error = refused.0.filter(|error| is_name(error)).map(|error| format!(": {error}"));
        Self(format!("the answer is {}{}", answer.status(), error.unwrap_or_default()))
    }
}

#[derive(Default)]
struct Refused<'a>(Option<Cow<'a, str>>);

impl<'de> Members<'de> for Refused<'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "error" => self.0 = map.next_value::<Option<Text<'de>>>()?.map(|Text(text)| text),
            _ => json::skip(map)?,
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
