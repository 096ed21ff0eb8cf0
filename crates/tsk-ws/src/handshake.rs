//! The handshake: RFC 6455 §4.2, and RFC 8441 over HTTP/2.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
    header, request::Parts,
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::time::Instant;
use tsk_core::{Body, Drain, FromParts, Problem, RequestContext, gate::Tickets};
use tungstenite::handshake::derive_accept_key;

use crate::{
    Error, Meta, Role, Socket, Sockets,
    deflate::{Agreement, agree},
    error::Kind,
    io::Io,
    link::Link,
    meta::is_secure,
    problem,
    protocol::Protocol,
    session,
};

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const UPGRADE: HeaderValue = HeaderValue::from_static("upgrade");

/// Reads from a request that it asks for a socket, and may have one.
///
/// It takes the request of any server on hyper, axum's too. Over HTTP/2 that server has to
/// [allow it](hyper::server::conn::http2::Builder::enable_connect_protocol).
///
/// ```
/// use http::{Request, Response};
/// use tsk_core::{Body, IntoResponse};
/// use tsk_ws::{Sockets, upgrade};
///
/// fn answer<B>(mut request: Request<B>, sockets: &Sockets) -> Response<Body> {
///     match upgrade(&mut request, sockets) {
///         Ok(handshake) => handshake.accept(async |mut socket| {
///             let _ = socket.send("hello").await;
///         }),
///         Err(problem) => problem.into_response(),
///     }
/// }
/// ```
///
/// # Errors
///
/// The answer to a request that asks for none, asks in a wrong form, or for a page that may not.
pub fn upgrade<B>(request: &mut Request<B>, sockets: &Sockets) -> Result<Handshake, Problem> {
    let (method, uri, version) = (request.method().clone(), request.uri().clone(), request.version());
    let headers = std::mem::take(request.headers_mut());
    let handshake = Asked { method: &method, uri: &uri, version, headers: &headers }
        .read(request.extensions_mut(), sockets.clone());
    *request.headers_mut() = headers;
    handshake
}

/// A request that asks for a socket, and may have one: to [accept](Self::accept).
///
/// A handler of ours can take it: the settings are then those of the [`Sockets`] that are a state of the router.
#[derive(Debug)]
#[must_use = "a handshake that is not accepted opens nothing"]
pub struct Handshake {
    upgrade: OnUpgrade,
    sockets: Sockets,
    /// What HTTP/1.1 answers the key with.
    accept: Option<HeaderValue>,
    offered: Vec<Box<str>>,
    /// How messages are compressed.
    agreement: Option<Agreement>,
    meta: Meta,
    drain: Option<Drain>,
}

/// A socket that opens once the answer is sent.
#[derive(Debug)]
#[must_use = "a socket that is not waited for is closed"]
pub struct Opening {
    upgrade: OnUpgrade,
    sockets: Sockets,
    agreement: Option<Agreement>,
    meta: Option<Meta>,
    tickets: Option<Tickets>,
    is_kept: bool,
}

struct Asked<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
}

impl Asked<'_> {
    fn read(&self, extensions: &mut Extensions, sockets: Sockets) -> Result<Handshake, Problem> {
        let is_http2 = self.version == Version::HTTP_2;
        let is_asking = if is_http2 { self.is_extended_connect(extensions) } else { self.is_upgrade() };
        if !is_asking {
            return Err(problem::required());
        }
        match self.one(&header::SEC_WEBSOCKET_VERSION, "Sec-WebSocket-Version is there twice.")? {
            Some(version) if version == "13" => {}
            _ => return Err(problem::version()),
        }
        // RFC 8441 §5 has none over HTTP/2.
        let accept = if is_http2 { None } else { Some(self.accept()?) };
        let offered = self.protocols()?;
        if !sockets.origins().admit(self.uri, self.headers, is_secure(extensions)) {
            return Err(problem::foreign());
        }
        let meta = Meta::of(self.uri, self.headers, extensions);
        let drain = RequestContext::get(extensions).and_then(|context| context.scope().drain()).cloned();
        let upgrade = extensions.remove::<OnUpgrade>().ok_or_else(problem::required)?;
        let agreement = sockets.limits().deflate.as_ref().and_then(|deflate| agree(self.headers, deflate));
        Ok(Handshake { upgrade, sockets, accept, offered, agreement, meta, drain })
    }

    fn is_upgrade(&self) -> bool {
        *self.method == Method::GET
            && self.version == Version::HTTP_11
            && self.has(&header::CONNECTION, "upgrade")
            && self.has(&header::UPGRADE, "websocket")
    }

    fn is_extended_connect(&self, extensions: &Extensions) -> bool {
        let protocol = extensions.get::<hyper::ext::Protocol>();
        *self.method == Method::CONNECT && protocol.is_some_and(|protocol| protocol.as_str() == "websocket")
    }

    /// Whether a field lists a token.
    fn has(&self, name: &HeaderName, token: &str) -> bool {
        let values = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    }

    /// The only value of a field.
    fn one(&self, name: &HeaderName, twice: &'static str) -> Result<Option<&HeaderValue>, Problem> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(problem::invalid(twice)),
        }
    }

    /// What the key is answered with, which is 16 bytes in base64.
    fn accept(&self) -> Result<HeaderValue, Problem> {
        let key = self.one(&header::SEC_WEBSOCKET_KEY, "Sec-WebSocket-Key is there twice.")?;
        let key = key.ok_or_else(|| problem::invalid("There is no Sec-WebSocket-Key."))?.as_bytes();
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
        let is_key = key.len() == 24 && key.ends_with(b"==") && key[..22].iter().all(is_digit);
        if !is_key {
            return Err(problem::invalid("Sec-WebSocket-Key is not 16 bytes in base64."));
        }
        Ok(HeaderValue::try_from(derive_accept_key(key)).expect("base64 is a value of a field"))
    }

    fn protocols(&self) -> Result<Vec<Box<str>>, Problem> {
        const INVALID: &str = "Sec-WebSocket-Protocol is no list of names.";
        let mut protocols: Vec<Box<str>> = Vec::new();
        for value in self.headers.get_all(header::SEC_WEBSOCKET_PROTOCOL) {
            for name in value.to_str().map_err(|_| problem::invalid(INVALID))?.split(',').map(str::trim) {
                // RFC 6455 §4.1: tokens, each of them once.
                if !is_token(name) || protocols.iter().any(|other| **other == *name) {
                    return Err(problem::invalid(INVALID));
                }
                protocols.push(name.into());
            }
        }
        Ok(protocols)
    }
}

