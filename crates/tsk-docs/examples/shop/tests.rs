use std::collections::BTreeSet;

use serde_json::Value;
use tsk_docs::example;

use super::*;

/// Every schema of every operation.
fn schemas() -> Vec<Value> {
    let table = table();
    let mut schemas = Vec::new();
    for operation in table.iter().map(tsk_core::Endpoint::operation) {
        schemas.extend(operation.parameters.iter().map(|each| each.schema.clone()));
        schemas.extend(operation.request.iter().flat_map(|content| content.media.values().cloned()));
        for answer in operation.responses.values() {
            schemas.extend(answer.headers.values().chain(answer.content.media.values()).cloned());
        }
    }
    schemas
}

#[test]
fn every_schema_has_an_example_that_fits() {
    for schema in schemas() {
        let value = example(&schema).unwrap_or_else(|| panic!("no example for {schema}"));
        assert!(jsonschema::draft202012::is_valid(&schema, &value), "{value} does not fit {schema}");
    }
}

#[test]
fn every_operation_is_listed_under_a_name_of_its_own() {
    let document: Value = serde_json::from_str(document().openapi()).expect("a document is JSON");
    let items = document["paths"].as_object().expect("there are paths").values();
    let ids: Vec<_> = items
        .flat_map(|item| item.as_object().expect("of methods").values())
        .map(|each| &each["operationId"])
        .collect();
    assert_eq!(ids.len(), table().iter().count());
    assert_eq!(ids.iter().map(|id| id.as_str()).collect::<BTreeSet<_>>().len(), ids.len());
}
