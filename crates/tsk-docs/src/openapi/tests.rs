#![allow(clippy::unwrap_used)]

use http::Method;
use serde_json::json;
use tsk_core::{
    Endpoint, Meta, Operation as Said, RouteTable,
    operation::{Content, Location, Parameter},
};

use super::*;
use crate::Info;

fn docs() -> Docs {
    Docs::new(Info::new("Test", "1"))
}

fn said(change: impl FnOnce(&mut Said)) -> Said {
    let mut operation = Said::default();
    operation.summary = Some("What it does".into());
    change(&mut operation);
    operation
}

fn route(template: &str, change: impl FnOnce(&mut Said)) -> Endpoint {
    Endpoint::new(Some(Method::GET), template).declared(said(change), Meta::default())
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The document of one route, in both versions.
fn both(docs: &Docs, route: Endpoint) -> [Value; 2] {
    let document = docs.document(RouteTable::new([route]));
    [parse(document.openapi()), parse(document.openapi_3_0())]
}

/// What both versions say of the one operation there is.
fn operation(docs: &Docs, template: &str, change: impl FnOnce(&mut Said)) -> [Value; 2] {
    let path = template.replace("{*", "{");
    both(docs, route(template, change)).map(|document| document["paths"][&path]["get"].clone())
}

fn parameter(name: &str, location: Location, schema: Value) -> Parameter {
    Parameter { name: name.into(), location, required: false, description: None, schema }
}

fn json_body(schema: Value) -> Content {
    Content { optional: false, media: [("application/json".into(), schema)].into() }
}

#[test]
fn each_version_says_which_it_is() {
    let [newer, older] = both(&docs(), route("/", |_| {}));
    assert_eq!((&newer["openapi"], &older["openapi"]), (&json!("3.1.0"), &json!("3.0.3")));
    assert!(newer.get("jsonSchemaDialect").is_some() && older.get("jsonSchemaDialect").is_none());
}

#[test]
fn the_same_routes_give_the_same_bytes_in_whatever_order_they_are() {
    let user = |kind: &str| json!({ "$ref": "#/$defs/User", "$defs": { "User": { "type": "object", "properties": { "id": { "type": kind } } } } });
    let make = || {
        ["/b", "/a", "/c"].map(|path| {
            route(path, |said| {
                said.respond(200, "Yes.").content =
                    json_body(user(if path == "/b" { "string" } else { "integer" }));
            })
        })
    };
    let forwards = docs().document(RouteTable::new(make()));
    let mut backwards = make();
    backwards.reverse();
    let backwards = docs().document(RouteTable::new(backwards));
    assert_eq!(forwards.openapi(), backwards.openapi());
    assert_eq!(forwards.openapi_3_0(), backwards.openapi_3_0());
    assert_eq!(forwards.markdown(), backwards.markdown());
    let names = parse(forwards.openapi())["components"]["schemas"].clone();
    assert_eq!(names["User"]["properties"]["id"]["type"], "integer", "/a comes first");
}

#[test]
fn every_parameter_of_a_path_is_there_and_required() {
    let [newer, older] = operation(&docs(), "/a/{id}/{*rest}", |said| {
        said.parameters.push(parameter("id", Location::Path, json!({ "type": "integer" })));
        said.parameters.push(parameter("gone", Location::Path, json!({})));
    });
    assert_eq!(newer["parameters"], older["parameters"]);
    let parameters = newer["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), 2);
    assert!(parameters.iter().all(|each| each["required"] == true && each["in"] == "path"));
    assert_eq!((&parameters[0]["name"], &parameters[0]["example"]), (&json!("id"), &json!(1)));
    assert_eq!(parameters[1]["description"], "The rest of the path, slashes included.");
}

#[test]
fn headers_that_openapi_says_elsewhere_are_no_parameters() {
    let [newer, _] = operation(&docs(), "/", |said| {
        for name in ["Authorization", "accept", "Content-Type", "x-tenant"] {
            said.parameters.push(parameter(name, Location::Header, json!({ "type": "string" })));
        }
    });
    let names: Vec<_> = newer["parameters"].as_array().unwrap().iter().map(|each| &each["name"]).collect();
    assert_eq!(names, ["x-tenant"]);
}

#[test]
fn a_parameter_that_may_be_left_out_has_only_the_example_that_was_chosen() {
    let [newer, older] = operation(&docs(), "/", |said| {
        said.parameters.push(parameter("plain", Location::Query, json!({ "type": "string" })));
        let chosen = json!({ "type": "string", "examples": ["this"], "deprecated": true });
        said.parameters.push(parameter("chosen", Location::Query, chosen));
    });
    assert!(newer["parameters"][0].get("example").is_none());
    for parameter in [&newer["parameters"][1], &older["parameters"][1]] {
        assert_eq!((&parameter["example"], &parameter["deprecated"]), (&json!("this"), &json!(true)));
    }
}

#[test]
fn a_parameter_of_a_query_may_be_empty_if_its_schema_says_so() {
    let said = |location| {
        operation(&docs(), "/", |said| {
            let schema = json!({ "type": "integer", "allowEmptyValue": true });
            said.parameters.push(parameter("since", location, schema));
        })
    };
    for operation in said(Location::Query) {
        let since = &operation["parameters"][0];
        assert_eq!(
            (&since["allowEmptyValue"], &since["schema"]),
            (&json!(true), &json!({ "type": "integer" }))
        );
    }
    for operation in said(Location::Header) {
        assert!(!operation["parameters"].to_string().contains("allowEmptyValue"));
    }
}

#[test]
fn an_error_without_a_body_is_a_problem_unless_the_application_says_no() {
    let change = |said: &mut Said| {
        said.respond(404, "No such user.");
    };
    let [newer, older] = both(&docs(), route("/", change));
    for document in [&newer, &older] {
        let body = &document["paths"]["/"]["get"]["responses"]["404"]["content"]["application/problem+json"];
        assert_eq!(body["schema"]["$ref"], "#/components/schemas/Problem");
        assert_eq!(
            body["example"],
            json!({ "type": "about:blank", "title": "Not Found", "status": 404, "detail": "No such user." })
        );
        assert_eq!(document["components"]["schemas"]["Problem"]["type"], "object");
    }
    let [newer, _] = operation(&docs().without_problems(), "/", change);
    assert!(newer["responses"]["404"].get("content").is_none());
}

#[test]
fn a_documented_error_body_stays_and_a_success_without_one_has_none() {
    let [newer, _] = operation(&docs(), "/", |said| {
        said.respond(204, "Done.");
        said.respond(400, "Why.").content = json_body(json!({ "type": "string" }));
    });
    assert!(newer["responses"]["204"].get("content").is_none());
    let content = newer["responses"]["400"]["content"].as_object().unwrap();
    assert_eq!(content.keys().collect::<Vec<_>>(), ["application/json"]);
}

#[test]
fn what_says_nothing_of_its_answers_says_so() {
    let [newer, _] = operation(&docs(), "/", |_| {});
    assert_eq!(newer["responses"], json!({ "default": { "description": "The answer is not described." } }));
}

#[test]
fn schemas_of_3_0_are_in_its_dialect_everywhere() {
    let nullable = || json!({ "type": ["string", "null"] });
    let [newer, older] = both(
        &docs(),
        route("/", |said| {
            said.parameters.push(parameter("q", Location::Query, nullable()));
            said.request = Some(json_body(nullable()));
            let answer = said.respond(200, "Yes.");
            answer.headers.insert("x-a".into(), nullable());
            answer.content = json_body(json!({ "$ref": "#/$defs/A", "$defs": { "A": nullable() } }));
        }),
    );
    let text = older.to_string();
    assert!(!text.contains(r#"["string","null"]"#), "{text}");
    assert_eq!(text.matches(r#""nullable":true"#).count(), 4);
    assert_eq!(newer.to_string().matches(r#"["string","null"]"#).count(), 4);
}

#[test]
fn security_is_told_with_its_schemes_and_the_lack_of_it_in_so_many_words() {
    let open = route("/open", |_| {});
    let closed = route("/closed", |said| {
        said.security.push([("token".to_owned(), vec!["admin".to_owned()])].into());
        said.schemes.insert("token".into(), json!({ "type": "http", "scheme": "bearer" }));
    });
    let document = docs().document(RouteTable::new([open, closed]));
    let (newer, older) = (parse(document.openapi()), parse(document.openapi_3_0()));
    assert_eq!(newer["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    assert_eq!(newer["paths"]["/closed"]["get"]["security"], json!([{ "token": ["admin"] }]));
    // In 3.0 only OAuth 2 has scopes.
    assert_eq!(older["paths"]["/closed"]["get"]["security"], json!([{ "token": [] }]));
    assert!(older["paths"]["/open"]["get"].get("security").is_none());
    assert_eq!((&newer["security"], &older["security"]), (&json!([]), &json!([])));
}

#[test]
fn a_scheme_may_have_several_flows() {
    let flows =
        json!({ "authorizationCode": { "tokenUrl": "/t" }, "clientCredentials": { "tokenUrl": "/t" } });
    let docs = docs().security_scheme("login", json!({ "type": "oauth2", "flows": flows }));
    let [newer, older] = both(&docs, route("/", |_| {}));
    assert_eq!(newer["components"]["securitySchemes"]["login"]["flows"], flows);
    assert_eq!(older["components"]["securitySchemes"]["login"]["flows"], flows);
}

#[test]
fn groups_are_in_the_order_in_which_they_are_described() {
    let docs = docs().tag("z", "Last letter, first group.");
    let routes = RouteTable::new([
        route("/b", |said| said.tags.push("b".into())),
        route("/a", |said| said.tags.extend(["z".into(), "a".into()])),
    ]);
    let document = parse(docs.document(routes).openapi());
    let names: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    assert_eq!(names, ["z", "a", "b"]);
}

#[test]
fn what_only_one_variant_used_is_not_left_behind() {
    let schema = json!({
        "title": "Either",
        "oneOf": [
            { "type": "object", "properties": { "kind": { "const": "a" } }, "required": ["kind"] },
            { "type": "object", "properties": { "kind": { "const": "b" } }, "required": ["kind"], "$ref": "#/$defs/Rest" },
        ],
        "$defs": { "Rest": { "type": "object", "properties": { "x": {} } } },
    });
    let [newer, _] = both(&docs(), route("/", |said| said.respond(200, "Yes.").content = json_body(schema)));
    let names = newer["components"]["schemas"].as_object().unwrap();
    let mut names: Vec<_> = names.keys().collect();
    names.sort();
    assert_eq!(names, ["Either", "EitherA", "EitherB"]);
}

#[test]
fn an_error_that_many_answer_with_is_said_once() {
    let limited = |path: &str| {
        route(path, |said| {
            said.respond(429, "Too many.")
                .headers
                .insert("retry-after".into(), json!({ "type": ["integer", "null"] }));
            said.respond(404, path);
        })
    };
    let document = docs().document(RouteTable::new(["/a", "/b", "/c"].map(limited)));
    for text in [document.openapi(), document.openapi_3_0()] {
        let document = parse(text);
        for path in ["/a", "/b", "/c"] {
            let responses = &document["paths"][path]["get"]["responses"];
            assert_eq!(responses["429"], json!({ "$ref": "#/components/responses/TooManyRequests" }));
            assert_eq!(responses["404"]["description"], path, "it is told in words of its own");
        }
        let shared = document["components"]["responses"].as_object().unwrap();
        assert_eq!(shared.len(), 1);
        assert_eq!(shared["TooManyRequests"]["description"], "Too many.");
    }
    let older = parse(document.openapi_3_0());
    let header = &older["components"]["responses"]["TooManyRequests"]["headers"]["retry-after"];
    assert_eq!(header["schema"], json!({ "type": "integer", "nullable": true }));
}
