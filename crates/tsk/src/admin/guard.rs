//! Who may speak to the admin listener, and to that of scrapers.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tsk_console::Console;
use tsk_core::{Body, Problem};
use tsk_http::{Next, State, config::Socket};

use super::{Config, Secret};
use crate::Error;

/// The shortest token that is one.
const MIN_TOKEN: usize = 16;

/// Who may speak to a listener of operators.
#[derive(Debug)]
pub(super) struct Rules {
    /// `None` where it may be called by any name.
    hosts: Option<Vec<String>>,
    token: Option<Secret>,
    /// Whether there is a console. Its files say nothing of the service, and it is its page that asks for the token.
    has_console: bool,
}

impl Rules {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let address = config.address();
        match &config.token {
            Some(token) if token.len() < MIN_TOKEN => {
                return Err(Error::settings(format!(
                    "`admin.token` is shorter than {MIN_TOKEN} characters; make a longer one"
                )));
            }
            None if !is_of_this_machine(&address) => {
                return Err(Error::settings(format!(
                    "`admin.listen` is {address}, which others than this machine may reach, and there is no \
                     `admin.token`; set one, or listen on 127.0.0.1"
                )));
            }
            _ => {}
        }
        let (hosts, token) = (Some(config.hosts.clone()), config.token.clone());
        Ok(Self { hosts, token, has_console: false })
    }

    /// Those of a listener for scrapers, who show a token of their own where there is one. No page can, so that it may then be
    /// called by whatever name a cluster has for it.
    pub(super) fn of_scrapers(config: &Config, have_token: bool) -> Self {
        let hosts = (!have_token).then(|| config.hosts.clone());
        Self { hosts, token: None, has_console: false }
    }

    /// Gives the files of a console to whoever shows no token.
    pub(super) fn with_console(self, has_console: bool) -> Self {
        Self { has_console, ..self }
    }

    fn check(&self, request: &Request<Body>) -> Result<(), Problem> {
        let forbidden = |detail| Err(Problem::new(StatusCode::FORBIDDEN).detail(detail));
        let host = request.uri().host().or_else(|| host(request.headers()));
        if !host.is_some_and(|host| self.knows(host)) {
            return forbidden(
                "This listener is called by an address, by `localhost`, or by a name in `admin.hosts`.",
            );
        }
        let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
        if !matches!(site, None | Some(b"same-origin" | b"none")) {
            return forbidden("Pages of other sites may not use this listener.");
        }
        let is_public = self.has_console && Console::assets().any(|path| path == request.uri().path());
        if let Some(token) = &self.token
            && !is_public
            && !bearer(request.headers()).is_some_and(|shown| token.is(shown))
        {
            return Err(Problem::new(StatusCode::UNAUTHORIZED)
                .detail("Show the token of `admin.token`, as `Authorization: Bearer …`.")
                .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        let is_reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        if !is_reading && !is_json(request.headers()) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .detail("What changes something is sent as `content-type: application/json`."));
        }
        Ok(())
    }

    /// Whether a page cannot have called itself that.
    fn knows(&self, host: &str) -> bool {
        let Some(hosts) = &self.hosts else { return true };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        bare.parse::<IpAddr>().is_ok()
            || host.eq_ignore_ascii_case("localhost")
            || hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}

/// Refuses whoever may not speak to the listener.
pub(super) async fn check(
    State(rules): State<Arc<Rules>>,
    request: Request<Body>,
    next: Next,
) -> Result<Response<Body>, Problem> {
    rules.check(&request)?;
    Ok(next.run(request).await)
}

pub(super) fn is_of_this_machine(address: &Socket) -> bool {
    match address {
        Socket::Unix(_) => true,
        Socket::Tcp { host, .. } => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
        }
    }
}

/// The host without its port.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let end = host.rfind(':').filter(|colon| !host[*colon..].contains(']')).unwrap_or(host.len());
    Some(&host[..end])
}

/// The token of RFC 6750 §2.1.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

#[cfg(test)]
mod tests;
