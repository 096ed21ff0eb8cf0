//! The tower service that is the console.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use serde::Deserialize;
use tsk_core::{Body, Drain, Insight, IntoResponse, Problem, RequestContext};

use crate::{
    Config, Error,
    feed::Feed,
    page::{File, POLICY},
    stream::Stream,
};

/// Serves the console: GET and HEAD of
///
/// - `/console`, and what is below it: the page, with its scripts and its style;
/// - `/console/stream`: server-sent events, what is new of all that is shown, once in each
///   [interval](Config::interval);
/// - `/console/insight?name=http&search=users`: what one shows, of lists those items that have a text in them.
///
/// Any other path is answered with 404, another method with 405. It can be mounted below any prefix, for each path of
/// [`paths`](Self::paths) or as a whole: what the page asks for is relative to where it is.
///
/// It costs nothing while nobody looks: nothing is asked, kept or timed. While somebody does, those that show something are asked
/// once in each interval, on a thread that may block, however many look.
///
/// **Whoever can read it sees how the service is doing, and its log.** Who that may be is not its business: the admin listener of
/// the facade says so, and in a service of your own you do.
#[derive(Debug, Clone)]
pub struct Console {
    feed: Feed,
    drain: Option<Drain>,
}

impl Console {
    /// A console of what these show.
    ///
    /// # Errors
    ///
    /// Settings that cannot be.
    pub fn new(config: &Config, insights: impl IntoIterator<Item = Arc<dyn Insight>>) -> Result<Self, Error> {
        let insights: Arc<[_]> = insights.into_iter().collect();
        Self::following(config, move || Arc::clone(&insights))
    }

    /// A console of what is there to be shown whenever somebody looks, where that changes.
    ///
    /// # Errors
    ///
    /// Settings that cannot be.
    pub fn following(
        config: &Config,
        source: impl Fn() -> Arc<[Arc<dyn Insight>]> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        config.check()?;
        Ok(Self { feed: Feed::new(config, Box::new(source)), drain: None })
    }

    /// Has streams end when the drain starts. On a server of ours they end with it anyway.
    #[must_use]
    pub fn until(mut self, drain: Drain) -> Self {
        self.drain = Some(drain);
        self
    }

    /// Every path that it answers, for a router that wants them one by one.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> + use<> {
        Self::assets().chain([STREAM, INSIGHT])
    }

    /// Those of its paths that say nothing of the service: the page, its scripts and its style. A service that asks who is calling
    /// may give these to anybody, and the page then asks for the token.
    pub fn assets() -> impl Iterator<Item = &'static str> {
        File::all().map(|file| file.path)
    }

    async fn answer(self, request: Asked) -> Response<Body> {
        let answer = match &*request.path {
            STREAM => self.stream(&request),
            INSIGHT => self.insight(&request).await,
            path => File::find(path)
                .map(|file| file.asset.answer(&request.method, &request.headers))
                .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND).detail("The console is at `/console`.")),
        };
        let mut response = answer.unwrap_or_else(IntoResponse::into_response);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if request.method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response
    }

    fn stream(&self, request: &Asked) -> Result<Response<Body>, Problem> {
        let seat = self.feed.seat().ok_or_else(|| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                .detail("As many look at the console as may at a time: `console.max_streams`.")
                .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
        })?;
        let drain = self.drain.clone().or_else(|| request.drain.clone());
        let mut response = Response::new(Body::new(Stream::new(seat, drain)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // nginx collects an answer before it passes it on, unless it is told not to.
        headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        Ok(response)
    }

    async fn insight(&self, request: &Asked) -> Result<Response<Body>, Problem> {
        let Question { name, search } = serde_html_form::from_str(&request.query)
            .map_err(|error| Problem::new(StatusCode::BAD_REQUEST).detail(error.to_string()))?;
        let found = self.feed.find(name, search).await.ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND)
                .detail("Nothing of this name is shown: the stream has the names.")
        })?;
        let mut response = Response::new(Body::from(found));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

const STREAM: &str = "/console/stream";
const INSIGHT: &str = "/console/insight";

/// What is looked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    name: String,
    #[serde(default)]
    search: String,
}

/// What is asked, without the body.
struct Asked {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    drain: Option<Drain>,
}

impl<B> tower_service::Service<Request<B>> for Console {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, _) = request.into_parts();
        if parts.method != Method::GET && parts.method != Method::HEAD {
            let allow = HeaderValue::from_static("GET, HEAD");
            let refusal = Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow);
            return Box::pin(std::future::ready(Ok(refusal.into_response())));
        }
        let context = RequestContext::get(&parts.extensions);
        let asked = Asked {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            drain: context.and_then(|context| context.scope().drain().cloned()),
        };
        let console = self.clone();
        Box::pin(async move { Ok(console.answer(asked).await) })
    }
}
