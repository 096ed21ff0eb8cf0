//! Logins at a provider, in a whole service.

#![cfg(feature = "oidc")]
#![allow(clippy::unwrap_used)]

use tsk::{
    docs::{Docs, Info},
    http::testing::Client,
    prelude::*,
};

async fn me(caller: Authenticated, _: Session) -> String {
    caller.principal().id().to_owned()
}

fn config(more: &str) -> Config {
    let text = format!(
        "[auth.oidc]\nissuer = \"https://id.example.com\"\nclient_id = \"shop\"\nclient_secret = \"s3cret\"\n\
         redirect_url = \"https://shop.example.com/in/callback\"\n{more}"
    );
    Config::loader().text("tsk.toml", &text).environment([("", ""); 0]).load().unwrap()
}

fn client(config: Config) -> Client {
    let routes = Router::new()
        .route(get("/public", async || "everybody").public())
        .api(get("/me", async || "known").summary("Who it is").access(Access::authenticated()))
        .route(get("/who", me).access(Access::authenticated()));
    App::new(config).routes(routes).docs(Docs::new(Info::new("Shop", "1"))).client().unwrap()
}

#[tokio::test]
async fn the_settings_send_browsers_to_the_provider_and_answer_where_they_come_back() {
    let client = client(config(""));
    let sent = client.get("/me?x=y").header("accept", "text/html").await;
    assert_eq!(
        (sent.status().as_u16(), &sent.headers()["location"]),
        (303, &"/in/login?next=/me%3Fx%3Dy".parse().unwrap())
    );
    assert_eq!(client.get("/me").await.status(), 401);
    assert_eq!(client.get("/public").await.status(), 200);
    // Nobody asks the provider in a test.
    assert_eq!(client.get("/in/login").await.status(), 503);
    assert_eq!(client.get("/in/callback").await.status(), 403);
    assert_eq!(client.get("/in/logout").await.status(), 200);
    assert_eq!(client.post("/in/logout").header("sec-fetch-site", "same-origin").await.status(), 303);
    assert_eq!(client.post("/in/logout").header("sec-fetch-site", "cross-site").await.status(), 403);
    assert_eq!(client.post("/in/logout/backchannel").await.status(), 400);
    // Strangers are not told what no route is for.
    assert_eq!(client.get("/in/logout/backchannel").await.status(), 401);
}

#[tokio::test]
async fn a_page_of_the_services_own_comes_before_the_provider() {
    let client = client(config("[auth]\nlogin = \"/choose\"\n"));
    let sent = client.get("/me").header("accept", "text/html").await;
    assert_eq!(sent.headers()["location"], "/choose?next=/me");
}

#[tokio::test]
async fn the_documents_say_at_which_provider_and_nothing_of_the_paths() {
    let document = client(config("")).get("/openapi.json").await.text().await;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let scheme = &document["components"]["securitySchemes"]["oidc"];
    assert_eq!(scheme["type"], "openIdConnect");
    assert_eq!(scheme["openIdConnectUrl"], "https://id.example.com/.well-known/openid-configuration");
    assert_eq!(document["paths"]["/me"]["get"]["security"][0]["oidc"], serde_json::json!([]));
    assert!(document["paths"].get("/in/login").is_none(), "{document}");
}
