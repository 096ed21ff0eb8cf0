//! What answers clients that want to connect.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;
use tower_service::Service;
use tsk_core::{Body, BoxError, IntoResponse, Problem};

use super::{Rooms, longpoll, socket, stream};

/// What answers clients, as a tower service; by the end of the path:
///
/// - `/websocket`: a socket;
/// - `/longpoll`: the official client's fallback, where sockets do not get through;
/// - `/events?topic=…`: an event stream, for `EventSource`.
#[derive(Debug, Clone)]
pub struct Endpoint(Rooms);

impl Endpoint {
    pub(crate) fn new(rooms: Rooms) -> Self {
        Self(rooms)
    }
}

impl<B> Service<Request<B>> for Endpoint
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let rooms = self.0.clone();
        let request = request.map(Body::new);
        Box::pin(async move { Ok(answer(&rooms, request).await.unwrap_or_else(Problem::into_response)) })
    }
}

async fn answer(rooms: &Rooms, request: Request<Body>) -> Result<Response<Body>, Problem> {
    let transport = request.uri().path().rsplit('/').next().unwrap_or_default();
    match (transport, request.method()) {
        // Over HTTP/2 the method is CONNECT (RFC 8441 §4).
        ("websocket", &Method::GET | &Method::CONNECT) => socket::open(&rooms.0, request).await,
        ("longpoll", &Method::GET) => longpoll::poll(&rooms.0, request).await,
        ("longpoll", &Method::POST) => longpoll::publish(&rooms.0, request).await,
        ("events", &Method::GET) => stream::open(&rooms.0, request).await,
        ("longpoll", _) => Err(not_allowed(HeaderValue::from_static("GET, POST"))),
        ("websocket" | "events", _) => Err(not_allowed(HeaderValue::from_static("GET"))),
        _ => Err(Problem::new(StatusCode::NOT_FOUND)),
    }
}

fn not_allowed(methods: HeaderValue) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, methods)
}
