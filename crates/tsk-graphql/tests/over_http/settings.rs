//! The files that settings name.

use std::{fs, path::PathBuf};

use serde_json::json;
use tempfile::TempDir;
use tsk_graphql::{Config, Cost, Costs, Documents, Error};

use crate::{
    client::{ask, post},
    library::graphql,
};

/// A configuration that names a file of that text.
fn named(text: &str, set: impl FnOnce(&mut Config, PathBuf)) -> (TempDir, Config) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("named");
    fs::write(&path, text).unwrap();
    let mut config = Config::default();
    set(&mut config, path);
    (directory, config)
}

fn refused(config: &Config) -> Error {
    graphql().config(config).unwrap_err()
}

#[tokio::test]
async fn a_schema_in_a_file_is_the_contract_and_says_what_fields_cost() {
    let contract = graphql().sdl();
    let costly =
        contract.replace("hello(name: String): String!", "hello(name: String): String! @cost(weight: 7)");
    assert_ne!(costly, contract);
    let (_directory, mut config) = named(&costly, |config, path| config.schema = Some(path));
    config.report_cost = true;
    let of_file = graphql().config(&config).unwrap();
    assert_eq!(ask(&of_file, "{ hello }").await.json()["extensions"]["cost"]["estimated"], 7);
    // Whoever has said it in code has said it.
    let of_code = graphql().costs(Costs::new().field("Query.hello", Cost::new(3))).unwrap();
    let of_code = of_code.config(&config).unwrap();
    assert_eq!(ask(&of_code, "{ hello }").await.json()["extensions"]["cost"]["estimated"], 3);
}

#[test]
fn a_schema_that_the_code_is_not_stops_the_start() {
    let other = graphql().sdl().replace("broken: String", "broken: String!");
    let (directory, config) = named(&other, |config, path| config.schema = Some(path));
    let error = refused(&config);
    assert_eq!(error.key(), Some("schema"));
    let message = error.to_string();
    assert!(
        message.contains("named: the code is not what the schema says: ") && message.contains("Query.broken"),
        "{message}"
    );
    drop(directory);
    let message = refused(&config).to_string();
    assert!(message.starts_with("`schema`: ") && message.contains("No such file"), "{message}");
}

#[tokio::test]
async fn a_manifest_has_the_documents_that_are_trusted() {
    let manifest = json!({ "greet": "{ hello }" }).to_string();
    let (_directory, mut config) = named(&manifest, |config, path| config.trusted.manifest = Some(path));
    let greet = json!({ "documentId": "greet" });
    let open = graphql().config(&config).unwrap();
    assert_eq!(post(&open, &greet).await.json()["data"]["hello"], "hello you");
    assert_eq!(ask(&open, "{ authors { id } }").await.status, 200);
    config.trusted.strict = true;
    let strict = graphql().config(&config).unwrap();
    assert_eq!(post(&strict, &greet).await.json()["data"]["hello"], "hello you");
    assert_eq!(ask(&strict, "{ authors { id } }").await.code(), "DOCUMENT_NOT_TRUSTED");
}

#[test]
fn a_manifest_that_does_not_fit_stops_the_start() {
    for (manifest, expected) in [
        ("{", "not JSON"),
        (r#"{ "greet": "{ nothing }" }"#, "the trusted document `greet`: "),
        ("[]", "no object"),
    ] {
        let (_directory, config) = named(manifest, |config, path| config.trusted.manifest = Some(path));
        let error = refused(&config);
        assert_eq!(error.key(), Some("trusted.manifest"));
        assert!(error.to_string().contains(expected), "{error}");
    }
    let trusted = Documents { strict: true, ..Documents::default() };
    let error = refused(&Config { trusted, ..Config::default() });
    assert_eq!(error.key(), Some("trusted.strict"));
}
