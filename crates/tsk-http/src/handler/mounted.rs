//! Tower services in the place of handlers.

use std::future::Future;

use http::{Request, Response, request::Parts};
use tower_service::Service;
use tsk_core::{Body, BoxError, IntoResponse, Problem, RequestContext, respond::Requirements};

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
    mount: Mount,
}

/// What a mounted service sees of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mount {
    /// All of it.
    Whole,
    /// What is below the prefix of its route, whose template ends in `/{*rest}`.
    Below,
}

impl Mount {
    /// How many segments of the path are not seen. How deep the route is, is known once it stands where it will be.
    fn depth(self, parts: &Parts) -> usize {
        match (self, RequestContext::get(&parts.extensions)) {
            (Self::Below, Some(context)) => {
                context.endpoint().template().matches('/').count().saturating_sub(1)
            }
            _ => 0,
        }
    }
}

impl Erased {
    pub(crate) fn service<S: MountedService>(service: S, mount: Mount) -> Self {
        Self::new(Mounted { service, mount })
    }
}

impl<S: MountedService> Answer for Mounted<S> {
    fn answer(&self, mut parts: Parts, body: Body) -> Answering {
        let depth = self.mount.depth(&parts);
        if let Some(uri) = strip::stripped(&parts.uri, depth) {
            if let Some(prefix) = BarePrefix::of(&parts.uri, depth) {
                parts.extensions.insert(prefix);
            }
            parts.uri = uri;
        }
        Box::pin(self.service.clone().answer(Request::from_parts(parts, body)))
    }

    fn requires(&self, _: &mut Requirements) {}
}
