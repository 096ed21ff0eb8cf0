//! Answers to requests.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use tsk_core::{
    Check, HttpClient,
    check::{Checking, Finding},
};

use crate::url::Url;

/// Whether a GET is answered as it ought to be.
pub struct Http {
    client: Arc<dyn HttpClient>,
    url: Url,
    statuses: Vec<StatusCode>,
    contains: Option<String>,
}

impl Http {
    /// Asks for a URL. Where no status is named, all from 200 to 299 are right; the body has to contain a text, if there is
    /// one. The client bounds how much of the body is read. Redirects are answers like others.
    pub fn new(
        client: Arc<dyn HttpClient>,
        url: impl Into<Url>,
        statuses: Vec<StatusCode>,
        contains: Option<String>,
    ) -> Self {
        Self { client, url: url.into(), statuses, contains }
    }

    async fn look(&self) -> Finding {
        // A connection of its own tells what a kept one does not: that there still is a name, and somebody who accepts.
        let request = Request::get(self.url.text())
            .header(header::CONNECTION, HeaderValue::from_static("close"))
            .header(header::USER_AGENT, HeaderValue::from_static("tsk-health"))
            .body(Bytes::new());
        let request = match request {
            Ok(request) => request,
            Err(error) => return Finding::fail(format!("nobody can be asked: {error}")),
        };
        let response = match self.client.send(request).await {
            Ok(response) => response,
            Err(error) => return Finding::fail(error.to_string()),
        };
        let status = response.status();
        let is_right =
            if self.statuses.is_empty() { status.is_success() } else { self.statuses.contains(&status) };
        if !is_right {
            return Finding::fail(format!("the answer was {status}"));
        }
        let contained = |text: &String| {
            let (body, text) = (response.body(), text.as_bytes());
            text.is_empty() || body.windows(text.len()).any(|window| window == text)
        };
        match self.contains.as_ref().is_none_or(contained) {
            true => Finding::pass(),
            false => Finding::fail(format!("the answer was {status}, without what it should contain")),
        }
    }
}

impl Check for Http {
    fn check(&self) -> Checking<'_> {
        Box::pin(self.look())
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("url", &self.url).finish_non_exhaustive()
    }
}
