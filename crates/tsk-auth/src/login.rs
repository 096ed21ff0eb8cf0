//! A form to log in by.
//!
//! It is a page without script, which asks no other host for anything. A service that wants another look writes a page of its own:
//! nothing depends on this one but the names of its fields, which [`Submitted`] reads.

use std::fmt::Write as _;

use http::{HeaderValue, Response, StatusCode, Uri, header};
use serde::Deserialize;
use tsk_core::{Body, IntoResponse, Problem};

use crate::{page, password::LoginError};

/// The page, as an answer of a handler.
///
/// ```
/// use tsk_auth::{login::{Form, Submitted, destination}, password::LoginError, session::{Session, SessionError}};
/// use tsk_core::IntoResponse;
///
/// async fn page(session: Session) -> Result<impl IntoResponse, SessionError> {
///     let token = session.csrf_token().await?;
///     Ok(Form::new("Shop").token(token).next("/orders"))
/// }
///
/// fn again(submitted: &Submitted, error: LoginError) -> impl IntoResponse {
///     Form::new("Shop").name(&*submitted.name).next(destination(submitted.next.as_deref(), "/")).error(error)
/// }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Form {
    service: Box<str>,
    action: Option<Box<str>>,
    name: Box<str>,
    token: Option<Box<str>>,
    next: Option<Box<str>>,
    error: Option<LoginError>,
}

/// What the form sends, in `application/x-www-form-urlencoded`. `Debug` does not show the password.
#[derive(Clone, Deserialize)]
pub struct Submitted {
    /// The name of the account.
    pub name: Box<str>,
    /// The password.
    pub password: Box<str>,
    /// The token of the session, for [`Unchecked`](crate::session::Unchecked).
    #[serde(default)]
    pub token: Box<str>,
    /// Where to go after it: only by [`destination`].
    #[serde(default)]
    pub next: Option<Box<str>>,
}

impl Form {
    /// The page of a service of that name.
    pub fn new(service: impl Into<Box<str>>) -> Self {
        Self { service: service.into(), ..Self::default() }
    }

    /// Sets the path that it sends to. Default: that of the page.
    pub fn action(mut self, path: impl Into<Box<str>>) -> Self {
        self.action = Some(path.into());
        self
    }

    /// Fills in a name.
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds the [token](crate::session::Session::csrf_token) of the session, for browsers that do not say whose page it is.
    pub fn token(mut self, token: impl Into<Box<str>>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets where to go after it.
    pub fn next(mut self, path: impl Into<Box<str>>) -> Self {
        self.next = Some(path.into());
        self
    }

    /// Says why it was not the password, and answers with the status and the headers of that.
    pub fn error(mut self, error: LoginError) -> Self {
        self.error = Some(error);
        self
    }

    fn html(&self) -> String {
        let mut page = page::begin(&format!("Log in · {}", self.service), &self.service);
        if let Some(error) = &self.error {
            let told = match error {
                LoginError::Wrong => "The name or the password is wrong.".to_owned(),
                LoginError::TooMany { wait } => {
                    format!(
                        "There were too many wrong passwords. Try again in {} seconds.",
                        wait.as_secs().max(1)
                    )
                }
                LoginError::Busy => "The service is busy. Try again in a moment.".to_owned(),
            };
            let _ = write!(page, "<p role=alert>{told}</p>");
        }
        page.push_str("<form method=post");
        if let Some(action) = &self.action {
            page::attribute(&mut page, "action", action);
        }
        page.push('>');
        for (name, value) in [("token", &self.token), ("next", &self.next)] {
            if let Some(value) = value {
                let _ = write!(page, "<input type=hidden name={name}");
                page::attribute(&mut page, "value", value);
                page.push('>');
            }
        }
        page.push_str(
            "<label for=name>Name</label><input id=name name=name autocomplete=username required autofocus",
        );
        page::attribute(&mut page, "value", &self.name);
        page.push_str("><label for=password>Password</label>");
        page.push_str(
            "<input id=password name=password type=password autocomplete=current-password required>",
        );
        page.push_str("<button>Log in</button></form>");
        page::end(&mut page);
        page
    }
}

/// Where to go after a login: what was asked for, if that is a path of this service.
pub fn destination<'a>(next: Option<&'a str>, otherwise: &'a str) -> &'a str {
    next.filter(|next| is_path(next)).unwrap_or(otherwise)
}

/// Whether it is a path of this service, in the eyes of a browser as well: to them `//` and `/\` lead to another host.
pub(crate) fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Where to log in, and to come back from to what a browser has asked for, if that is short.
pub(crate) fn and_back(login: &HeaderValue, page: &Uri) -> HeaderValue {
    /// With more bytes one comes back to where a login leads by itself.
    const MAX: usize = 2048;
    let next = page.path_and_query().map_or("/", |path| path.as_str());
    let back = (next.len() <= MAX && is_path(next)).then(|| {
        let mut url = String::from_utf8_lossy(login.as_bytes()).into_owned();
        url.push_str(if url.contains('?') { "&next=" } else { "?next=" });
        for byte in next.bytes() {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
                url.push(char::from(byte));
            } else {
                let _ = write!(url, "%{byte:02X}");
            }
        }
        HeaderValue::try_from(url).ok()
    });
    back.flatten().unwrap_or_else(|| login.clone())
}

impl IntoResponse for Form {
    fn into_response(self) -> Response<Body> {
        let mut response = page::answer(StatusCode::OK, self.html(), None);
        if let Some(error) = self.error {
            let problem = Problem::from(error).into_response();
            *response.status_mut() = problem.status();
            if let Some(after) = problem.headers().get(header::RETRY_AFTER) {
                response.headers_mut().insert(header::RETRY_AFTER, after.clone());
            }
        }
        response
    }
}

impl std::fmt::Debug for Submitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submitted").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
