//! Limits, and authentication between them.

#![allow(clippy::unwrap_used)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use tsk::{
    core::{Admission, Gate, Head, Never, Policy, Principal, principal::Kind},
    http::testing::Client,
    prelude::*,
    ratelimit::{Key, Mode, Quota, Rule},
};

/// Knows everybody who says a name, and refuses those who say `nobody`.
#[derive(Default)]
struct ByName {
    asked: Arc<AtomicUsize>,
}

impl Policy for ByName {}

impl Gate for ByName {
    type Ticket = ();
    type Wait = Never<()>;

    fn admit(&self, head: Head<'_>) -> Admission<(), Never<()>> {
        self.asked.fetch_add(1, Relaxed);
        match head.headers.get("x-name").and_then(|name| name.to_str().ok()) {
            Some("nobody") => Admission::Refuse(Problem::new(http::StatusCode::UNAUTHORIZED).into()),
            Some(name) => {
                let (id, tier) = name.split_once('@').unwrap_or((name, "none"));
                head.context.set_principal(Principal::new(id, Kind::User).tier(tier));
                Admission::Pass(())
            }
            None => Admission::Pass(()),
        }
    }
}

/// A client that is behind a proxy: whose address it has, `x-forwarded-for` says.
fn client(app: impl FnOnce(App) -> App) -> Client {
    let mut config = Config::default();
    config.http.trusted_proxies = vec!["unix".parse().unwrap()];
    let routes = Router::new().route(get("/", || async { "hello" }));
    app(App::new(config).routes(routes)).client().unwrap()
}

async fn status(client: &Client, address: &str, name: &str) -> u16 {
    let request = client.get("/").header("x-forwarded-for", address);
    let request = if name.is_empty() { request } else { request.header("x-name", name) };
    request.await.status().as_u16()
}

#[tokio::test]
async fn addresses_are_limited_before_anybody_is_asked_who_they_are() {
    let gate = ByName::default();
    let asked = Arc::clone(&gate.asked);
    let client = client(|app| app.limit(Rule::per_hour(3)).authenticate(gate));
    for _ in 0..3 {
        assert_eq!(status(&client, "192.0.2.1", "nobody").await, 401);
    }
    for _ in 0..3 {
        assert_eq!(status(&client, "192.0.2.1", "nobody").await, 429);
    }
    // Nobody can go on guessing by then.
    assert_eq!(asked.load(Relaxed), 3);
    assert_eq!(status(&client, "192.0.2.2", "ada").await, 200);
}

#[tokio::test]
async fn principals_are_limited_once_it_is_known_who_they_are() {
    let by_principal = Rule::per_hour(2).by(Key::principal()).tier("gold", Quota::per_hour(4));
    let client = client(|app| app.limit(by_principal).authenticate(ByName::default()));
    for (address, name, expected) in [
        ("192.0.2.1", "ada", 200),
        ("192.0.2.2", "ada", 200),
        // From wherever she comes.
        ("192.0.2.3", "ada", 429),
        ("192.0.2.3", "bob", 200),
        // Who says nothing has what is left for the address.
        ("192.0.2.3", "", 200),
        ("192.0.2.3", "", 200),
        ("192.0.2.3", "", 429),
        // Refused by authentication, and so not counted.
        ("192.0.2.4", "nobody", 401),
        ("192.0.2.4", "eve@gold", 200),
        ("192.0.2.4", "eve@gold", 200),
        ("192.0.2.4", "eve@gold", 200),
        ("192.0.2.4", "eve@gold", 200),
        ("192.0.2.4", "eve@gold", 429),
    ] {
        assert_eq!(status(&client, address, name).await, expected, "{address} {name}");
    }
}

#[tokio::test]
async fn the_order_is_the_same_where_a_request_may_have_to_wait() {
    let delay = Mode::Delay { max: std::time::Duration::from_nanos(1) };
    let gate = ByName::default();
    let asked = Arc::clone(&gate.asked);
    let addresses = Rule::per_hour(3).mode(delay);
    let principals = Rule::per_hour(1).by(Key::principal()).mode(delay);
    let client = client(|app| app.limit(principals).limit(addresses).authenticate(gate));
    for (name, expected) in [("ada", 200), ("ada", 429), ("nobody", 401), ("bob", 429)] {
        assert_eq!(status(&client, "192.0.2.1", name).await, expected, "{name}");
    }
    assert_eq!(asked.load(Relaxed), 3);
}

