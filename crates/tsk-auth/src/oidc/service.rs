//! The paths at which a provider and its users are answered.

use std::{
    convert::Infallible,
    error::Error as _,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use tower_service::Service;
use tsk_core::{Body, BoxError, IntoResponse as _, Problem, RequestContext};

use super::{Oidc, OidcError, failed};
use crate::{Scheme as _, audit::Kind, problem};

/// The four paths of a login as a tower service, for everybody: to begin one, to come back, to log out, and for the provider to
/// tell of a logout. It writes its cookies itself.
#[derive(Debug, Clone)]
pub struct OidcService(Oidc);

const LOGIN: &[Method] = &[Method::GET];
const LOGOUT: &[Method] = &[Method::GET, Method::POST];
const BACK_CHANNEL: &[Method] = &[Method::POST];

impl Oidc {
    /// What answers at [`paths`](Self::paths).
    pub fn service(&self) -> OidcService {
        OidcService(self.clone())
    }

    /// The paths, with the methods that each is for. They are public: who asks there has not logged in.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &'static [Method])> {
        let paths = &self.0.settings.paths;
        [
            (&*paths.login, LOGIN),
            (&*paths.callback, LOGIN),
            (&*paths.logout, LOGOUT),
            (&*paths.back_channel, BACK_CHANNEL),
        ]
        .into_iter()
    }

    /// Answers a request at one of [`paths`](Self::paths); at any other with 404.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let (mut parts, body) = request.into_parts();
        let context = RequestContext::ensure(&mut parts.extensions);
        let mut response =
            self.route(&mut parts, Body::new(body)).await.unwrap_or_else(Problem::into_response);
        for cookie in context.take_cookies() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    async fn route(&self, parts: &mut Parts, body: Body) -> Result<Response<Body>, Problem> {
        let path = parts.uri.path();
        let Some((_, methods)) = self.paths().find(|(own, _)| *own == path) else {
            return Err(Problem::new(StatusCode::NOT_FOUND));
        };
        if !methods.contains(&parts.method) {
            let names: Vec<_> = methods.iter().map(Method::as_str).collect();
            let allow = HeaderValue::try_from(names.join(", ")).expect("methods can stand in a header");
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow));
        }
        let paths = &self.0.settings.paths;
        if path == &*paths.login {
            let begun = self.0.begin(parts).await;
            Ok(begun.unwrap_or_else(|problem| failed::answer(problem, &parts.headers, &paths.login)))
        } else if path == &*paths.callback {
            let answered = self.0.callback(parts).await.inspect_err(|problem| self.tell(parts, problem));
            Ok(answered.unwrap_or_else(|problem| failed::answer(problem, &parts.headers, &paths.login)))
        } else if path == &*paths.logout {
            self.0.logout(parts).await
        } else {
            self.0.back_channel(parts, body).await.map_err(OidcError::into_provider_problem)
        }
    }

    /// Tells auditors of a login that came to nothing. An outage is nothing that anybody has done.
    fn tell(&self, parts: &mut Parts, problem: &Problem) {
        if problem.kind() != problem::LOGIN_FAILED {
            return;
        }
        let context = RequestContext::ensure(&mut parts.extensions);
        let address = context.client(&parts.headers);
        let reason = problem.source().map(ToString::to_string).unwrap_or_default();
        let scheme = self.document().0;
        self.0
            .sessions
            .audit()
            .tell(Kind::LoginFailed, |event| event.scheme(scheme).reason(&reason).by(&context, address));
    }
}

impl<B> Service<Request<B>> for OidcService
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let oidc = self.0.clone();
        Box::pin(async move { Ok(oidc.answer(request).await) })
    }
}
