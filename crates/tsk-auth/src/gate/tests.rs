#![allow(clippy::unwrap_used)]

use std::task::{Context, Poll, Waker};

use http::Request;
use tsk_core::{
    Authority as _, FromParts as _, Meta, Peer, Principal,
    context::{Params, Scope},
    principal::Kind,
};

use super::*;
use crate::{
    Permits, Scheme,
    access::{Demand, Grants, Permission},
};

const WRITE: Permission = Permission::new("posts:write");

/// Believes whoever says who it is, after a colon with its roles.
struct Named;

fn identity(text: &str) -> Arc<Identity> {
    let (name, roles) = text.split_once(':').unwrap_or((text, ""));
    let grants = roles.split(',').filter(|role| !role.is_empty()).fold(Grants::default(), Grants::role);
    Arc::new(Identity::new(Principal::new(name, Kind::User)).grants(grants))
}

impl Scheme for Named {
    fn attempt(&self, head: Head<'_>) -> Attempt {
        match head.headers.get("x-name").map(|value| value.to_str().unwrap()) {
            None => Attempt::Absent,
            Some("nobody") => Attempt::Refused(Problem::of(problem::INVALID_TOKEN)),
            Some("later:nobody") => {
                Attempt::Wait(Box::pin(async { Err(Problem::of(problem::INVALID_TOKEN)) }))
            }
            Some(text) => match text.strip_prefix("later:").map(identity) {
                Some(identity) => Attempt::Wait(Box::pin(async move { Ok(identity) })),
                None => Attempt::Known(identity(text)),
            },
        }
    }

    fn verify(&self, proof: &str) -> Attempt {
        proof.strip_prefix("Name ").map_or(Attempt::Absent, |text| Attempt::Known(identity(text)))
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("Name"))
    }

    fn insufficient(&self, permissions: &[&str]) -> Option<HeaderValue> {
        HeaderValue::try_from(format!("Name lacks=\"{}\"", permissions.join(" "))).ok()
    }

    fn document(&self) -> (&str, serde_json::Value) {
        ("name", json!({ "type": "apiKey", "in": "header", "name": "x-name" }))
    }
}

fn routes() -> RouteTable {
    let route = |template: &str, access: Access| {
        let mut meta = Meta::default();
        meta.insert(access);
        Endpoint::new(Some(Method::GET), template).declared(Operation::default(), meta)
    };
    RouteTable::new([
        route("/", Access::public()),
        route("/me", Access::authenticated()),
        route("/posts", WRITE.into()),
    ])
}

fn auth(builder: Builder) -> Auth {
    let roles = Roles::builder().role("editor", ["posts:*"]).build().unwrap();
    let mut auth = builder.scheme(Named).roles(roles).build();
    auth.bind(&routes()).unwrap();
    auth
}

/// The context that a request has afterwards, or the answer.
fn ask(auth: &Auth, route: usize, headers: &[(&str, &str)]) -> Result<RequestContext, Box<Response<Body>>> {
    let mut request = Request::new(());
    for (name, value) in headers {
        request.headers_mut().append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    let scope = Arc::new(Scope::new(Arc::new(routes()), Peer::Local));
    let context = RequestContext::attach(request.extensions_mut(), &scope, route, Params::default()).clone();
    let result = match auth.admit(Head::with(&request, &context)) {
        Admission::Pass(()) => Ok(()),
        Admission::Refuse(response) => Err(response),
        Admission::Wait(mut wait) => match wait.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("nothing is waited for"),
        },
    };
    result.map(|()| context).map_err(Box::new)
}

fn status(auth: &Auth, route: usize, name: &str) -> u16 {
    ask(auth, route, &[("x-name", name)]).map_or_else(|response| response.status().as_u16(), |_| 200)
}

