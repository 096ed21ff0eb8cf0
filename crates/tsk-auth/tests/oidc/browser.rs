//! A browser with its cookies, and the service that it speaks to.

use std::{collections::BTreeMap, collections::HashMap, sync::Arc};

use http::{Request, Response};
use openidconnect::url::form_urlencoded;
use tsk_auth::{
    Attempt, Scheme as _,
    oidc::{Builder, Oidc},
    session::{MemoryStore, Session, Sessions},
};
use tsk_core::{Body, Drain, FromParts as _, Head, Problem, RequestContext};

use crate::provider::{CLIENT, Provider, SECRET};

pub(crate) const CALLBACK: &str = "https://shop.example.com/auth/callback";

/// A service whose users log in at a provider.
pub(crate) struct Service {
    pub(crate) oidc: Oidc,
    drain: Drain,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    /// The `Set-Cookie` of the last answer.
    pub(crate) given: Vec<String>,
}

/// How a request was answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// Where to, if anywhere.
    pub(crate) location: String,
    pub(crate) response: Response<Body>,
    /// Why not, as the log has it.
    pub(crate) reason: String,
}

pub(crate) fn sessions() -> Sessions {
    Sessions::new(Arc::new(MemoryStore::new(1000, 1 << 22)))
}

impl Service {
    pub(crate) fn of(provider: &Provider) -> Self {
        Self::with(provider, |builder| builder)
    }

    pub(crate) fn with(provider: &Provider, change: impl FnOnce(Builder) -> Builder) -> Self {
        Self::on(sessions(), provider, change)
    }

    pub(crate) fn on(
        sessions: Sessions,
        provider: &Provider,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let builder = Oidc::builder(provider.issuer(), CLIENT, CALLBACK, sessions).client_secret(SECRET);
        Self::made(change(builder.roles_at("roles")).build().unwrap())
    }

    pub(crate) fn made(oidc: Oidc) -> Self {
        let service = Self::idle(oidc);
        tokio::spawn(service.oidc.run(service.drain.clone()));
        service
    }

    /// One that does not ask what its provider is.
    pub(crate) fn idle(oidc: Oidc) -> Self {
        Self { oidc, drain: Drain::new() }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.drain.start();
    }
}

impl Browser {
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header("host", "shop.example.com");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        for (name, value) in &self.cookies {
            request = request.header("cookie", format!("{name}={value}"));
        }
        request
    }

    pub(crate) async fn visit(&mut self, service: &Service, path: &str) -> Answered {
        self.send(service, "GET", path, &[]).await
    }

    pub(crate) async fn send(
        &mut self,
        service: &Service,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answered {
        let request = self.request(method, path, fields).body(Body::empty()).unwrap();
        let answered = answer(service, request).await;
        let given = answered.response.headers().get_all("set-cookie");
        self.given = given.iter().map(|it| it.to_str().unwrap().to_owned()).collect();
        for cookie in &self.given {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.ends_with("; Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        answered
    }

    /// Begins a login, and has the provider agree: what it sends the browser back with.
    pub(crate) async fn begin(&mut self, service: &Service, provider: &Provider) -> HashMap<String, String> {
        let answered = self.visit(service, "/auth/login?next=/orders").await;
        assert_eq!(answered.status, 303, "{}", answered.reason);
        let (redirect, answer) = provider.agree(&answered.location);
        assert_eq!(redirect, CALLBACK);
        answer
    }

    /// Comes back from the provider.
    pub(crate) async fn finish(&mut self, service: &Service, answer: &HashMap<String, String>) -> Answered {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
        self.visit(service, &format!("/auth/callback?{query}")).await
    }

    /// A whole login.
    pub(crate) async fn log_in(&mut self, service: &Service, provider: &Provider) -> Answered {
        let answer = self.begin(service, provider).await;
        self.finish(service, &answer).await
    }

    /// Who the service takes it for.
    pub(crate) async fn who(&self, service: &Service) -> Option<String> {
        let mut request = self.request("GET", "/", &[]).body(()).unwrap();
        let context = RequestContext::ensure(request.extensions_mut());
        match service.oidc.attempt(Head::with(&request, &context)) {
            Attempt::Known(identity) => Some(identity.principal().id().to_owned()),
            Attempt::Absent => None,
            other => panic!("{other:?}"),
        }
    }

    /// Its session, as a handler has it.
    pub(crate) fn session(&self, service: &Service) -> Session {
        let mut parts = self.request("GET", "/", &[]).body(()).unwrap().into_parts().0;
        parts.extensions.insert(service.oidc.sessions().clone());
        Session::from_parts(&mut parts).unwrap()
    }
}

pub(crate) async fn answer(service: &Service, request: Request<Body>) -> Answered {
    let response = service.oidc.answer(request).await;
    let source = |problem: &Problem| {
        std::error::Error::source(problem).map(ToString::to_string).unwrap_or_else(|| problem.to_string())
    };
    let reason = response.extensions().get::<Problem>().map(source).unwrap_or_default();
    let location =
        response.headers().get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    Answered { status: response.status().as_u16(), location, response, reason }
}

/// What browsers of today say of a page of the service.
pub(crate) const OWN: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];
