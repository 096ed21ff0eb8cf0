//! Asking.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use tsk_core::{Body, Peer};

use super::Response;
use crate::{Routes, handler::MountedService, middleware::Next, server::Probe};

/// Asks a service in process. A clone asks the same service.
///
/// It is for tests, and panics where a test is wrong: at a path that is none, or a header value that cannot be
/// sent.
#[derive(Debug, Clone)]
pub struct Client {
    service: Next,
    headers: HeaderMap,
    probe: Option<Arc<dyn Probe>>,
}

impl Client {
    /// A client of any tower service.
    pub fn new<S: MountedService>(service: S) -> Self {
        Self { service: Next::around(service), headers: HeaderMap::new(), probe: None }
    }

    /// A client of routes alone, which seems to come by a Unix socket.
    pub fn of(routes: &Routes) -> Self {
        Self::new(routes.service(Peer::Local))
    }

    /// Has probes answered before the service, as [`Server::probed_by`](crate::Server::probed_by) does.
    #[must_use]
    pub fn probed_by(self, probe: impl Probe) -> Self {
        Self { probe: Some(Arc::new(probe)), ..self }
    }

    /// Sends a header with every request from now on.
    #[must_use]
    pub fn header<V>(mut self, name: &'static str, value: V) -> Self
    where
        V: TryInto<HeaderValue>,
    {
        self.headers.insert(HeaderName::from_static(name), header_value(name, value));
        self
    }

    /// A request by any method. The target is a path, with a query if there is one.
    pub fn request(&self, method: Method, target: &str) -> Request {
        let mut request = http::Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() =
            target.parse().unwrap_or_else(|error| panic!("{target:?} is no target: {error}"));
        *request.headers_mut() = self.headers.clone();
        Request { service: self.service.clone(), probe: self.probe.clone(), request }
    }

    /// A `GET`.
    pub fn get(&self, target: &str) -> Request {
        self.request(Method::GET, target)
    }

    /// A `HEAD`.
    pub fn head(&self, target: &str) -> Request {
        self.request(Method::HEAD, target)
    }

    /// A `POST`.
    pub fn post(&self, target: &str) -> Request {
        self.request(Method::POST, target)
    }

    /// A `PUT`.
    pub fn put(&self, target: &str) -> Request {
        self.request(Method::PUT, target)
    }

    /// A `PATCH`.
    pub fn patch(&self, target: &str) -> Request {
        self.request(Method::PATCH, target)
    }

    /// A `DELETE`.
    pub fn delete(&self, target: &str) -> Request {
        self.request(Method::DELETE, target)
    }
}

/// A request, in the making. It is sent when it is awaited.
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct Request {
    service: Next,
    probe: Option<Arc<dyn Probe>>,
    request: http::Request<Body>,
}

impl Request {
    /// Adds a header.
    pub fn header<V>(mut self, name: &'static str, value: V) -> Self
    where
        V: TryInto<HeaderValue>,
    {
        self.request.headers_mut().append(HeaderName::from_static(name), header_value(name, value));
        self
    }

    /// Sets the body, as it is.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// Sets a body of JSON, and its media type.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        let bytes = serde_json::to_vec(value).unwrap_or_else(|error| panic!("it has no JSON: {error}"));
        self.media("application/json", bytes)
    }

    /// Sets a body of form fields, and its media type.
    pub fn form<T: Serialize + ?Sized>(self, value: &T) -> Self {
        let text = serde_html_form::to_string(value);
        let text = text.unwrap_or_else(|error| panic!("it has no form: {error}"));
        self.media("application/x-www-form-urlencoded", text)
    }

    fn media(mut self, media_type: &'static str, body: impl Into<Body>) -> Self {
        let value = HeaderValue::from_static(media_type);
        self.request.headers_mut().insert(header::CONTENT_TYPE, value);
        self.body(body)
    }
}

impl IntoFuture for Request {
    type Output = Response;
    type IntoFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { service, probe, request } = self;
        let probed = probe.and_then(|probe| probe.answer(request.method(), request.uri().path()));
        Box::pin(async move {
            Response::new(match probed {
                Some(answer) => answer,
                None => service.run(request).await,
            })
        })
    }
}

fn header_value<V: TryInto<HeaderValue>>(name: &str, value: V) -> HeaderValue {
    value.try_into().unwrap_or_else(|_| panic!("the value of `{name}` cannot be sent"))
}
