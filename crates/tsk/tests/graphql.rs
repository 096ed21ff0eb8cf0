//! GraphQL as the facade mounts it.

#![cfg(feature = "graphql")]
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    time::{Duration, SystemTime},
};

use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
use serde_json::Value;
use tsk::{
    App, Config, Error,
    auth::{
        access::Access,
        jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier},
    },
    graphql::GraphQl,
    http::testing::Client,
};

struct Query;

#[graphql_object]
impl Query {
    fn hello() -> &'static str {
        "hello"
    }
}

fn schema() -> GraphQl {
    GraphQl::new(RootNode::new(Query, EmptyMutation::<()>::new(), EmptySubscription::<()>::new()))
}

fn config(text: &str) -> Config {
    Config::loader().text("tsk.toml", text).environment([("TSK_ENV", "development")]).load().unwrap()
}

fn client(text: &str) -> Client {
    App::new(config(text)).graphql("/graphql", schema()).client().unwrap()
}

fn refused(text: &str) -> Error {
    App::new(config(text)).graphql("/graphql", schema()).validate().unwrap_err()
}

async fn code(client: &Client, query: &str) -> String {
    let answer: Value = client.get(&format!("/graphql?query={query}")).await.json().await;
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned()
}

#[tokio::test]
async fn the_section_of_the_file_says_what_may_be_asked() {
    let quiet = client("[env.development]");
    assert_eq!(code(&quiet, "%7Bhello%7D").await, "none");
    assert_eq!(code(&quiet, "%7B__schema%7BqueryType%7Bname%7D%7D%7D").await, "INTROSPECTION_DISABLED");
    assert_eq!(quiet.get("/graphql/explorer").await.status(), 404);
    let open = client("[graphql.limits]\naliases = 1\n[env.development.graphql]\nintrospection = true");
    assert_eq!(code(&open, "%7B__schema%7BqueryType%7Bname%7D%7D%7D").await, "none");
    assert_eq!(code(&open, "%7Ba:hello%20b:hello%7D").await, "LIMIT_EXCEEDED");
    assert_eq!(open.get("/graphql/explorer").await.status(), 200);
    assert_eq!(open.get("/graphql/explorer/explorer.js").await.status(), 200);
    let without = client("[env.development.graphql]\nintrospection = true\nexplorer = false");
    assert_eq!(without.get("/graphql/explorer").await.status(), 404);
}

#[tokio::test]
async fn who_may_ask_is_said_and_the_page_alone_is_for_everybody() {
    const ISSUER: &str = "https://id.example.com";
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let signer = Signer::new(ISSUER, key, Duration::from_secs(600)).unwrap();
    let verifier: Verifier =
        Verifier::new(Issuer::new(ISSUER, Keys::from(&signer)).audience("library")).unwrap();
    let app = App::new(config("[env.development.graphql]\nintrospection = true"))
        .auth(move |auth| auth.scheme(Bearer::new(verifier.clone())))
        .graphql_for(Access::authenticated(), "/graphql", schema());
    let client = app.client().unwrap();
    assert_eq!(client.get("/graphql?query=%7Bhello%7D").await.status(), 401);
    assert_eq!(client.get("/graphql/explorer").await.status(), 200);
    let token = signer.issue(&Grant::new("somebody", "library"), &(), SystemTime::now()).unwrap();
    let authorization = format!("Bearer {token}");
    let known = client.get("/graphql?query=%7Bhello%7D").header("authorization", &authorization).await;
    assert_eq!(known.status(), 200);
}

#[tokio::test]
async fn files_are_named_by_the_configuration_and_an_overlay_changes_one_setting() {
    let directory = tempfile::tempdir().unwrap();
    let manifest = directory.path().join("manifest.json");
    fs::write(&manifest, r#"{ "greet": "{ hello }" }"#).unwrap();
    let text = format!("[graphql.trusted]\nmanifest = {manifest:?}\nstrict = true\n[env.development]\n");
    assert_eq!(code(&client(&text), "%7B__typename%7D").await, "DOCUMENT_NOT_TRUSTED");
    assert_eq!(code(&client(&text), "%7B%20hello%20%7D").await, "none");
    let open = client(&format!("{text}graphql.trusted = {{ strict = false }}"));
    assert_eq!(code(&open, "%7B__typename%7D").await, "none");
}

#[test]
fn what_cannot_be_names_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let contract = directory.path().join("schema.graphql");
    fs::write(&contract, "type Query { hello: Int! }").unwrap();
    for (text, key, message) in [
        ("[graphql.limits]\ndepth = 99".into(), "graphql.limits.depth", "99 is not within 1 and 60"),
        ("[graphql.trusted]\nstrict = true".into(), "graphql.trusted.strict", "nothing could be run"),
        ("[graphql]\nschema = 'none.graphql'".into(), "graphql.schema", "none.graphql: "),
        (
            format!("[graphql]\nschema = {contract:?}"),
            "graphql.schema",
            "the code is not what the schema says: ",
        ),
    ] {
        let error = refused(&format!("{text}\n[env.development]"));
        assert_eq!((error.key(), error.is_config()), (Some(key), true), "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
}
