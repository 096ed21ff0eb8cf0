//! Asking the provider.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use openidconnect::{HttpRequest, HttpResponse};
use tokio::time::timeout;
use tsk_core::HttpClient;

/// Bytes of an answer at most.
pub(super) const MAX_BODY: usize = 256 * 1024;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks the provider: in bounded time, for an answer of bounded size, which is not elsewhere. Whatever client there is, it holds.
#[derive(Debug, Clone)]
pub(super) struct Fetch(Arc<dyn HttpClient>);

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Unanswered(String);

impl Fetch {
    pub(super) fn new(client: Arc<dyn HttpClient>) -> Self {
        Self(client)
    }

    pub(super) fn client(&self) -> Arc<dyn HttpClient> {
        Arc::clone(&self.0)
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Unanswered> {
        let url = request.uri().clone();
        let wrong = |reason: &dyn fmt::Display| Unanswered(format!("{url}: {reason}"));
        let answer = timeout(TIMEOUT, self.0.send(request)).await;
        let answer =
            answer.map_err(|_| wrong(&"there was no answer in time"))?.map_err(|error| wrong(&error))?;
        if answer.body().len() > MAX_BODY {
            return Err(wrong(&"the answer is too large"));
        }
        // What was sent along is for nobody else (RFC 9700 §4.12).
        if answer.status().is_redirection() {
            return Err(wrong(&"the answer is a redirect, which is not followed"));
        }
        Ok(answer)
    }

    /// A document of JSON, with this in `Authorization` if there is something.
    pub(super) async fn json(&self, url: &str, bearer: Option<&str>) -> Result<Bytes, Unanswered> {
        let mut request = Request::get(url).header(header::ACCEPT, "application/json");
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Bytes::new()).map_err(|error| Unanswered(format!("{url}: {error}")))?;
        let answer = self.send(request).await?;
        if answer.status() != StatusCode::OK {
            return Err(Unanswered(format!("{url}: the answer is {}", answer.status())));
        }
        Ok(answer.into_body())
    }

    /// As `openidconnect` asks.
    pub(super) fn ask(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, Unanswered>> + Send + 'static {
        let fetch = self.clone();
        async move { Ok(fetch.send(request.map(Bytes::from)).await?.map(Vec::from)) }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unanswered {}
