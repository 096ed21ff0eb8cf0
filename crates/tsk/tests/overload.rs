//! The limit of what is worked on at a time, in its place.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use tokio::sync::Notify;
use tsk::{
    core::{Admission, Gate, Head, Never, Policy, Principal, principal::Kind},
    http::testing::Client,
    prelude::*,
    ratelimit::Rule,
};

/// Says who is calling by the path, and refuses who is nobody.
struct ByQuery;

impl Policy for ByQuery {}

impl Gate for ByQuery {
    type Ticket = ();
    type Wait = Never<()>;

    fn admit(&self, head: Head<'_>) -> Admission<(), Never<()>> {
        match head.uri.query() {
            Some("nobody") => Admission::Refuse(Problem::new(http::StatusCode::UNAUTHORIZED).into()),
            Some(tier) => {
                head.context.set_principal(Principal::new("ada", Kind::User).tier(tier));
                Admission::Pass(())
            }
            None => Admission::Pass(()),
        }
    }
}

/// A service that can work on two requests at a time, one of which is critical, and does not go on before it is told to.
fn client(go_on: &Arc<Notify>, app: impl FnOnce(App) -> App) -> Client {
    let mut config = Config::default();
    let overload = &mut config.overload;
    (overload.enabled, overload.queue) = (true, 0);
    (overload.min_limit, overload.initial_limit, overload.max_limit) = (2, 2, 2);
    let work = |State(go_on): State<Arc<Notify>>| async move {
        go_on.notified().await;
        "done"
    };
    let routes = Router::new()
        .state(Arc::clone(go_on))
        .route(get("/list", work))
        .route(get("/pay", work).priority(Priority::Critical));
    app(App::new(config).routes(routes)).client().unwrap()
}

async fn status(client: &Client, target: &str) -> u16 {
    client.get(target).await.status().as_u16()
}

#[tokio::test]
async fn who_finds_no_place_is_told_so_unless_it_is_critical() {
    let go_on = Arc::new(Notify::new());
    let client = client(&go_on, |app| app);
    let others = async {
        let refused = client.get("/list").await;
        assert_eq!(refused.status(), 503);
        assert!(refused.headers().contains_key("retry-after"));
        let problem: serde_json::Value = refused.json().await;
        assert_eq!(problem["type"], "urn:tsk:problems/overloaded");
        assert!(problem["request_id"].is_string());
        let critical = async {
            assert_eq!(status(&client, "/pay").await, 200);
        };
        let tell = async { go_on.notify_waiters() };
        tokio::join!(critical, tell);
    };
    let (first, ()) = tokio::join!(client.get("/list"), others);
    // Until the answer has ended, its place is taken.
    assert_eq!(status(&client, "/list").await, 503);
    assert_eq!(first.text().await, "done");
    go_on.notify_one();
    assert_eq!(status(&client, "/list").await, 200);
}

#[tokio::test]
async fn who_is_refused_by_authentication_or_a_limit_takes_no_place() {
    let go_on = Arc::new(Notify::new());
    let client = client(&go_on, |app| app.authenticate(ByQuery).limit(Rule::per_hour(3)));
    let others = async {
        // There is no place, but they do not come so far.
        assert_eq!(status(&client, "/list?nobody").await, 401);
        assert_eq!(status(&client, "/list").await, 503);
        assert_eq!(status(&client, "/list").await, 429);
        go_on.notify_waiters();
    };
    let (first, ()) = tokio::join!(client.get("/list"), others);
    assert_eq!(first.status(), 200);
}

#[tokio::test]
async fn what_it_matters_can_depend_on_who_is_calling() {
    let go_on = Arc::new(Notify::new());
    let by_tier = |caller: &Principal, route: Priority| match caller.tier_name() {
        Some("gold") => Priority::Critical,
        _ => route,
    };
    let client = client(&go_on, |app| app.authenticate(ByQuery).priorities(by_tier));
    let others = async {
        assert_eq!(status(&client, "/list?free").await, 503);
        let gold = async {
            assert_eq!(status(&client, "/list?gold").await, 200);
        };
        let tell = async { go_on.notify_waiters() };
        tokio::join!(gold, tell);
    };
    let (first, ()) = tokio::join!(client.get("/list?free"), others);
    assert_eq!(first.status(), 200);
}

#[test]
fn what_cannot_be_stops_the_start() {
    let mut config = Config::default();
    config.overload.min_limit = 1;
    let error = App::new(config).validate().unwrap_err();
    assert_eq!(error.key(), Some("overload.min_limit"));
}

#[test]
fn it_is_documented_where_it_is_on() {
    let answers = |enabled: bool| {
        let mut config = Config::default();
        config.overload.enabled = enabled;
        config.http.handler_timeout = std::time::Duration::ZERO;
        let routes = Router::new().route(get("/pay", || async { "done" }).summary("Pay"));
        let table = App::new(config).routes(routes).validate().unwrap();
        table.get(0).operation().responses.get(&503).map(|answer| answer.headers.contains_key("retry-after"))
    };
    assert_eq!((answers(true), answers(false)), (Some(true), None));
}
