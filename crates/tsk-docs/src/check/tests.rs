use http::Method;
use serde_json::json;
use tsk_core::{Endpoint, Meta, operation::Parameter};

use super::*;

/// What is wrong with one operation, a line a mistake.
fn faults(template: &str, change: impl FnOnce(&mut Operation)) -> Vec<String> {
    let mut operation = Operation::default();
    operation.summary = Some("What it does".into());
    change(&mut operation);
    let route = Endpoint::new(Some(Method::GET), template).declared(operation, Meta::default());
    let mistakes = check(&RouteTable::new([route])).err().unwrap_or_default();
    mistakes.iter().map(ToString::to_string).collect()
}

fn with_body(schema: Value) -> Vec<String> {
    faults("/", |said| {
        said.request = Some(Content { optional: false, media: [("application/json".into(), schema)].into() });
    })
}

#[test]
fn an_operation_without_a_fault_passes() {
    assert_eq!(with_body(json!({ "type": "string", "examples": ["a"] })), <[String; 0]>::default());
}

#[test]
fn an_example_that_does_not_fit_is_named_wherever_it_stands() {
    let faults = with_body(json!({
        "$ref": "#/$defs/User",
        "$defs": { "User": { "properties": { "age": { "type": "integer", "minimum": 18, "examples": [17] } } } },
    }));
    assert_eq!(
        faults,
        [
            "GET /: request `application/json`: the example 17 does not fit its schema: 17 is less than the minimum of 18"
        ]
    );
}

#[test]
fn a_schema_that_is_none_or_refers_to_nothing_is_named() {
    let faults = with_body(json!({ "type": "strin" }));
    assert!(faults.len() == 1 && faults[0].contains("the schema is wrong"), "{faults:?}");
    let faults = with_body(json!({ "$ref": "#/$defs/Gone" }));
    assert!(faults.len() == 1 && faults[0].contains("the schema is wrong"), "{faults:?}");
}

#[test]
fn a_schema_without_an_example_asks_for_one() {
    let faults = with_body(json!({ "type": "string", "pattern": "^(?=a)a$" }));
    assert_eq!(
        faults,
        [
            "GET /: request `application/json`: no example was found that fits: add one to the schema, as `examples`"
        ]
    );
}

#[test]
fn parameters_and_the_path_have_to_agree() {
    let parameter = Parameter {
        name: "name".into(),
        location: Location::Path,
        required: true,
        description: None,
        schema: json!({ "type": "string" }),
    };
    let faults = faults("/users/{id}", |said| said.parameters.push(parameter));
    assert_eq!(
        faults,
        [
            "GET /users/{id}: parameter `name`: the path has no such parameter",
            "GET /users/{id}: parameter `id`: it is in the path, and nothing says what it is",
        ]
    );
}

#[test]
fn a_scheme_that_the_application_describes_is_known() {
    let mut operation = Operation::default();
    operation.summary = Some("What it does".into());
    operation.security.push([("token".to_owned(), Vec::new())].into());
    let route = Endpoint::new(Some(Method::GET), "/").declared(operation, Meta::default());
    let docs = Docs::new(crate::Info::new("Test", "1")).security_scheme("token", json!({ "type": "http" }));
    assert_eq!(docs.check(&RouteTable::new([route])), Ok(()));
}

#[test]
fn a_scheme_that_nobody_describes_is_named() {
    let faults = faults("/", |said| said.security.push([("token".to_owned(), Vec::new())].into()));
    assert_eq!(faults, ["GET /: security: nobody says what the scheme `token` is"]);
}

#[test]
fn an_identifier_that_is_there_twice_is_named_with_both_places() {
    let route = |template: &str| {
        let mut operation = Operation::default();
        operation.id = Some("same".into());
        Endpoint::new(Some(Method::GET), template).declared(operation, Meta::default())
    };
    let mistakes = check(&RouteTable::new([route("/a"), route("/b")])).err().unwrap_or_default();
    let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["GET /b: id: `same` is also that of GET /a: give one of them another"]);
}

#[test]
fn every_version_is_looked_at_and_what_is_of_none_once() {
    let wrong = || {
        let mut operation = Operation::default();
        operation.summary = Some("Fetch one".into());
        operation
    };
    let endpoint = |template: &str| {
        Endpoint::new(Some(http::Method::GET), template).declared(wrong(), Default::default())
    };
    let versions = ["v1", "v2"].map(|name| tsk_core::Version { name: name.into(), notice: None });
    let endpoints =
        [endpoint("/a/{id}").of_version("v1"), endpoint("/a/{id}").of_version("v2"), endpoint("/b/{id}")];
    let mistakes =
        check(&RouteTable::new(endpoints).with_versions(versions.into())).err().unwrap_or_default();
    let operations: Vec<_> = mistakes.iter().map(|mistake| &*mistake.operation).collect();
    assert_eq!(operations, ["GET /a/{id} of `v1`", "GET /b/{id}", "GET /a/{id} of `v2`"]);
}
