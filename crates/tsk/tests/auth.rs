//! Who is calling and what it may do, in a whole service.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tsk::{
    auth::{
        access::Roles,
        api_key::{ApiKeys, FileStore},
        jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier},
    },
    docs::{Docs, Info},
    http::testing::Client,
    prelude::*,
    ratelimit::{Key, Rule},
};

const ISSUER: &str = "https://id.example.com";
const POSTS_WRITE: Permission = Permission::new("posts:write");

/// Who issues tokens, and who believes them.
fn tokens() -> (Signer, Bearer) {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let signer = Signer::new(ISSUER, key, Duration::from_secs(600)).unwrap();
    let issuer = Issuer::new(ISSUER, Keys::from(&signer)).audience("blog");
    (signer.clone(), Bearer::new(Verifier::new(issuer).unwrap()).realm("blog").unwrap())
}

fn token(signer: &Signer, subject: &str, scope: &str) -> String {
    let grant = Grant::new(subject, "blog").scope(scope);
    format!("Bearer {}", signer.issue(&grant, &(), SystemTime::now()).unwrap())
}

fn routes() -> Router {
    Router::new()
        .route(get("/", || async { "welcome" }).public())
        .route(
            get("/me", |caller: Authenticated| async move { caller.principal().id().to_owned() })
                .access(Access::authenticated()),
        )
        .route(post("/posts", || async { "written" }).access(POSTS_WRITE))
        .route(
            post("/own", |permits: Permits| async move { permits.require(&POSTS_WRITE).map(|()| "may") })
                .access(Access::authenticated()),
        )
}

async fn status(client: &Client, request: (&str, &str), authorization: Option<&str>) -> u16 {
    let (method, path) = request;
    let request = client.request(method.parse().unwrap(), path);
    let request =
        authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
    request.await.status().as_u16()
}

#[tokio::test]
async fn who_may_is_answered_and_who_may_not_is_told() {
    let (signer, bearer) = tokens();
    let app = App::new(Config::default()).routes(routes()).auth(|auth| auth.scheme(bearer));
    let client = app.client().unwrap();
    let (writer, reader) = (token(&signer, "ada", "posts:write"), token(&signer, "bob", "posts:read"));
    let (writer, reader) = (Some(&*writer), Some(&*reader));
    for (request, expected) in [
        (("GET", "/"), [200, 200, 200]),
        (("GET", "/me"), [401, 200, 200]),
        (("POST", "/posts"), [401, 403, 200]),
        (("POST", "/own"), [401, 403, 200]),
        (("GET", "/nowhere"), [401, 404, 404]),
    ] {
        for (authorization, expected) in [None, reader, writer].into_iter().zip(expected) {
            assert_eq!(
                status(&client, request, authorization).await,
                expected,
                "{request:?} {authorization:?}"
            );
        }
    }
    let refused = client.get("/me").await;
    assert_eq!(refused.headers()["www-authenticate"], r#"Bearer realm="blog""#);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn a_route_that_does_not_say_who_may_use_it_stops_the_start() {
    let (_, bearer) = tokens();
    let routes = routes().route(get("/forgotten", || async {})).route(put("/too", || async {}));
    let error =
        App::new(Config::default()).routes(routes).auth(|auth| auth.scheme(bearer)).validate().unwrap_err();
    let message = error.to_string();
    assert!(message.contains("GET /forgotten") && message.contains("PUT /too"), "{message}");
    assert!(!message.contains("/me"), "{message}");
}

#[tokio::test]
async fn without_authentication_nothing_has_to_be_declared() {
    let client =
        App::new(Config::default()).routes(Router::new().route(get("/a", || async {}))).client().unwrap();
    assert_eq!(client.get("/a").await.status(), 200);
}

#[tokio::test]
async fn guessing_is_limited_before_anybody_is_asked_who_it_is_and_callers_after_it() {
    let (signer, bearer) = tokens();
    let mut config = Config::default();
    config.limits.legacy_headers = true;
    let app = App::new(config)
        .routes(routes())
        .limit(Rule::per_hour(6).by(Key::constant()).name("all"))
        .limit(Rule::per_hour(2).by(Key::principal()).name("caller"))
        .auth(|auth| auth.scheme(bearer));
    let client = app.client().unwrap();
    let (ada, bob) = (token(&signer, "ada", "x"), token(&signer, "bob", "x"));
    let me = ("GET", "/me");
    assert_eq!(status(&client, me, Some(&ada)).await, 200);
    assert_eq!(status(&client, me, Some(&ada)).await, 200);
    // Her share is used up, his is not: the limit knows who is calling.
    assert_eq!(status(&client, me, Some(&ada)).await, 429);
    assert_eq!(status(&client, me, Some(&bob)).await, 200);
    for _ in 0..2 {
        assert_eq!(status(&client, me, Some("Bearer guess")).await, 401);
    }
    // What was guessed has counted, so that the next guess is not even looked at.
    assert_eq!(status(&client, me, Some("Bearer guess")).await, 429);
}

#[tokio::test]
async fn the_settings_alone_do_it_without_code() {
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("secret");
    fs::write(&secret, [7; 32]).unwrap();
    let config: Config = toml::from_str(&format!(
        r#"
        [auth]
        realm = "blog"
        roles_at = "roles"

        [[auth.jwt]]
        issuer = "{ISSUER}"
        audience = ["blog"]
        keys = ["{}"]
        algorithm = "HS256"

        [auth.role.editor]
        permits = ["posts:*"]

        [[auth.access]]
        routes = "/posts"
        permissions = ["posts:write"]

        [[auth.access]]
        routes = "/"
        whom = "public"
        "#,
        secret.display()
    ))
    .unwrap();
    let routes = || Router::new().route(get("/", || async {})).route(post("/posts", || async { "written" }));
    let client = App::new(config.clone()).routes(routes()).client().unwrap();
    let key = SigningKey::secret(&[7; 32], Algorithm::Hs256).unwrap();
    let signer = Signer::new(ISSUER, key, Duration::from_secs(600)).unwrap();
    let issue = |roles: &[&str]| {
        let further = serde_json::json!({ "roles": roles });
        format!("Bearer {}", signer.issue(&Grant::new("ada", "blog"), &further, SystemTime::now()).unwrap())
    };
    assert_eq!(status(&client, ("GET", "/"), None).await, 200);
    assert_eq!(status(&client, ("POST", "/posts"), None).await, 401);
    assert_eq!(status(&client, ("POST", "/posts"), Some(&issue(&["reader"]))).await, 403);
    assert_eq!(status(&client, ("POST", "/posts"), Some(&issue(&["editor"]))).await, 200);

    let error = App::new(config).routes(routes().route(get("/more", || async {}))).validate().unwrap_err();
    assert!(error.to_string().contains("GET /more"), "{error}");
}

#[tokio::test]
async fn keys_and_tokens_are_taken_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let keys = ApiKeys::new(Arc::new(FileStore::open(directory.path().join("keys.json")).unwrap()));
    let grants = tsk::auth::access::Grants::default().role("robot");
    let key = keys.create("build", "ci", &grants, None, SystemTime::now()).await.unwrap();
    let (signer, bearer) = tokens();
    let roles = Roles::builder().role("robot", ["posts:write"]).build().unwrap();
    let app = App::new(Config::default())
        .routes(routes())
        .auth(|auth| auth.scheme(keys).scheme(bearer).roles(roles));
    let client = app.client().unwrap();
    let answer = client.get("/me").header("x-api-key", key.as_str()).await;
    assert_eq!(answer.text().await, "ci");
    assert_eq!(status(&client, ("POST", "/posts"), Some(&format!("Bearer {}", key.as_str()))).await, 200);
    assert_eq!(status(&client, ("GET", "/me"), Some(&token(&signer, "ada", "x"))).await, 200);
    let wrong = key.as_str().replace("tsk_live_", "tsk_test_");
    assert_eq!(status(&client, ("GET", "/me"), Some(&format!("Bearer {wrong}"))).await, 401);
}

