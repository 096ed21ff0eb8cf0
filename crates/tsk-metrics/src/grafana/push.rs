//! Dashboards, brought into a Grafana by its HTTP API.
//!
//! <https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/>, and `…/folder/`.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tsk_core::client::HttpClient;

use super::{Dashboard, diff};

/// Brings dashboards into a Grafana.
///
/// A dashboard is found again by its `uid`: one that is there as it should be is left alone, another becomes the next version of
/// it. Nothing is ever deleted.
#[derive(Debug, Clone)]
pub struct Push {
    client: Arc<dyn HttpClient>,
    url: String,
    token: HeaderValue,
    folder: (String, String),
    is_overwriting: bool,
    is_dry: bool,
}

/// What became of a dashboard, or would.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Pushed {
    /// Its identifier.
    pub uid: String,
    /// What became of it.
    pub change: Change,
    /// What is different, where it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}

/// What became of a dashboard, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Change {
    /// There was none.
    Created,
    /// It was another.
    Updated,
    /// It is as it should be.
    Unchanged,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        })
    }
}

/// Why a dashboard is not in Grafana.
#[derive(Debug)]
pub struct PushError {
    message: String,
    is_conflict: bool,
}

impl PushError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_conflict: false }
    }

    /// Whether somebody has changed it at the same time.
    pub fn is_conflict(&self) -> bool {
        self.is_conflict
    }
}

impl fmt::Display for PushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PushError {}

/// How often something is tried that may work the next time.
const ATTEMPTS: u32 = 4;
/// The first pause between two attempts, which doubles.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest that a server may have us wait.
const LONGEST: Duration = Duration::from_secs(30);

