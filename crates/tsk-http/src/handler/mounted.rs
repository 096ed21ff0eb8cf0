//! Tower services in the place of handlers.

use std::future::Future;

use http::{Request, Response, request::Parts};
use tower_service::Service;
use tsk_core::{Body, BoxError, IntoResponse, Problem, respond::Requirements};

use super::{Answer, Answering, Erased};
use crate::router::strip::{self, BarePrefix};

/// A tower service that can be mounted: it takes any request, its answers have bodies of bytes, and its errors
/// become a 500.
pub trait MountedService: Clone + Send + Sync + 'static {
    /// Has the service answer.
    #[doc(hidden)]
    fn answer(self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static;
}

impl<S, B> MountedService for S
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    async fn answer(mut self, request: Request<Body>) -> Response<Body> {
        let ready = std::future::poll_fn(|cx| self.poll_ready(cx).map_err(Into::<BoxError>::into)).await;
        let response = match ready {
            Ok(()) => self.call(request).await.map_err(Into::into),
            Err(error) => Err(error),
        };
        match response {
            Ok(response) => response.map(Body::new),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

struct Mounted<S> {
    service: S,
    depth: usize,
}

impl Erased {
    /// A service that sees the path without its first `depth` segments.
    pub(crate) fn service<S: MountedService>(service: S, depth: usize) -> Self {
        Self::new(Mounted { service, depth })
    }
}

impl<S: MountedService> Answer for Mounted<S> {
    fn answer(&self, mut parts: Parts, body: Body) -> Answering {
        if let Some(uri) = strip::stripped(&parts.uri, self.depth) {
            if let Some(prefix) = BarePrefix::of(&parts.uri, self.depth) {
                parts.extensions.insert(prefix);
            }
            parts.uri = uri;
        }
        Box::pin(self.service.clone().answer(Request::from_parts(parts, body)))
    }

    fn requires(&self, _: &mut Requirements) {}
}