#[test]
fn who_may_is_let_in_and_known() {
    let auth = auth(Auth::builder());
    for name in ["ada:editor", "later:ada:editor"] {
        for route in 0..3 {
            let context = ask(&auth, route, &[("x-name", name)]).unwrap();
            assert_eq!(context.principal().unwrap().id(), "ada", "{route}");
            assert!(Identity::of(&context).unwrap().granted().has_role("editor"));
        }
    }
    assert_eq!(ask(&auth, 0, &[]).unwrap().principal(), None);
}

#[test]
fn who_is_not_known_is_told_how_to_say_it() {
    let auth = auth(Auth::builder());
    for route in 1..=3 {
        let response = ask(&auth, route, &[]).unwrap_err();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Name");
    }
}

#[test]
fn who_may_not_is_told_what_it_lacks_and_is_known_to_those_who_watch() {
    let auth = auth(Auth::builder());
    assert_eq!(status(&auth, 1, "bob"), 200);
    for name in ["bob", "bob:reader", "later:bob"] {
        let response = ask(&auth, 2, &[("x-name", name)]).unwrap_err();
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers()["www-authenticate"], "Name lacks=\"posts:write\"");
    }
    let mut request = Request::new(());
    request.headers_mut().insert("x-name", HeaderValue::from_static("bob"));
    let scope = Arc::new(Scope::new(Arc::new(routes()), Peer::Local));
    let context = RequestContext::attach(request.extensions_mut(), &scope, 2, Params::default()).clone();
    assert!(matches!(auth.admit(Head::with(&request, &context)), Admission::Refuse(_)));
    assert_eq!(context.principal().unwrap().id(), "bob");
}

#[test]
fn a_proof_that_is_not_believed_lets_nobody_in_but_to_what_is_public() {
    let auth = auth(Auth::builder());
    for name in ["nobody", "later:nobody"] {
        assert_eq!([0, 1, 2, 3].map(|route| status(&auth, route, name)), [200, 401, 401, 401], "{name}");
        assert_eq!(ask(&auth, 0, &[("x-name", name)]).unwrap().principal(), None);
    }
}

#[test]
fn before_it_is_bound_it_lets_nobody_in() {
    let auth = Auth::builder().scheme(Named).build();
    assert_eq!([0, 1, 2, 3].map(|route| status(&auth, route, "ada:editor")), [403; 4]);
}

#[test]
fn what_no_route_is_for_can_be_open() {
    assert_eq!(status(&auth(Auth::builder()), 3, "bob"), 200);
    let open = auth(Auth::builder().unmatched(Access::public()));
    assert!(ask(&open, 3, &[]).is_ok());
}

#[test]
fn the_settings_close_what_the_code_leaves_open() {
    let auth = auth(Auth::builder().demand(Demand::new("/*", Access::role("admin"))));
    assert_eq!(status(&auth, 0, "bob:editor"), 403);
    assert_eq!(status(&auth, 0, "bob:admin"), 200);
    assert_eq!(status(&auth, 2, "bob:admin"), 403);
    assert_eq!(status(&auth, 2, "bob:admin,editor"), 200);
}

