//! Who may use which route, in an axum service: `cargo run -p tsk-auth --features axum --example auth_in_axum`, then, with what it
//! prints,
//!
//! ```text
//! curl -i http://127.0.0.1:8080/
//! curl -i http://127.0.0.1:8080/posts/7
//! curl -i http://127.0.0.1:8080/posts/7 -H "authorization: Bearer $READER"
//! curl -i -X POST http://127.0.0.1:8080/posts -H "authorization: Bearer $READER"
//! curl -i -X POST http://127.0.0.1:8080/posts -H "authorization: Bearer $EDITOR"
//! curl -i -X DELETE http://127.0.0.1:8080/posts/7 -H "authorization: Bearer $READER"
//! curl -i -X DELETE http://127.0.0.1:8080/posts/7 -H "x-api-key: $KEY"
//! ```

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Extension, Router,
    body::Body,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tsk_auth::{
    Auth, Authenticated, Permits,
    access::{Access, Grants, Permission, Roles},
    api_key::{ApiKeys, FileStore},
    jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier},
};
use tsk_core::{Drain, GateLayer, IntoResponse as _, Problem};

const WRITE: Permission = Permission::new("posts:write");
const DELETE: Permission = Permission::new("posts:delete");

async fn welcome(caller: Option<Authenticated>) -> String {
    let name = caller.map(|caller| caller.principal().id().to_owned());
    format!("welcome, {}\n", name.as_deref().unwrap_or("whoever you are"))
}

async fn read(Path(id): Path<u32>, caller: Authenticated) -> String {
    format!("post {id}, for {}\n", caller.principal().id())
}

async fn write(caller: Authenticated) -> String {
    format!("written by {}\n", caller.principal().id())
}

/// Who may depends on whose post it is, which the handler alone can tell: those with an even number are of `rita`.
async fn delete(Path(id): Path<u32>, permits: Permits) -> Result<String, Response> {
    let is_own = id % 2 == 0 && permits.principal().id() == "rita";
    if !is_own {
        permits.require(&DELETE).map_err(|problem: Problem| problem.into_response().map(Body::new))?;
    }
    Ok(format!("post {id} is gone\n"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now = SystemTime::now();
    let name = "http://127.0.0.1:8080";
    let signer = Signer::new(name, SigningKey::generate(Algorithm::Es256)?, Duration::from_secs(3600))?;
    let issuer = Issuer::new(name, Keys::from(&signer)).audience("blog");
    let verifier = Verifier::<Map<String, Value>>::builder().issuer(issuer).roles_at("roles").build()?;
    for (subject, role) in [("rita", "reader"), ("ed", "editor")] {
        let token = signer.issue(&Grant::new(subject, "blog"), &json!({ "roles": [role] }), now)?;
        println!("{}={token}", role.to_uppercase());
    }

    let folder = tempfile::tempdir()?;
    let keys = ApiKeys::new(Arc::new(FileStore::open(folder.path().join("keys.json"))?));
    let key =
        keys.create("a job", "cleaner", &Grants::default().permission(DELETE.name()), None, now).await?;
    println!("KEY={}", key.as_str());

    let roles = Roles::builder().role("reader", ["posts:read"]).role("editor", ["posts:*"]).build()?;
    let auth = Auth::builder()
        .scheme(keys) // before other bearer tokens: it takes those alone that begin as its own do
        .scheme(Bearer::new(verifier).realm("blog")?)
        .roles(roles)
        .everywhere(Access::public());
    // Schemes that fetch something, or look after files, do that until the service drains.
    tokio::spawn(auth.run(&Drain::new()));

    // Each group of routes is behind a gate that demands something else of the same callers.
    let known = Router::new()
        .route("/posts/{id}", get(read).delete(delete))
        .layer(GateLayer::new(auth.demanding(Access::authenticated())));
    let writers = Router::new().route("/posts", post(write)).layer(GateLayer::new(auth.demanding(WRITE)));
    let service = Router::new()
        .route("/", get(welcome))
        .layer(GateLayer::new(auth.clone()))
        .merge(known)
        .merge(writers)
        .layer(Extension(auth)); // for `Permits`
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, service).await?;
    Ok(())
}
