//! Three components as somebody else would write them, on the words of `tsk-core` alone: what they declare,
//! check at start, document, refuse, hold, and see.

#![allow(clippy::unwrap_used)]

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_layer::Layer;
use tower_service::Service;
use tsk_core::{
    Admission, BindError, Body, Declare, Endpoint, Gate, GateLayer, Head, Never, Observe, ObserveLayer,
    Operation, Outcome, Peer, Policy, Principal, Problem, RequestContext, RouteTable, Ticket,
    principal::Kind,
};
use tsk_http::{Dispatch, Entry, Exit, Router, Routes, get};

/// What a route demands: a permission, or nothing.
#[derive(Clone, Copy)]
enum Access {
    Public,
    Permission(&'static str),
}

trait DeclareAccess: Declare + Sized {
    fn public(mut self) -> Self {
        self.meta_mut().insert(Access::Public);
        self
    }

    fn access(mut self, permission: &'static str) -> Self {
        self.meta_mut().insert(Access::Permission(permission));
        self
    }
}

impl<T: Declare> DeclareAccess for T {}

/// Lets in who names a user that has the permission. Every route must say what it demands.
#[derive(Default)]
struct Authorize {
    grants: HashMap<&'static str, &'static str>,
    demands: Vec<Option<&'static str>>,
}

impl Policy for Authorize {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        let mut error = BindError::default();
        self.demands = vec![None; routes.len()];
        for endpoint in routes.iter() {
            match endpoint.meta().get() {
                Some(Access::Public) => {}
                Some(Access::Permission(permission)) => self.demands[endpoint.index()] = Some(*permission),
                None => error.push(format!("{endpoint} declares no access")),
            }
        }
        error.into_result()
    }

    fn describe(&self, endpoint: &Endpoint, operation: &mut Operation) {
        if let Some(Access::Permission(permission)) = endpoint.meta().get() {
            operation.respond(401, "Nobody in particular asks.");
            operation.respond(403, &format!("Who asks lacks `{permission}`."));
        }
    }
}

impl Gate for Authorize {
    type Ticket = ();
    type Wait = Never<()>;

    fn admit(&self, head: Head<'_>) -> Admission<(), Never<()>> {
        let Some(permission) = self.demands[head.context.endpoint().index()] else {
            return Admission::Pass(());
        };
        let Some(user) = head.headers.get("user").and_then(|user| user.to_str().ok()) else {
            return Admission::Refuse(Problem::new(StatusCode::UNAUTHORIZED).into());
        };
        if self.grants.get(user) != Some(&permission) {
            return Admission::Refuse(Problem::new(StatusCode::FORBIDDEN).into());
        }
        head.context.set_principal(Principal::new(user, Kind::User));
        Admission::Pass(())
    }
}

/// Lets so many requests in at a time, and has the others wait.
struct Concurrency(Arc<Semaphore>);

struct Permit {
    _permit: OwnedSemaphorePermit,
    left: usize,
}

impl Ticket for Permit {
    fn stamp(&self, headers: &mut HeaderMap) {
        headers.insert("permits-left", HeaderValue::from(self.left));
    }
}

impl Policy for Concurrency {}

impl Gate for Concurrency {
    type Ticket = Permit;
    type Wait = Pin<Box<dyn Future<Output = Result<Permit, Response<Body>>> + Send>>;

    fn admit(&self, _: Head<'_>) -> Admission<Permit, Self::Wait> {
        let semaphore = Arc::clone(&self.0);
        match Arc::clone(&semaphore).try_acquire_owned() {
            Ok(permit) => Admission::Pass(Permit { _permit: permit, left: semaphore.available_permits() }),
            Err(_) => Admission::Wait(Box::pin(async move {
                let unavailable = |_| Response::from(Problem::new(StatusCode::SERVICE_UNAVAILABLE));
                let permit = Arc::clone(&semaphore).acquire_owned().await.map_err(unavailable)?;
                Ok(Permit { _permit: permit, left: semaphore.available_permits() })
            })),
        }
    }
}

/// Counts answers by route, in series that are found by index.
#[derive(Default)]
struct Counts {
    series: Vec<(String, AtomicU64)>,
}

impl Policy for Counts {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        self.series = routes.iter().chain([routes.unmatched()]).map(|e| (e.to_string(), 0.into())).collect();
        Ok(())
    }
}

impl Observe for Counts {
    type State = ();

    fn begin(&self, (): &mut (), _: &Head<'_>) {}

    fn ended(&self, (): &mut (), context: &RequestContext, _: &Outcome) {
        self.series[context.endpoint().index()].1.fetch_add(1, Relaxed);
    }
}

/// Writes a line for every request, with what a gate further in has learnt of the caller.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Policy for Log {}

impl Observe for Log {
    type State = String;

    fn begin(&self, path: &mut String, head: &Head<'_>) {
        path.push_str(head.uri.path());
    }

