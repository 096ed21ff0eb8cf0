//! A browser with its cookies, and the service that it speaks to.

use std::{collections::BTreeMap, sync::Arc};

use http::{Request, Response, request::Parts};
use tsk_auth::{
    Auth,
    access::Access,
    session::{Builder, MemoryStore, Session, Sessions, Store},
};
use tsk_core::{
    Admission, Body, Endpoint, FromParts, Gate as _, Head, Meta, Operation, Peer, Policy as _, Problem,
    RequestContext, RouteTable,
    context::{Params, Scope},
};

/// The routes of the service: one that everybody may use, and one for those who have logged in.
pub(crate) const PUBLIC: usize = 0;
pub(crate) const CLOSED: usize = 1;

pub(crate) struct Service {
    pub(crate) sessions: Sessions,
    auth: Auth,
    routes: Arc<RouteTable>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    /// The `Set-Cookie` of the last answer.
    pub(crate) given: Vec<String>,
}

/// What a request has come to: its parts behind the gate, or the answer that refuses it.
pub(crate) type Asked = Result<Parts, Box<Response<Body>>>;

pub(crate) fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(1000, 1 << 20))
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::on(memory(), |builder| builder)
    }

    pub(crate) fn on(store: Arc<dyn Store>, with: impl FnOnce(Builder) -> Builder) -> Self {
        let sessions = with(Sessions::builder(store)).build().unwrap();
        let mut auth = Auth::builder().scheme(sessions.clone()).login("/login").unwrap().build();
        let route = |template: &str, access: Access| {
            let mut meta = Meta::default();
            meta.insert(access);
            Endpoint::new(None, template).declared(Operation::default(), meta)
        };
        let routes =
            RouteTable::new([route("/login", Access::public()), route("/me", Access::authenticated())]);
        auth.bind(&routes).unwrap();
        Self { sessions, auth, routes: Arc::new(routes) }
    }

    /// Has the gate decide on a request.
    pub(crate) async fn ask(&self, route: usize, request: Request<()>) -> (Asked, RequestContext) {
        let mut request = request;
        let scope = Arc::new(Scope::new(Arc::clone(&self.routes), Peer::Local));
        let context =
            RequestContext::attach(request.extensions_mut(), &scope, route, Params::default()).clone();
        request.extensions_mut().insert(self.sessions.clone());
        let decided = match self.auth.admit(Head::with(&request, &context)) {
            Admission::Pass(()) => Ok(()),
            Admission::Refuse(response) => Err(response),
            Admission::Wait(wait) => wait.await,
        };
        (decided.map(|()| request.into_parts().0).map_err(Box::new), context)
    }
}

impl Browser {
    pub(crate) fn request(&self, method: &str, fields: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri("/here").header("host", "shop.example.com");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        for (name, value) in &self.cookies {
            request = request.header("cookie", format!("{name}={value}"));
        }
        request.body(()).unwrap()
    }

    /// Asks for a route, and does something with the session as its handler would; the status if it is refused.
    pub(crate) async fn visit<T>(
        &mut self,
        service: &Service,
        (route, method): (usize, &str),
        fields: &[(&str, &str)],
        handler: impl AsyncFnOnce(Session) -> T,
    ) -> Result<T, u16> {
        let (asked, context) = service.ask(route, self.request(method, fields)).await;
        let result = match asked {
            Err(response) => Err(response.status().as_u16()),
            Ok(mut parts) => match Session::from_parts(&mut parts) {
                Ok(session) => Ok(handler(session).await),
                Err(problem) => Err(Problem::status(&problem).as_u16()),
            },
        };
        self.keep(&context);
        result
    }

    pub(crate) fn keep(&mut self, context: &RequestContext) {
        self.given = context.take_cookies().iter().map(|it| it.to_str().unwrap().to_owned()).collect();
        for cookie in &self.given {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.ends_with("; Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.cookies.get("__Host-session").map(String::as_str)
    }
}

/// What browsers of today say of a page of the service.
pub(crate) const OWN: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];
