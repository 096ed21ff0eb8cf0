//! The document in OpenAPI 3.0.

use serde_json::{Map, Value};

use crate::schema::downgrade::downgrade;

const VERSION: &str = "3.0.3";

/// Says a document of 3.1 in the words of 3.0.
pub(crate) fn older(mut document: Map<String, Value>) -> Map<String, Value> {
    document.insert("openapi".into(), VERSION.into());
    document.remove("jsonSchemaDialect");
    if let Some(components) = document.get_mut("components") {
        for schema in values(components.get_mut("schemas")) {
            *schema = downgrade(schema);
        }
    }
    values(document.get_mut("components").and_then(|all| all.get_mut("responses"))).for_each(response);
    let schemes = document.get("components").and_then(|all| all.get("securitySchemes")).cloned();
    for operation in values(document.get_mut("paths")).flat_map(|item| values(Some(item))) {
        for parameter in elements(operation.get_mut("parameters")) {
            mend(parameter);
        }
        if let Some(body) = operation.get_mut("requestBody") {
            values(body.get_mut("content")).for_each(mend);
        }
        values(operation.get_mut("responses")).for_each(response);
        for requirement in elements(operation.get_mut("security")) {
            without_roles(requirement, schemes.as_ref());
        }
    }
    document
}

fn response(response: &mut Value) {
    values(response.get_mut("headers")).for_each(mend);
    values(response.get_mut("content")).for_each(mend);
}

fn mend(holder: &mut Value) {
    if let Some(schema) = holder.get_mut("schema") {
        *schema = downgrade(schema);
    }
}

/// Only OAuth 2 and OpenID Connect have scopes in 3.0; in 3.1 any scheme may name roles.
fn without_roles(requirement: &mut Value, schemes: Option<&Value>) {
    let Some(requirement) = requirement.as_object_mut() else { return };
    for (name, scopes) in requirement {
        let kind = schemes.and_then(|all| all.get(name)?.get("type")?.as_str());
        if !matches!(kind, Some("oauth2" | "openIdConnect")) {
            *scopes = Value::Array(Vec::new());
        }
    }
}

fn values(of: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    of.and_then(Value::as_object_mut).into_iter().flat_map(|map| map.values_mut())
}

fn elements(of: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    of.and_then(Value::as_array_mut).into_iter().flatten()
}