#[tokio::test]
async fn layers_come_after_limits_and_see_who_is_calling() {
    async fn greet(
        context: RequestContext,
        request: http::Request<Body>,
        next: tsk::http::Next,
    ) -> http::Response<Body> {
        let mut response = next.run(request).await;
        let name = context.principal().map_or("stranger", |principal| principal.id());
        response.headers_mut().insert("x-greeted", name.parse().unwrap());
        response
    }
    let client = client(|app| app.limit(Rule::per_hour(1)).authenticate(ByName::default()).middleware(greet));
    let greeted = client.get("/").header("x-name", "ada").await;
    assert_eq!(greeted.header("x-greeted"), Some("ada"));
    let refused = client.get("/").await;
    assert_eq!((refused.status().as_u16(), refused.header("x-greeted")), (429, None));
}

#[tokio::test]
async fn a_refusal_is_safe_in_a_browser_and_readable_to_the_pages_that_may() {
    const PAGE: &str = "https://app.example.com";
    let mut config = Config::default();
    config.http.cors.origins = vec![PAGE.into()];
    let routes = Router::new().route(get("/", || async { "hello" }).limit(Rule::per_hour(1).name("once")));
    let client = App::new(config).routes(routes).client().unwrap().header("origin", PAGE);
    let first = client.get("/").await;
    assert_eq!(first.header("ratelimit"), Some("\"once\";r=0;t=3600"));
    assert_eq!(first.header("ratelimit-policy"), Some("\"once\";q=1;w=3600"));
    let response = client.get("/").await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.header("retry-after"), Some("3600"));
    assert_eq!(response.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert!(response.header("x-request-id").is_some());
    let problem: serde_json::Value = response.json().await;
    assert_eq!(problem["type"], "urn:tsk:problems/rate-limited");
    assert_eq!(problem["violated-policies"][0], "once");
    // A preflight asks for nothing yet.
    let preflight = client.request(http::Method::OPTIONS, "/").header("access-control-request-method", "GET");
    assert_eq!(preflight.await.status(), 204);
}

#[tokio::test]
async fn limits_come_from_the_configuration_as_well() {
    let config: Config = Config::loader()
        .text(
            "tsk.toml",
            "[limits]\nlegacy_headers = true\n[[limit]]\nname = 'posts'\nlimit = 1\nwindow = '1h'\nroutes = ['POST /*']\n\
             [[limit]]\nname = 'all'\nlimit = 3\nwindow = '1h'\nkey = 'all'",
        )
        .environment([("TSK_NONE__X", ""); 0])
        .load()
        .unwrap();
    let routes = || Router::new().route(any("/", || async { "hello" })).route(post("/only", || async { "" }));
    let client = App::new(config.clone()).routes(routes()).client().unwrap();
    let first = client.post("/").await;
    assert_eq!((first.status().as_u16(), first.header("x-ratelimit-remaining")), (200, Some("0")));
    assert_eq!(client.post("/only").await.status(), 429);
    assert_eq!(client.get("/nowhere").await.status(), 404);
    assert_eq!(client.get("/nowhere").await.header("ratelimit"), Some("\"all\";r=0;t=3600"));
    assert_eq!(client.get("/nowhere").await.status(), 429);
    let mut off = config.clone();
    off.limits.enabled = false;
    let client = App::new(off).routes(routes()).client().unwrap();
    for _ in 0..5 {
        assert_eq!(client.post("/").await.status(), 200);
    }
    let mut wrong = config;
    wrong.limit[1].key = "everybody".into();
    assert_eq!(App::new(wrong).validate().unwrap_err().key(), Some("limit[1].key"));
}

#[tokio::test]
async fn what_a_handler_debits_is_on_the_account_of_its_limits() {
    async fn export(budget: Budget) -> Result<&'static str, Problem> {
        budget.debit(4).await?;
        Ok("exported")
    }
    let client = |limited: bool| {
        let route = get("/", export);
        let route = if limited { route.limit(Rule::per_hour(9)) } else { route };
        App::new(Config::default()).routes(Router::new().route(route)).client().unwrap()
    };
    let limited = client(true);
    assert_eq!(limited.get("/").await.status(), 200);
    // One for the request, and four for what it did.
    let second = limited.get("/").await;
    assert_eq!(
        (second.status().as_u16(), second.header("ratelimit")),
        (429, Some("\"address-per-hour\";r=3;t=2400"))
    );
    let endless = client(false);
    for _ in 0..5 {
        assert_eq!(endless.get("/").await.status(), 200);
    }
}

/// `tsk-metrics` cannot ask `tsk-ratelimit` for them.
#[test]
fn what_limits_count_is_called_as_in_the_catalogue() {
    use tsk::metrics::catalogue::{RATELIMIT_DECISIONS, RATELIMIT_TIGHTENED};
    use tsk::ratelimit::tally::{DECISIONS, TIGHTENED};

    assert_eq!((RATELIMIT_DECISIONS.name, RATELIMIT_TIGHTENED.name), (DECISIONS, TIGHTENED));
}
