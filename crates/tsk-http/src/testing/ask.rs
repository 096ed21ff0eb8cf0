//! The shortest way to ask routes, for the unit tests of this crate.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower_service::Service;
use tsk_core::{Body, Peer};

use crate::Routes;

/// An answer, its body read.
pub(crate) struct Answer {
    pub(crate) response: Response<()>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn problem(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Has routes answer `METHOD path`, with a JSON body if there is one.
pub(crate) async fn ask(routes: &Routes, what: &str, body: &str) -> Answer {
    let (method, uri) = what.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    send(routes, request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()).await
}

/// Has routes answer a request.
pub(crate) async fn send<B>(routes: &Routes, request: Request<B>) -> Answer
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tsk_core::BoxError>,
{
    let response: Response<Body> = routes.service(Peer::Local).call(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { response: Response::from_parts(parts, ()), body: String::from_utf8(body.into()).unwrap() }
}
