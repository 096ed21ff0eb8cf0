//! What an operator is told: why somebody is refused, or would be, and what limits show of themselves.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Request};
use tsk_core::{
    Admission, Endpoint, Gate as _, Head, Insight as _, Meta, Operation, Params, Peer, Policy as _,
    Principal, RequestContext, RouteTable, Scope, principal::Kind,
};
use tsk_ratelimit::explain::{Caller, Explanation, Subject};
use tsk_ratelimit::{DeclareLimit as _, Exempt, Key, LimitGate, Limits, Quota, Rule, Store};

/// A route that is being declared.
#[derive(Default)]
struct Route(Meta, Operation);

impl tsk_core::Declare for Route {
    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.0
    }

    fn operation_mut(&mut self) -> &mut Operation {
        &mut self.1
    }
}

struct Service {
    routes: Arc<RouteTable>,
    gates: (LimitGate, LimitGate),
}

const LOGIN: usize = 0;
const SEARCH: usize = 1;

/// A login of which each address has three an hour, and a search of which each user has two an hour, and more as gold.
fn service(shows_keys: bool) -> Service {
    let login = Route::default().limit(Rule::per_hour(3).name("login"));
    let search = Rule::per_hour(2).name("search").by(Key::principal()).tier("gold", Quota::per_hour(50));
    let search = Route::default().limit(search);
    let endpoint = |method, path: &str, Route(meta, operation)| {
        Endpoint::new(Some(method), path).declared(operation, meta)
    };
    let routes = RouteTable::new([
        endpoint(Method::POST, "/login", login),
        endpoint(Method::GET, "/search/{term}", search),
    ]);
    let office = Exempt::Network("10.0.0.0/8".parse().unwrap());
    let all = Rule::per_hour(100).name("all").cost(5).exempt(office).dry_run();
    let store = Store::memory(1 << 16, Instant::now());
    let mut limits = Limits::new(store).rule(all).show_keys(shows_keys);
    limits.bind(&routes).unwrap();
    Service { routes: Arc::new(routes), gates: limits.gates().unwrap() }
}

impl Service {
    /// Whether a request goes through both gates.
    fn ask(&self, address: [u8; 4], user: Option<&str>, route: usize) -> bool {
        let mut request = Request::new(());
        let scope =
            Arc::new(Scope::new(Arc::clone(&self.routes), Peer::from(SocketAddr::from((address, 4711)))));
        let context = RequestContext::attach(request.extensions_mut(), &scope, route, Params::default());
        if let Some(user) = user {
            context.set_principal(Principal::new(user, Kind::User));
        }
        let is_let =
            |gate: &LimitGate| matches!(gate.admit(Head::new(&request).unwrap()), Admission::Pass(_));
        is_let(&self.gates.0) && is_let(&self.gates.1)
    }

    async fn explain(&self, subject: Subject) -> Explanation {
        let limits = self.gates.0.limits();
        limits.explain(&self.routes, &subject, Instant::now()).await.unwrap()
    }
}

fn at(route: &str, subject: Subject) -> Subject {
    Subject { route: Some(route.into()), ..subject }
}

#[tokio::test]
async fn who_is_refused_is_explained_by_the_limit_that_does_it() {
    let service = service(false);
    assert_eq!([(); 5].map(|()| service.ask([192, 0, 2, 1], None, LOGIN)), [true, true, true, false, false]);
    let explanation = service.explain(at("POST /login", Subject::new("192.0.2.1"))).await;
    assert_eq!(explanation.subject, "192.0.2.1 at POST /login");
    let [login, all] = &explanation.limits[..] else { panic!("{explanation}") };
    assert_eq!((&*login.policy, &*login.key, login.would_refuse), ("login", "address", true));
    let account = login.account.unwrap();
    assert_eq!((account.remaining, account.retry_after_seconds), (0, Some(1200)));
    assert_eq!(login.refused.unwrap().count, 2);
    // It costs 5 of 100 each time, and is on trial.
    assert_eq!((all.cost, all.would_refuse, all.dry_run), (5, false, true));
    assert_eq!(all.account.unwrap().remaining, 85);
    let text = explanation.to_string();
    assert!(text.contains("a request would be refused: 0 of 3 are left, enough in 1200 s"), "{text}");
    assert!(text.contains("refused 2 times in the last ten to twenty minutes"), "{text}");
}

#[tokio::test]
async fn asking_takes_nothing_and_counts_nowhere() {
    let service = service(false);
    let subject = || Subject::new("192.0.2.1");
    let first = service.explain(subject()).await;
    for _ in 0..10 {
        assert_eq!(service.explain(subject()).await.limits, first.limits);
    }
    assert_eq!(service.gates.0.limits().snapshot()["policies"]["login"]["decisions"]["allowed"], 0);
    assert_eq!(
        first.limits.iter().map(|limit| &*limit.policy).collect::<Vec<_>>(),
        ["login", "all", "search"]
    );
    // A limit of all requests is one, whatever the route.
    assert_eq!(first.limits[1].routes, ["POST /login", "GET /search/{term}", "what no route matches"]);
}

