//! Where notices are sent over HTTP.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use serde_json::Value;
use tsk_core::HttpClient;

use crate::url::Url;

/// Where notices are sent to, and with what.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) client: Arc<dyn HttpClient>,
    /// The value of `Authorization`, if there is one.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Target {
    /// Sends JSON. What is not taken is an error, in a line that shows no path: it may be a secret.
    pub(crate) async fn post(&self, path: &str, json: &Value) -> Result<(), String> {
        let mut request = Request::post(format!("{}{path}", self.url.text()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(json.to_string()))
            .map_err(|error| format!("{}: {error}", self.url))?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(header::AUTHORIZATION, authorization.clone());
        }
        let response = self.client.send(request).await.map_err(|error| format!("{}: {error}", self.url))?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(format!("{} answered {status}", self.url)) }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.url)
    }
}