pub(crate) fn is_token(name: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_one)
}

impl Handshake {
    pub(crate) fn read(parts: &mut Parts, sockets: Sockets) -> Result<Self, Problem> {
        let Parts { method, uri, version, headers, extensions, .. } = parts;
        Asked { method, uri, version: *version, headers }.read(extensions, sockets)
    }

    /// Has the socket follow other settings. Whose pages may open one, and how it is compressed, has been decided by then.
    pub fn with(mut self, sockets: &Sockets) -> Self {
        self.sockets = sockets.clone();
        self
    }

    /// Says which subprotocols are spoken. Of those the client's favourite is chosen; [`Meta::protocol`] has it. Where it
    /// wants none of them, none is.
    pub fn protocols(mut self, spoken: &[&str]) -> Self {
        let chosen = self.offered.iter().find(|offered| spoken.contains(&&***offered));
        self.meta.protocol = chosen.cloned();
        self
    }

    /// What is known of who asks.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Answers, and runs the handler on the socket once it is open, in a task of its own; when the handler ends, the socket is
    /// closed.
    ///
    /// When the service drains, the socket is closed with 1012: the handler receives no more then, and has until the drain's
    /// deadline to end.
    pub fn accept<F, R>(self, handler: F) -> Response<Body>
    where
        F: FnOnce(Socket) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let drain = self.drain.clone();
        let (response, mut opening) = self.into_parts();
        opening.is_kept = true;
        session::spawn(opening, handler, drain);
        response
    }

    /// The answer, and the socket for whoever wants to wait for it: it opens once the answer is sent.
    ///
    /// Nobody tells that socket of a drain, nor sees it closed to the end once it is dropped.
    pub fn into_parts(self) -> (Response<Body>, Opening) {
        let Self { upgrade, sockets, accept, agreement, meta, .. } = self;
        let mut response = Response::new(Body::empty());
        if let Some(accept) = accept {
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, UPGRADE);
            headers.insert(header::UPGRADE, WEBSOCKET);
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        if let Some(protocol) = &meta.protocol {
            let protocol = HeaderValue::from_str(protocol).expect("a token is a value of a field");
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        if let Some(agreement) = agreement {
            response.headers_mut().insert(header::SEC_WEBSOCKET_EXTENSIONS, agreement.answer());
        }
        let tickets = Tickets::default();
        response.extensions_mut().insert(tickets.clone());
        let (meta, tickets) = (Some(meta), Some(tickets));
        (response, Opening { upgrade, sockets, agreement, meta, tickets, is_kept: false })
    }
}

impl FromParts for Handshake {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        let context = RequestContext::get(&parts.extensions);
        let sockets = context.and_then(|context| context.scope().routes().state().get::<Sockets>());
        let sockets = sockets.cloned().unwrap_or_default();
        Self::read(parts, sockets)
    }
}

/// Gives the socket, or why the connection was not handed over, as where the client has gone.
impl Future for Opening {
    type Output = Result<Socket, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let upgraded = ready!(Pin::new(&mut self.upgrade).poll(cx));
        let upgraded = upgraded.map_err(|error| Error::new(Kind::Upgrade(Arc::new(error))))?;
        let protocol =
            Protocol::new(Role::Server, Arc::clone(self.sockets.limits()), self.agreement, Instant::now());
        let io = Io::Upgraded(TokioIo::new(upgraded));
        let link = Link::new(io, protocol, Box::new(self.tickets.take()), self.is_kept);
        Poll::Ready(Ok(Socket::new(link, Arc::new(self.meta.take().unwrap_or_default()))))
    }
}
