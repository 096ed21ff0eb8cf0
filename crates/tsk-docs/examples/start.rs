//! How long it takes to document 500 routes: `cargo run --release -p tsk-docs --example start`.
//!
//! Each takes and gives a body of a hundred that differ, with definitions within, and has nine errors that layers add.

use std::{sync::Arc, time::Instant};

use serde_json::{Value, json};
use tsk_core::{
    Endpoint, Meta, Operation, RouteTable,
    operation::{Content, Location, Parameter},
};
use tsk_docs::{Docs, Info, Serve};

const ROUTES: usize = 500;
const ERRORS: [u16; 9] = [400, 401, 403, 404, 413, 415, 422, 429, 503];

fn body(number: usize) -> Content {
    let name = format!("User{}", number % 100);
    let paid = |by: &str| json!({ "type": "object", "properties": { "by": { "const": by }, "number": { "type": "string" } }, "required": ["by"] });
    let user = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "name": { "type": "string", "minLength": 1 },
            "age": { "type": ["integer", "null"], "minimum": 0 },
            "home": { "anyOf": [{ "$ref": "#/$defs/Address" }, { "type": "null" }] },
            "tags": { "type": "array", "items": { "type": "string" } },
            "kind": { "enum": ["a", "b", "c"] },
            "payment": { "$ref": "#/$defs/Payment" },
        },
        "required": ["id", "name"],
    });
    let definitions = json!({
        name.clone(): user,
        "Address": { "type": "object", "properties": { "city": { "type": "string" }, "zip": { "type": "string", "pattern": "^[0-9]{5}$" } }, "required": ["city"] },
        "Payment": { "oneOf": [paid("card"), paid("bank")] },
    });
    let schema = json!({ "$ref": format!("#/$defs/{name}"), "$defs": definitions });
    Content { optional: false, media: [("application/json".into(), schema)].into() }
}

fn parameter(name: &str, location: Location, schema: Value) -> Parameter {
    Parameter { name: name.into(), location, required: false, description: None, schema }
}

fn route(number: usize) -> Endpoint {
    let mut operation = Operation::default();
    operation.summary = Some(format!("Operation {number}"));
    operation.tags.push(format!("group {}", number % 20));
    operation.parameters.push(parameter("id", Location::Path, json!({ "type": "integer", "minimum": 1 })));
    operation.parameters.push(parameter("page", Location::Query, json!({ "type": ["integer", "null"] })));
    operation.request = Some(body(number));
    operation.respond(200, "It was done.").content = body(number);
    for status in ERRORS {
        operation.respond(status, "It was not done.");
    }
    Endpoint::new(Some(http::Method::POST), format!("/things{number}/{{id}}"))
        .declared(operation, Meta::default())
}

fn main() {
    let routes = Arc::new(RouteTable::new((0..ROUTES).map(route)));
    let docs = Docs::new(Info::new("Things", "1.0.0"));
    for _ in 0..5 {
        let start = Instant::now();
        let document = docs.document(Arc::clone(&routes));
        let serve = Serve::new(&document);
        let took = start.elapsed();
        println!("{took:.1?}: {} bytes at {} paths", document.openapi().len(), serve.paths().count());
    }
}