impl Push {
    /// To the Grafana at a URL, with the token of a service account that may write dashboards and folders, into a folder with this
    /// identifier and title.
    ///
    /// # Errors
    ///
    /// A token that no header can have.
    pub fn new(
        client: Arc<dyn HttpClient>,
        url: &str,
        token: &str,
        folder: (&str, &str),
    ) -> Result<Self, PushError> {
        let mut token = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| PushError::new("the token has what no header has"))?;
        token.set_sensitive(true);
        let (url, folder) =
            (url.trim_end_matches('/').to_owned(), (folder.0.to_owned(), folder.1.to_owned()));
        Ok(Self { client, url, token, folder, is_overwriting: false, is_dry: false })
    }

    /// Whether a dashboard is replaced that somebody has changed at the same time. Default: no.
    #[must_use]
    pub fn overwriting(mut self, is_overwriting: bool) -> Self {
        self.is_overwriting = is_overwriting;
        self
    }

    /// Whether it is only told what would change. Default: no.
    #[must_use]
    pub fn dry(mut self, is_dry: bool) -> Self {
        self.is_dry = is_dry;
        self
    }

    /// Brings the folder there, if it is not there.
    ///
    /// # Errors
    ///
    /// A Grafana that cannot be reached, or refuses.
    pub async fn folder(&self) -> Result<(), PushError> {
        let (uid, title) = &self.folder;
        let path = format!("/api/folders/{uid}");
        let present = self.ask(Method::GET, &path, None).await?;
        match present.status() {
            status if status.is_success() => return Ok(()),
            StatusCode::NOT_FOUND if self.is_dry => return Ok(()),
            StatusCode::NOT_FOUND => {}
            _ => return Err(self.refused(&present, "the folder")),
        }
        let made =
            self.ask(Method::POST, "/api/folders", Some(&json!({ "uid": uid, "title": title }))).await?;
        match made.status() {
            // Somebody else was faster.
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => Ok(()),
            status if status.is_success() => Ok(()),
            _ => Err(self.refused(&made, "the folder")),
        }
    }

    /// Brings a dashboard there, if it is not there as it should be.
    ///
    /// # Errors
    ///
    /// A Grafana that cannot be reached, or refuses; and one in which somebody else has changed the dashboard meanwhile.
    pub async fn dashboard(&self, dashboard: &Dashboard) -> Result<Pushed, PushError> {
        let (uid, wanted) = (dashboard.uid.clone(), dashboard.classic());
        let (change, differences, version) = match self.present(&uid).await? {
            None => (Change::Created, Vec::new(), None),
            Some((present, folder)) => {
                let mut differences = diff::between(&present, &wanted);
                if folder != self.folder.0 {
                    differences.push(format!("folder: {folder:?}, should be {:?}", self.folder.0));
                }
                let change = if differences.is_empty() { Change::Unchanged } else { Change::Updated };
                (change, differences, present["version"].as_u64())
            }
        };
        if change != Change::Unchanged && !self.is_dry {
            self.save(wanted, version).await?;
        }
        Ok(Pushed { uid, change, differences })
    }

    /// The dashboard that is there, and the folder that it is in.
    async fn present(&self, uid: &str) -> Result<Option<(Value, String)>, PushError> {
        let answer = self.ask(Method::GET, &format!("/api/dashboards/uid/{uid}"), None).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => {
                let mut body: Value = serde_json::from_slice(answer.body()).map_err(|error| {
                    PushError::new(format!("{} answers what is no JSON: {error}", self.url))
                })?;
                let folder = body["meta"]["folderUid"].as_str().unwrap_or_default().to_owned();
                Ok(Some((body["dashboard"].take(), folder)))
            }
            _ => Err(self.refused(&answer, uid)),
        }
    }

    async fn save(&self, mut wanted: Value, version: Option<u64>) -> Result<(), PushError> {
        let uid = wanted["uid"].as_str().unwrap_or_default().to_owned();
        wanted["id"] = Value::Null;
        wanted["version"] = version.into();
        let body = json!({
            "dashboard": wanted,
            "folderUid": self.folder.0,
            "overwrite": self.is_overwriting,
            "message": "written by tsk grafana push",
        });
        let answer = self.ask(Method::POST, "/api/dashboards/db", Some(&body)).await?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            StatusCode::PRECONDITION_FAILED => {
                // Of an attempt whose answer was lost, the next is in conflict with itself.
                if let Some((present, folder)) = self.present(&uid).await?
                    && folder == self.folder.0
                    && diff::between(&present, &body["dashboard"]).is_empty()
                {
                    return Ok(());
                }
                let status = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
                let reason = match status["status"].as_str() {
                    Some("version-mismatch") => {
                        "somebody has changed it meanwhile; look at it, and push again"
                    }
                    Some("name-exists") => "another one in the folder has its title; set `grafana.title`",
                    _ => "Grafana would not have it replaced",
                };
                let message = format!("{uid}: {reason}, or pass --overwrite");
                Err(PushError { message, is_conflict: true })
            }
            _ => Err(self.refused(&answer, &uid)),
        }
    }

    /// An answer, by which nothing is to be tried again.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Bytes>, PushError> {
        let (mut attempt, mut pause) = (1, PAUSE);
        loop {
            let request = Request::builder()
                .method(method.clone())
                .uri(format!("{}{path}", self.url))
                .header(header::AUTHORIZATION, &self.token)
                .header(header::ACCEPT, "application/json")
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default())
                .map_err(|error| PushError::new(format!("`{}` is no URL: {error}", self.url)))?;
            let told = match self.client.send(request).await {
                Ok(answer) if !may_work_later(answer.status()) || attempt == ATTEMPTS => return Ok(answer),
                Ok(answer) => retry_after(&answer),
                Err(error) if attempt == ATTEMPTS || error.is_too_large() || error.is_settings() => {
                    return Err(PushError::new(format!("{}: {error}", self.url)));
                }
                Err(_) => None,
            };
            tokio::time::sleep(told.unwrap_or(pause).min(LONGEST)).await;
            (attempt, pause) = (attempt + 1, pause * 2);
        }
    }

    fn refused(&self, answer: &Response<Bytes>, what: &str) -> PushError {
        let said = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
        let said = said["message"].as_str().unwrap_or("it does not say why").to_owned();
        let advice = match answer.status() {
            StatusCode::UNAUTHORIZED => "; the token is another, or has expired",
            StatusCode::FORBIDDEN => "; the service account may not write dashboards and folders",
            _ => "",
        };
        let status = answer.status().as_u16();
        PushError::new(format!("{}: {what}: {status}: {said}{advice}", self.url))
    }
}

fn may_work_later(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// RFC 9110 §10.2.3, in seconds.
fn retry_after(answer: &Response<Bytes>) -> Option<Duration> {
    let seconds = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
