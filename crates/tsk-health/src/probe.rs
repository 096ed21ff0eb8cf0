//! What probes are answered.

use http::{HeaderValue, Method, Response, StatusCode, header};
use tsk_core::{Body, IntoResponse, Problem, respond::response};

use crate::Health;

/// Which question a path asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question<'p> {
    Live,
    Ready,
    Started,
    Group(&'p str),
}

impl<'p> Question<'p> {
    pub(crate) fn of(path: &'p str) -> Option<Self> {
        Some(match path {
            "/livez" => Self::Live,
            "/readyz" => Self::Ready,
            "/startupz" => Self::Started,
            _ => Self::Group(path.strip_prefix("/healthz/")?),
        })
    }
}

impl Health {
    /// Whether what a probe asks is so: `/livez`, `/readyz`, `/startupz`, `/healthz/<group>`. `None` where the path is no
    /// probe.
    ///
    /// It reads what was made beforehand: one atomic load and the clock (of `/livez`, for each [`Pulse`](crate::Pulse)), no
    /// lock, no allocation, however the checks are.
    pub fn holds(&self, path: &str) -> Option<bool> {
        match Question::of(path)? {
            Question::Live => Some(self.is_live()),
            Question::Ready => Some(self.is_ready()),
            Question::Started => Some(self.has_started()),
            Question::Group(group) => self.group(group),
        }
    }

    /// The answer to a probe, which anybody may have: 200 and `ok`, or 503 and `unavailable`, without any detail. `None` where
    /// the path is no probe.
    ///
    /// It is for `GET` and `HEAD`; another method is answered with 405. A query changes nothing.
    ///
    /// ```
    /// use http::Method;
    /// use tsk_health::Health;
    ///
    /// let health = Health::builder().build()?;
    /// assert_eq!(health.probe(&Method::GET, "/livez").map(|answer| answer.status().as_u16()), Some(200));
    /// assert_eq!(health.probe(&Method::GET, "/readyz").map(|answer| answer.status().as_u16()), Some(503));
    /// health.started();
    /// assert_eq!(health.probe(&Method::GET, "/readyz").map(|answer| answer.status().as_u16()), Some(200));
    /// assert!(health.probe(&Method::GET, "/users").is_none());
    /// # Ok::<(), tsk_health::Error>(())
    /// ```
    pub fn probe(&self, method: &Method, path: &str) -> Option<Response<Body>> {
        let holds = self.holds(path)?;
        Some(match *method {
            Method::GET => text(holds, Body::from(if holds { "ok\n" } else { "unavailable\n" })),
            Method::HEAD => text(holds, Body::empty()),
            _ => not_allowed(),
        })
    }
}

/// An answer in plain text that nobody keeps.
pub(crate) fn text(holds: bool, body: Body) -> Response<Body> {
    // The header map is one that an earlier request has left, where the server keeps those.
    let mut response = response(HeaderValue::from_static("text/plain; charset=utf-8"), body);
    if !holds {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    // What is kept of a probe is wrong with the next.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(crate) fn not_allowed() -> Response<Body> {
    let allow = HeaderValue::from_static("GET, HEAD");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow).into_response()
}
