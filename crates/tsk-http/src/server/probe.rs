//! What is answered before the stack.

use std::fmt;

use http::{Method, Response};
use tsk_core::Body;

/// Answers probes: requests by which an orchestrator asks how the service is.
///
/// They are answered before the stack, so that nothing can shed them, and nobody observes them. It is asked for every
/// request, on the thread that serves it: what it does for one of another path must be next to nothing.
///
/// ```
/// use http::{Method, Response};
/// use tsk_core::Body;
/// use tsk_http::server::Probe;
///
/// let probe = |_: &Method, path: &str| (path == "/livez").then(|| Response::new(Body::from("ok\n")));
/// assert!(probe.answer(&Method::GET, "/users").is_none());
/// ```
pub trait Probe: Send + Sync + 'static {
    /// The answer to a request, where it is a probe.
    fn answer(&self, method: &Method, path: &str) -> Option<Response<Body>>;
}

impl<F> Probe for F
where
    F: Fn(&Method, &str) -> Option<Response<Body>> + Send + Sync + 'static,
{
    fn answer(&self, method: &Method, path: &str) -> Option<Response<Body>> {
        self(method, path)
    }
}

impl fmt::Debug for dyn Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}
