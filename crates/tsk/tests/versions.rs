//! Versions of an API, and the documents of each.

#![cfg(feature = "docs")]
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use tsk::docs::{Docs, Info};
use tsk::http::testing::Client;
use tsk::prelude::*;

#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
struct UserV1 {
    name: String,
}

#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
struct User {
    given: String,
    family: String,
}

impl Evolve for User {
    type Older = Oldest<UserV1>;
    const SINCE: &'static str = "v2";

    fn up(UserV1 { name }: UserV1) -> Result<Self, Problem> {
        let (given, family) = name.split_once(' ').unwrap_or((&name, ""));
        Ok(Self { given: given.into(), family: family.into() })
    }

    fn down(self) -> UserV1 {
        UserV1 { name: format!("{} {}", self.given, self.family) }
    }
}

async fn add(Versioned(user): Versioned<User>) -> Status<201, Versioned<User>> {
    Status(Versioned(user))
}

fn client(versions: Versions) -> Client {
    let api = Router::new()
        .versions(
            versions
                .deprecated("v1", "2026-03-01")
                .sunset("v1", "2027-03-01")
                .link("v1", "https://a.example/v1"),
        )
        .api(post("/users", add).summary("Add a user"))
        .api(get("/count", || async { "7" }).summary("Count them").since("v2"));
    let routes =
        Router::new().nest("/api", api).api(get("/health", || async { "well" }).summary("Are you well?"));
    let docs = Docs::new(Info::new("Users", "1.0.0").description("Who is here."));
    App::new(Config::default()).docs(docs).routes(routes).client().unwrap()
}

async fn document(client: &Client, path: &str) -> Value {
    let response = client.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.json().await
}

#[tokio::test]
async fn each_version_has_documents_at_an_address_that_stays() {
    let client = client(Versions::by_path(["v1", "v2"]));
    let newest = document(&client, "/openapi.json").await;
    assert_eq!(newest, document(&client, "/openapi/v2.json").await);
    let paths: Vec<_> = newest["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(paths, ["/api/v2/count", "/api/v2/users", "/health"]);
    assert_eq!(newest["info"]["version"], "v2");

    let older = document(&client, "/openapi/v1.json").await;
    let paths: Vec<_> = older["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(paths, ["/api/v1/users", "/health"]);
    let add = &older["paths"]["/api/v1/users"]["post"];
    assert_eq!(add["deprecated"], true);
    assert!(add["requestBody"]["content"]["application/json"]["schema"].to_string().contains("name"));
    assert_eq!(
        older["info"]["description"],
        "This version is deprecated as of 2026-03-01. It is expected to end on 2027-03-01. See \
         <https://a.example/v1>.\n\nWho is here."
    );

    let reference = client.get("/docs/v1.md").await.text().await;
    assert!(reference.starts_with("# Users v1") && reference.contains("/api/v1/users"), "{reference}");
    assert!(client.get("/openapi-3.0/v1.json").await.text().await.starts_with(r#"{"openapi":"3.0"#));
    assert_eq!(client.get("/openapi/v3.json").await.status(), 404);
    let page = client.get("/docs").await.text().await;
    assert!(page.contains(r#"data-versions="v2 v1""#), "{page}");
}

#[tokio::test]
async fn a_header_that_names_the_version_is_a_parameter_and_goes_through_the_stack() {
    let client = client(Versions::by_header("x-api-version", ["v1", "v2"]));
    let older = document(&client, "/openapi/v1.json").await;
    let parameter = &older["paths"]["/api/users"]["post"]["parameters"][0];
    assert_eq!((&parameter["name"], &parameter["required"]), (&"x-api-version".into(), &true.into()));
    assert_eq!(parameter["schema"]["const"], "v1");
    let statuses = older["paths"]["/api/users"]["post"]["responses"].as_object().unwrap();
    assert!(statuses.contains_key("400"));

    let user = serde_json::json!({ "name": "Ada Lovelace" });
    let response = client.post("/api/users").header("x-api-version", "v1").json(&user).await;
    assert_eq!((response.status().as_u16(), response.header("x-api-version")), (201, Some("v1")));
    assert_eq!(response.header("deprecation"), Some("@1772323200"));
    assert_eq!(response.json::<Value>().await, user);
    assert_eq!(client.get("/health").await.status(), 200);
    assert_eq!(client.get("/api/count").header("x-api-version", "v1").await.status(), 404);
}

#[tokio::test]
async fn a_media_type_has_the_version_in_its_document() {
    let client = client(Versions::by_media_type(["v1", "v2"]));
    let older = document(&client, "/openapi/v1.json").await;
    let content = &older["paths"]["/api/users"]["post"]["responses"]["201"]["content"];
    assert!(content["application/json; version=v1"]["schema"].is_object(), "{content}");
}

#[tokio::test]
async fn a_service_without_versions_has_no_more_documents_than_before() {
    let routes = Router::new().api(get("/time", || async { "noon" }));
    let app = App::new(Config::default()).routes(routes).docs(Docs::new(Info::new("Clock", "1.0.0")));
    let client = app.client().unwrap();
    assert_eq!(document(&client, "/openapi.json").await["info"]["version"], "1.0.0");
    assert!(client.get("/docs").await.text().await.contains(r#"data-versions="""#));
}