#[tokio::test]
async fn the_documents_say_who_may_and_are_for_those_who_may() {
    let (signer, bearer) = tokens();
    let routes =
        Router::new().api(post("/posts", || async { "written" }).summary("Write").access(POSTS_WRITE));
    let docs = Docs::new(Info::new("Blog", "1.0.0"));
    let app = App::new(Config::default())
        .routes(routes)
        .docs_for(Access::authenticated(), "/", docs)
        .auth(|auth| auth.scheme(bearer));
    let client = app.client().unwrap();
    for path in ["/openapi.json", "/docs", "/docs.md"] {
        assert_eq!(status(&client, ("GET", path), None).await, 401, "{path}");
        assert_eq!(status(&client, ("GET", path), Some(&token(&signer, "ada", "x"))).await, 200, "{path}");
    }
    let answer = client.get("/openapi.json").header("authorization", token(&signer, "ada", "x")).await;
    let document: serde_json::Value = serde_json::from_str(&answer.text().await).unwrap();
    let operation = &document["paths"]["/posts"]["post"];
    assert_eq!(operation["security"], serde_json::json!([{ "bearer": [] }]));
    assert!(operation["responses"]["401"].is_object() && operation["responses"]["403"].is_object());
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}

#[tokio::test]
async fn one_says_who_is_calling_and_not_two() {
    struct Nobody;
    impl tsk::core::Policy for Nobody {}
    impl tsk::core::Gate for Nobody {
        type Ticket = ();
        type Wait = tsk::core::Never<()>;
        fn admit(&self, _: tsk::core::Head<'_>) -> tsk::core::Admission<(), Self::Wait> {
            tsk::core::Admission::Pass(())
        }
    }
    let config: Config = toml::from_str("[auth]\nrealm = \"a\"").unwrap();
    let error = App::new(config).authenticate(Nobody).validate().unwrap_err();
    assert_eq!(error.key(), Some("auth"), "{error}");
}
