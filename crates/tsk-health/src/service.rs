//! The tower services that answer probes, and show the detail.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode};
use tower_service::Service;
use tsk_core::{Body, IntoResponse, Problem};

use crate::Health;

/// Answers probes, for everybody: see [`Health::probe`]. Any other path is answered with 404.
#[derive(Debug, Clone)]
pub struct Probes(Health);

/// Shows everything, for those who operate the service: see [`Health::inspect`]. Any other path is answered with 404.
///
/// It names what the service depends on, so it does not belong where everybody can ask.
#[derive(Debug, Clone)]
pub struct Detail(Health);

impl Probes {
    /// For this health.
    pub fn new(health: &Health) -> Self {
        Self(health.clone())
    }
}

impl Detail {
    /// For this health.
    pub fn new(health: &Health) -> Self {
        Self(health.clone())
    }
}

macro_rules! service {
    ($name:ident, |$health:ident, $request:ident| $answer:expr) => {
        impl<B> Service<Request<B>> for $name {
            type Response = Response<Body>;
            type Error = Infallible;
            type Future = Ready<Result<Response<Body>, Infallible>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, $request: Request<B>) -> Self::Future {
                let $health = &self.0;
                let answer = $answer;
                ready(Ok(answer.unwrap_or_else(|| Problem::new(StatusCode::NOT_FOUND).into_response())))
            }
        }
    };
}

service!(Probes, |health, request| health.probe(request.method(), request.uri().path()));
service!(Detail, |health, request| {
    health.inspect(request.method(), request.uri().path(), request.uri().query())
});
