//! Asking a server.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::time::timeout;
use tsk::auth::explain as auth;
use tsk::metrics::usage::{Answer, Question};
use tsk::ratelimit::explain::{Explanation, Subject};

use super::Status;
use crate::Application;
use crate::error::Error;
use crate::state::{Server, State};

/// How long a server may take to answer. Reading the configuration again may take long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most that is read of an answer.
const MOST: usize = 16 << 20;

/// Asks the server of a state directory.
#[derive(Debug)]
pub(crate) struct Client {
    state: State,
    pub(crate) pid: Option<u32>,
}

impl Client {
    /// The server that runs.
    ///
    /// # Errors
    ///
    /// If none does.
    pub(crate) fn new(application: &Application, state: State) -> Result<Self, Error> {
        let directory = state.directory().display().to_string();
        let name = application.name;
        match state.server() {
            Ok(Server::Running(pid)) => Ok(Self { state, pid }),
            Ok(Server::None) => Err(Error::not_running(format_args!(
                "no server runs with the state directory {directory}; start one with `{name} web start`, or pass --state-dir"
            ))),
            Ok(Server::Gone(pid)) => Err(Error::not_running(format_args!(
                "no server runs: process {pid}, of which {directory} tells, was killed or crashed; start one with `{name} web start`"
            ))),
            Err(error) => {
                Err(Error::failure(format_args!("the state directory {directory} cannot be read: {error}")))
            }
        }
    }

    /// Whether the server still runs.
    pub(crate) fn is_running(&self) -> Result<bool, Error> {
        let server = self.state.server().map_err(Error::failure)?;
        Ok(matches!(server, Server::Running(_)))
    }

    /// What the server says of itself.
    pub(crate) async fn status(&self) -> Result<Status, Error> {
        self.ask(Method::GET, "/status").await
    }

    /// How somebody stands with the limits of the server.
    pub(crate) async fn explain(&self, subject: &Subject) -> Result<Explanation, Error> {
        self.ask(Method::GET, &format!("/limits/explain?{}", query(subject))).await
    }

    /// Whether somebody may use a route of the server.
    pub(crate) async fn explain_access(&self, subject: &auth::Subject) -> Result<auth::Verdict, Error> {
        self.ask(Method::GET, &format!("/auth/explain?{}", query(subject))).await
    }

    /// Who uses what.
    pub(crate) async fn usage(&self, question: &Question) -> Result<Answer, Error> {
        self.ask(Method::GET, &format!("/usage?{}", query(question))).await
    }

    /// Asks for something that is answered in JSON.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, method: Method, path: &str) -> Result<T, Error> {
        let asked = timeout(PATIENCE, self.exchange(method, path)).await;
        let late = || io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {PATIENCE:?}"));
        let (status, body) =
            asked.unwrap_or_else(|_| Err(late().into())).map_err(|error| self.mute(error))?;
        if status.is_success() {
            serde_json::from_slice(&body).map_err(|error| self.mute(error.into()))
        } else {
            let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
            let detail = problem["detail"].as_str().map_or_else(|| status.to_string(), str::to_owned);
            let is_configuration = status == StatusCode::UNPROCESSABLE_ENTITY;
            Err(if is_configuration { Error::configuration(detail) } else { Error::failure(detail) })
        }
    }

    async fn exchange(&self, method: Method, path: &str) -> Result<(StatusCode, Bytes), tsk::core::BoxError> {
        let stream = UnixStream::connect(self.state.socket()).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        let answer = async {
            let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MOST).collect().await?.to_bytes();
            Ok((status, body))
        };
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => answer,
            // Its last words may have come just before.
            _ = connection => answer.await,
        }
    }

    /// A server that runs and does not answer.
    fn mute(&self, error: tsk::core::BoxError) -> Error {
        let socket = self.state.socket();
        let process = self.pid.map_or_else(String::new, |pid| format!(", process {pid},"));
        Error::failure(format_args!("the server{process} does not answer on {}: {error}", socket.display()))
    }
}

/// What is said of somebody, or asked, as the query of a URI.
pub(crate) fn query(subject: &impl Serialize) -> String {
    let members = serde_json::to_value(subject).expect("a subject has text keys");
    let members = members.as_object().into_iter().flatten();
    let pairs = members.filter_map(|(name, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(format!("{name}={}", utf8_percent_encode(&text, NON_ALPHANUMERIC)))
    });
    pairs.collect::<Vec<_>>().join("&")
}