#[test]
fn a_browser_is_sent_to_log_in() {
    let auth = auth(Auth::builder().login("/login").unwrap());
    let response = ask(&auth, 1, &[("accept", "text/html,application/xhtml+xml;q=0.9")]).unwrap_err();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (303, &HeaderValue::from_static("/login?next=/"))
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    for accept in ["*/*", "application/json", "text/htmlx"] {
        assert_eq!(ask(&auth, 1, &[("accept", accept)]).unwrap_err().status(), 401, "{accept}");
    }
    for path in ["", "login", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\r\nb"]
    {
        assert!(Auth::builder().login(path).is_err(), "{path:?}");
    }
}

#[test]
fn two_gates_that_say_who_is_calling_are_a_mistake_of_the_service() {
    let auth = Auth::builder().scheme(Named).everywhere(Access::authenticated());
    let mut request = Request::new(());
    request.headers_mut().insert("x-name", HeaderValue::from_static("ada"));
    let context = RequestContext::ensure(request.extensions_mut());
    context.set_principal(Principal::new("eve", Kind::User));
    let Admission::Refuse(response) = auth.admit(Head::with(&request, &context)) else {
        panic!("she is let in")
    };
    assert_eq!(response.status(), 500);
}

#[test]
fn a_service_whose_routes_are_not_ours_demands_the_same_of_every_request() {
    let unbound = auth(Auth::builder());
    let mut same = Auth::builder().scheme(Named).everywhere(Access::role("staff"));
    same.bind(&RouteTable::default()).unwrap();
    let ask = |auth: &Auth, name: &'static str| {
        let mut request = Request::new(());
        request.headers_mut().insert("x-name", HeaderValue::from_static(name));
        let context = RequestContext::ensure(request.extensions_mut());
        matches!(auth.admit(Head::with(&request, &context)), Admission::Pass(()))
    };
    assert!(ask(&same, "ada:staff") && !ask(&same, "bob"));
    assert!(!ask(&unbound, "ada:editor"), "a request without a route is not taken for one of the first");
}

#[test]
fn what_it_may_answer_is_documented() {
    let auth = auth(Auth::builder());
    let described = |route: usize| {
        let mut operation = Operation::default();
        auth.describe(routes().get(route), &mut operation);
        operation
    };
    assert_eq!(described(0), Operation::default());
    let (known, write) = (described(1), described(2));
    assert_eq!(known.responses.keys().copied().collect::<Vec<_>>(), [401]);
    assert_eq!(write.responses.keys().copied().collect::<Vec<_>>(), [401, 403]);
    assert!(write.responses[&403].description.contains("posts:write"));
    assert!(write.schemes.contains_key("name") && write.security[0].contains_key("name"));
}

#[test]
fn handlers_and_sockets_ask_what_a_caller_may_do() {
    let auth: Arc<Auth> = Arc::new(auth(Auth::builder()));
    let mut request = Request::new(());
    request.headers_mut().insert("x-name", HeaderValue::from_static("ada:editor"));
    let scope = Scope::new(Arc::new(routes()), Peer::Local).with_authority(auth.clone());
    let context =
        RequestContext::attach(request.extensions_mut(), &Arc::new(scope), 1, Params::default()).clone();
    let mut parts = request.into_parts().0;
    assert_eq!(Permits::from_parts(&mut parts).unwrap_err().status(), 401);

    assert!(matches!(auth.admit(Head::of(&parts, &context)), Admission::Pass(())));
    let permits = Permits::from_parts(&mut parts).unwrap();
    assert_eq!(permits.principal().id(), "ada");
    permits.require(&WRITE).unwrap();
    let problem = permits.require(&Permission::new("users:read")).unwrap_err();
    assert_eq!(
        (problem.status().as_u16(), &serde_json::to_value(&problem).unwrap()["required"]),
        (403, &json!("users:read"))
    );
    assert_eq!(permits.require_that("owner of the post", false).unwrap_err().status(), 403);
    permits.require_that("owner of the post", true).unwrap();

    let ask = |proof: &str| {
        let mut asked = auth.authenticate(proof);
        match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("nothing is waited for"),
        }
    };
    let caller = ask("Name ada:editor").unwrap();
    assert!(auth.permits(&caller, "posts:write") && !auth.permits(&caller, "users:read"));
    assert!(!auth.permits(&caller, "") && !auth.permits(&caller, "*") && !auth.permits(&caller, "posts:*"));
    assert_eq!(ask("Basic YTpi").unwrap_err().status(), 401);
}

#[test]
fn where_there_is_no_authority_nobody_may_anything() {
    let mut request = Request::new(());
    let context = RequestContext::ensure(request.extensions_mut());
    assert!(identity("ada:editor").enter(&context));
    let permits = Permits::from_parts(&mut request.into_parts().0).unwrap();
    assert!(!permits.has(&WRITE));
}
