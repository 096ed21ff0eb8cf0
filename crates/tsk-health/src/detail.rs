//! What those are shown who operate the service.

mod report;
mod verbose;

use http::{HeaderValue, Method, Response, StatusCode, header};
use tsk_core::{Body, check::Status};

pub(crate) use self::report::report;
use crate::{
    Health,
    probe::{Question, not_allowed, text},
};

impl Health {
    /// The answer to those who operate the service; `None` where the path is none of these:
    ///
    /// - `/health`: everything, as `application/health+json` (draft-inadarei-api-health-check-06); 503 where it fails;
    /// - the paths of probes, as in [`probe`](Self::probe). With `?verbose` they list each check, as Kubernetes does, and with
    ///   `?exclude=<name>`, as often as one likes, they leave checks out.
    pub fn inspect(&self, method: &Method, path: &str, query: Option<&str>) -> Option<Response<Body>> {
        let mut response = if path == "/health" {
            self.everything()
        } else {
            let question = Question::of(path)?;
            let verbose = verbose::verbose(self, question, query.unwrap_or_default())?;
            let body = match (verbose.is_asked, verbose.holds) {
                (true, _) => verbose.text,
                (false, true) => "ok\n".to_owned(),
                (false, false) => "unavailable\n".to_owned(),
            };
            text(verbose.holds, Body::from(body))
        };
        match *method {
            Method::GET => {}
            Method::HEAD => *response.body_mut() = Body::empty(),
            _ => response = not_allowed(),
        }
        Some(response)
    }

    fn everything(&self) -> Response<Body> {
        let report = self.detail();
        let mut response = Response::new(Body::from(report.to_string()));
        if report["status"] == crate::notice::word(Status::Fail) {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/health+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