#[tokio::test]
async fn a_principal_is_known_by_its_kind_and_may_be_of_a_tier() {
    let service = service(false);
    assert_eq!([(); 3].map(|()| service.ask([192, 0, 2, 1], Some("ada"), SEARCH)), [true, true, false]);
    let search = async |subject: Subject| {
        let explanation = service.explain(at("/search/{term}", subject)).await;
        explanation.limits.into_iter().find(|limit| limit.policy == "search").unwrap()
    };
    assert!(search(Subject::new("ada")).await.would_refuse);
    assert!(!search(Subject::new("bob")).await.would_refuse);
    assert!(!search(Subject { caller: Some(Caller::Service), ..Subject::new("ada") }).await.would_refuse);
    let gold = search(Subject { tier: Some("gold".into()), ..Subject::new("ada") }).await;
    assert_eq!((gold.quota.limit, gold.tier.as_deref()), (50, Some("gold")));
}

#[tokio::test]
async fn limits_that_go_by_what_was_not_given_are_named() {
    let service = service(false);
    let explanation = service.explain(Subject::new("ada")).await;
    let unasked: Vec<_> = explanation.unasked.iter().map(|this| (&*this.policy, &*this.lacks)).collect();
    assert_eq!(unasked, [("login", "address"), ("all", "address")]);
    let both = Subject { address: Some([192, 0, 2, 1].into()), ..Subject::new("ada") };
    assert_eq!(service.explain(both).await.unasked, []);
}

#[tokio::test]
async fn who_is_exempt_is_said_to_be() {
    let service = service(false);
    let explanation = service.explain(Subject::new("10.1.2.3")).await;
    let all = explanation.limits.iter().find(|limit| limit.policy == "all").unwrap();
    assert_eq!((all.exempt, all.account), (true, None));
    assert!(explanation.to_string().contains("it is exempt"));
}

#[tokio::test]
async fn a_route_that_there_is_not_is_an_error() {
    let service = service(false);
    let ask = async |subject: Subject| {
        let limits = service.gates.0.limits();
        limits.explain(&service.routes, &subject, Instant::now()).await.unwrap_err().to_string()
    };
    let error = ask(at("GET /logout", Subject::new("ada"))).await;
    assert!(error.starts_with("there is no route `GET /logout`; name one"), "{error}");
    assert!(ask(Subject::new("a\nb")).await.contains("characters that no request can have"));
}

#[tokio::test]
async fn an_explanation_is_read_again_from_its_json() {
    let explanation = service(false).explain(Subject::new("192.0.2.1")).await;
    let json = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), explanation);
}

#[test]
fn limits_show_what_was_decided_and_who_was_refused_as_a_hash_unless_told_otherwise() {
    for shows_keys in [false, true] {
        let service = service(shows_keys);
        for _ in 0..5 {
            service.ask([192, 0, 2, 1], None, LOGIN);
        }
        service.ask([192, 0, 2, 2], None, LOGIN);
        let limits = service.gates.0.limits();
        assert_eq!(limits.name(), "limits");
        let shown = limits.snapshot();
        let decisions = &shown["policies"]["login"]["decisions"];
        assert_eq!((&decisions["allowed"], &decisions["refused"]), (&4.into(), &2.into()));
        let refused = shown["refused_most"].as_array().unwrap();
        assert_eq!(
            (refused.len(), &refused[0]["policy"], &refused[0]["count"]),
            (1, &"login".into(), &2.into())
        );
        assert_eq!(shown.to_string().contains("192.0.2.1"), shows_keys, "{shown}");
        assert_eq!(refused[0]["account"].as_str().unwrap().len(), 16);
        assert_eq!(shown["accounts"]["owing"], 4);
    }
}

#[tokio::test]
async fn how_a_limit_has_adapted_is_said() {
    let start = Instant::now() - Duration::from_secs(3600);
    let rule = Rule::per_hour(100).name("api").adaptive(Default::default());
    let mut limits = Limits::new(Store::memory(1 << 16, start)).rule(rule);
    let routes = RouteTable::default();
    limits.bind(&routes).unwrap();
    let service = Service { routes: Arc::new(routes), gates: limits.gates().unwrap() };
    service.ask([192, 0, 2, 1], None, 0);
    let explanation = service.explain(Subject::new("192.0.2.1")).await;
    let adapted = explanation.limits[0].adapted.as_ref().unwrap();
    assert_eq!((adapted.step, &adapted.reason), (0, &None));
    assert!(explanation.to_string().ends_with("as usual: it may all that the rule says"), "{explanation}");
    let adaptive = &service.gates.0.limits().snapshot()["policies"]["api"]["adaptive"];
    assert_eq!((&adaptive["keys"], &adaptive["tightened"]["rate"]), (&1.into(), &0.into()));
}
