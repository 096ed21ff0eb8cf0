//! What scrapers are answered with.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use tower_service::Service;
use tsk_core::{Body, IntoResponse as _, Problem};

use crate::{Format, Metrics};

#[cfg(feature = "gzip")]
mod gzip;
#[cfg(test)]
mod tests;
mod worker;

use worker::Waiting;
pub(crate) use worker::{Desk, Gone, Worker};

/// Answers scrapers at any path, as a tower service.
///
/// The format is what `Accept` asks for; with feature `gzip`, it is compressed for whoever takes that. Where there is a
/// [token](crate::Config::token), it must be shown.
///
/// ```
/// use tsk_metrics::{Config, Metrics, Scrape};
///
/// let metrics = Metrics::new(&Config::default())?;
/// let app: axum::Router = axum::Router::new().route_service("/metrics", Scrape::new(metrics));
/// # Ok::<(), tsk_metrics::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scrape {
    metrics: Metrics,
    format: Option<Format>,
    is_guarded: bool,
}

impl Scrape {
    /// Answers with these metrics.
    pub fn new(metrics: Metrics) -> Self {
        Self { metrics, format: None, is_guarded: false }
    }

    /// Leaves it to others who may ask: nobody has to show the token here.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        self.is_guarded = true;
        self
    }

    /// Answers in this format, whatever is asked for.
    #[must_use]
    pub fn always(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    fn refuse(&self, method: &Method, headers: &HeaderMap) -> Option<Problem> {
        if !self.is_guarded
            && let Some(token) = &self.metrics.config().token
            && !bearer(headers).is_some_and(|shown| token.is(shown))
        {
            let problem = Problem::new(StatusCode::UNAUTHORIZED)
                .detail("Show the token of `metrics.token`, as `Authorization: Bearer …`.");
            return Some(problem.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED);
            return Some(problem.header(header::ALLOW, HeaderValue::from_static("GET, HEAD")));
        }
        None
    }
}

impl<B> Service<Request<B>> for Scrape {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        if let Some(problem) = self.refuse(request.method(), request.headers()) {
            return Answer(State::Refused(Some(Box::new(problem))));
        }
        let format = self.format.unwrap_or_else(|| Format::accepted(&all(request.headers(), header::ACCEPT)));
        let gzip = cfg!(feature = "gzip") && takes_gzip(&all(request.headers(), header::ACCEPT_ENCODING));
        let waiting = self.metrics.worker().ask(format, gzip);
        // Kept until then, as the thread ends with the last of them.
        Answer(State::Waiting { waiting, format, gzip, _metrics: self.metrics.clone() })
    }
}

/// An answer, once its page is written.
#[derive(Debug)]
pub struct Answer(State);

#[derive(Debug)]
enum State {
    Refused(Option<Box<Problem>>),
    Waiting { waiting: Waiting, format: Format, gzip: bool, _metrics: Metrics },
}

impl Future for Answer {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match &mut self.0 {
            State::Refused(problem) => match problem.take() {
                Some(problem) => problem.into_response(),
                None => Response::default(),
            },
            State::Waiting { waiting, format, gzip, .. } => match ready!(Pin::new(waiting).poll(cx)) {
                Ok(page) => {
                    let mut response = Response::new(Body::from(page));
                    let headers = response.headers_mut();
                    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
                    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
                    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                    if *gzip {
                        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                    }
                    response
                }
                Err(Gone) => Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                    .detail("Too many ask for the metrics at a time, or they could not be written.")
                    .into_response(),
            },
        };
        Poll::Ready(Ok(response))
    }
}

/// All fields of a name as one (RFC 9110 §5.3).
fn all(headers: &HeaderMap, name: HeaderName) -> String {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(",")
}

/// Whether `Accept-Encoding` (RFC 9110 §12.5.3) names gzip, and not to refuse it.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = parameters.trim().strip_prefix("q=").and_then(|quality| quality.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && quality.is_none_or(|quality| quality > 0.0)
    })
}

/// The token of RFC 6750 §2.1.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
}