    fn ended(&self, path: &mut String, context: &RequestContext, outcome: &Outcome) {
        let user = context.principal().map_or("-", |principal| principal.id());
        let status = outcome.status.map_or(0, |status| status.as_u16());
        let Outcome { sent, end, .. } = *outcome;
        self.0.lock().unwrap().push(format!("{user} {path} {status} {sent} {end:?}"));
    }
}

type Observers = Arc<(Counts, Log)>;

struct Service3 {
    routes: Routes,
    authorize: Arc<Authorize>,
    concurrency: Arc<Concurrency>,
    observers: Observers,
}

impl Service3 {
    fn new(router: Router, permits: usize) -> Result<Self, tsk_http::Error> {
        let mut routes = router.build()?;
        let mut authorize =
            Authorize { grants: HashMap::from([("ada", "users:read")]), ..Authorize::default() };
        let mut observers = (Counts::default(), Log::default());
        routes.bind(&mut authorize)?;
        routes.bind(&mut observers)?;
        let concurrency = Arc::new(Concurrency(Arc::new(Semaphore::new(permits))));
        Ok(Self { routes, authorize: Arc::new(authorize), concurrency, observers: Arc::new(observers) })
    }

    /// The order that the facade documents, with a service for one connection.
    fn connection(
        &self,
    ) -> impl Service<
        Request<Body>,
        Response = Response<impl http_body::Body<Data = bytes::Bytes, Error = tsk_core::BoxError> + use<>>,
        Error = std::convert::Infallible,
    > + use<> {
        let dispatch = Dispatch::new(self.routes.clone(), 1024);
        let limited = GateLayer::new(Arc::clone(&self.concurrency)).layer(dispatch);
        let authorized = GateLayer::new(Arc::clone(&self.authorize)).layer(limited);
        let observed = ObserveLayer::new(Arc::clone(&self.observers)).layer(Exit::new(authorized, None));
        Entry::new(observed, self.routes.clone(), Peer::Local)
    }

    async fn ask(&self, path: &str, user: &str) -> (Response<()>, String) {
        let request = Request::get(path).header("user", user).body(Body::empty()).unwrap();
        let (parts, body) = self.connection().call(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(parts, ()), String::from_utf8(body.into()).unwrap())
    }

    fn log(&self) -> Vec<String> {
        self.observers.1.0.lock().unwrap().clone()
    }
}

fn router() -> Router {
    let users = Router::new()
        .access("users:read")
        .route(get("/{id}", || async { "a user" }))
        .route(get("/count", || async { "1" }).public())
        .route(get("/panic", || async {
            if true {
                panic!("as a test");
            }
        }));
    Router::new().nest("/users", users)
}

#[tokio::test]
async fn a_declaration_on_a_group_holds_for_its_routes_but_for_their_own() {
    let service = Service3::new(router(), 1).unwrap();
    assert_eq!(service.ask("/users/1", "ada").await.1, "a user");
    assert_eq!(service.ask("/users/1", "eve").await.0.status(), 403);
    assert_eq!(service.ask("/users/count", "eve").await.1, "1");
}

#[tokio::test]
async fn a_route_without_a_declaration_keeps_the_service_from_starting() {
    let router = router().route(get("/a", || async {})).route(get("/b", || async {}));
    let error = Service3::new(router, 1).err().unwrap().to_string();
    assert!(error.contains("GET /a declares no access; GET /b declares no access"), "{error}");
}

#[tokio::test]
async fn what_a_gate_refuses_is_in_the_documentation() {
    let service = Service3::new(router(), 1).unwrap();
    let documented = |index: usize| {
        let answers = &service.routes.table().get(index).operation().responses;
        answers.keys().copied().collect::<Vec<_>>()
    };
    assert_eq!((documented(0), documented(1)), (vec![401, 403], vec![]));
}

#[tokio::test]
async fn an_observer_sees_who_a_gate_further_in_has_let_in() {
    let service = Service3::new(router(), 1).unwrap();
    service.ask("/users/1", "ada").await;
    service.ask("/users/1", "eve").await;
    service.ask("/nothing", "eve").await;
    service.ask("/users/panic", "ada").await;
    let log = service.log();
    assert_eq!(log[0], "ada /users/1 200 6 Complete");
    assert!(log[1].starts_with("- /users/1 403 ") && log[1].ends_with(" Complete"), "{log:?}");
    assert!(log[2].starts_with("- /nothing 404 "), "{log:?}");
    assert!(log[3].starts_with("ada /users/panic 500 ") && log[3].ends_with(" Complete"), "{log:?}");
    let counts: Vec<_> =
        service.observers.0.series.iter().map(|(name, n)| (&**name, n.load(Relaxed))).collect();
    assert_eq!(counts, [("GET /users/{id}", 2), ("GET /users/count", 0), ("GET /users/panic", 1), ("* ", 1)]);
}

#[tokio::test]
async fn a_permit_is_held_until_the_body_has_ended_and_then_passed_on() {
    let service = Service3::new(router(), 1).unwrap();
    let request = || Request::get("/users/count").body(Body::empty()).unwrap();
    let first = service.connection().call(request()).await.unwrap();
    assert_eq!(first.headers()["permits-left"], "0");
    let mut connection = service.connection();
    let mut second = std::pin::pin!(connection.call(request()));
    assert!(is_pending(second.as_mut()).await);
    drop(first);
    assert_eq!(second.await.unwrap().status(), 200);
    assert_eq!(service.concurrency.0.available_permits(), 1);
    assert_eq!(service.log(), ["- /users/count 200 0 Cancelled", "- /users/count 200 0 Cancelled"]);
}

async fn is_pending<F: Future>(mut future: Pin<&mut F>) -> bool {
    std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}
