//! Documentation for an axum service: `cargo run -p tsk-docs --example in_axum`, then <http://127.0.0.1:8080/docs>.
//!
//! axum does not know what its handlers take and give, and so it is said here, once for each route, beside the handler.

use axum::{
    Json, Router,
    extract::{Path, Query},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tsk_core::{
    Endpoint, Meta, Operation, RouteTable,
    operation::{Content, Location, Parameter},
};
use tsk_docs::{Docs, Info, Serve};

#[derive(Deserialize)]
struct Greeting {
    name: String,
}

async fn greet(Query(greeting): Query<Greeting>) -> Json<Value> {
    Json(json!({ "text": format!("Hello, {}!", greeting.name) }))
}

async fn add(Json(user): Json<Value>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(user))
}

async fn fetch(Path(id): Path<u64>, headers: axum::http::HeaderMap) -> Response {
    if headers.get("authorization").is_none_or(|token| token != "Bearer secret") {
        return (StatusCode::UNAUTHORIZED, "Say who you are.").into_response();
    }
    Json(json!({ "id": id, "name": "Ada", "friend": null })).into_response()
}

/// What the routes take and give. A generator such as `schemars` writes the schemas of real types.
fn routes() -> RouteTable {
    let user = json!({
        "$ref": "#/$defs/User",
        "$defs": {
            "User": {
                "type": "object",
                "properties": {
                    "id": { "type": "integer", "minimum": 1 },
                    "name": { "type": "string", "minLength": 1, "examples": ["Ada"] },
                    "friend": { "anyOf": [{ "$ref": "#/$defs/User" }, { "type": "null" }] },
                },
                "required": ["name"],
            },
        },
    });
    let said = |summary: &str| {
        let mut operation = Operation::default();
        operation.summary = Some(summary.into());
        operation
    };
    let body =
        |schema: Value| Content { media: [("application/json".into(), schema)].into(), optional: false };
    let parameter = |name: &str, location, schema| Parameter {
        name: name.into(),
        location,
        required: true,
        description: None,
        schema,
    };

    let mut greet = said("Say hello");
    greet.parameters.push(parameter(
        "name",
        Location::Query,
        json!({ "type": "string", "examples": ["Ada"] }),
    ));
    greet.respond(200, "A greeting.").content = body(
        json!({ "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"] }),
    );

    let mut add = said("Add a user");
    add.tags.push("users".into());
    add.request = Some(body(user.clone()));
    add.respond(201, "They were added.").content = body(user.clone());

    let mut fetch = said("Fetch one user");
    fetch.tags.push("users".into());
    fetch.parameters.push(parameter("id", Location::Path, json!({ "type": "integer", "minimum": 1 })));
    fetch.respond(200, "The user.").content = body(user);
    fetch.respond(401, "Nobody is known to be calling.");
    fetch.security.push([("token".to_owned(), Vec::new())].into());
    fetch.schemes.insert("token".into(), json!({ "type": "http", "scheme": "bearer" }));

    RouteTable::new([
        Endpoint::new(Some(Method::GET), "/greeting").declared(greet, Meta::default()),
        Endpoint::new(Some(Method::POST), "/users").declared(add, Meta::default()),
        Endpoint::new(Some(Method::GET), "/users/{id}").declared(fetch, Meta::default()),
    ])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let docs = Docs::new(Info::new("Users", "1.0.0").description("An axum service with documentation."))
        // This service does not answer errors with problems.
        .without_problems();
    let serve = Serve::new(&docs.document(routes()));
    let mut app = Router::new()
        .route("/greeting", get(greet))
        .route("/users", post(add))
        .route("/users/{id}", get(fetch));
    for path in serve.paths() {
        app = app.route_service(path, serve.clone());
    }
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/docs", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
