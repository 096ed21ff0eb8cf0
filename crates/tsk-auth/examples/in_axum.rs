//! Tokens in an axum service: `cargo run -p tsk-auth --features axum --example in_axum`, then, with the token that it prints,
//!
//! ```text
//! curl -i http://127.0.0.1:8080/me
//! curl -i http://127.0.0.1:8080/me -H "authorization: Bearer $TOKEN"
//! curl http://127.0.0.1:8080/.well-known/jwks.json
//! ```

use std::time::{Duration, SystemTime};

use axum::{Router, routing::get};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tsk_auth::{
    Authenticated,
    jwt::{Algorithm, Bearer, Claims, Grant, Issuer, Keys, Signer, SigningKey, Verifier},
};
use tsk_core::GateLayer;

/// What this service reads of a token.
#[derive(Deserialize)]
struct Staff {
    department: String,
}

async fn me(caller: Authenticated<Claims<Staff>>) -> String {
    format!("{} of {}\n", caller.principal().id(), caller.claims().own().department)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Here the service issues its tokens itself. Of another issuer it would take `&Jwks::fetch("https://…")?`, feature
    // `client`, in the place of `&signer`, and spawn `verifier.run(drain)`.
    let name = "http://127.0.0.1:8080";
    let signer = Signer::new(name, SigningKey::generate(Algorithm::Es256)?, Duration::from_secs(3600))?;
    let issuer = Issuer::new(name, Keys::from(&signer)).audience("shop");
    let verifier: Verifier<Staff> = Verifier::new(issuer)?;
    let gate = Bearer::new(verifier).realm("shop")?.scope("staff:read")?;

    let grant = Grant::new("ada", "shop").scope("staff:read");
    println!("TOKEN={}", signer.issue(&grant, &json!({ "department": "sales" }), SystemTime::now())?);

    // What is added after the layer is open to everybody.
    let published = get(move || async move { signer.answer(SystemTime::now()).map(axum::body::Body::new) });
    let service = Router::new()
        .route("/me", get(me))
        .layer(GateLayer::new(gate))
        .route("/.well-known/jwks.json", published);
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, service).await?;
    Ok(())
}
