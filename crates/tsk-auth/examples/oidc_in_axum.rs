//! Logins at a provider, in an axum service: `cargo run -p tsk-auth --features oidc,axum,client --example oidc_in_axum ISSUER
//! CLIENT_ID`, with the secret in `CLIENT_SECRET` if there is one. The provider has to know the redirect URL
//! `http://localhost:8080/auth/callback`. Then open <http://localhost:8080/me> in a browser. Over plain HTTP, as nobody should.

use std::{env, sync::Arc};

use axum::{Extension, Router, body::Body, response::Response, routing::get};
use tokio::net::TcpListener;
use tsk_auth::{
    Auth, Authenticated,
    access::Access,
    oidc::Oidc,
    session::{CookieLayer, MemoryStore, Session, Sessions},
};
use tsk_core::{Drain, GateLayer, IntoResponse as _};

async fn me(caller: Authenticated) -> String {
    format!("{}\n", caller.principal().id())
}

async fn token(Extension(oidc): Extension<Oidc>, session: Session) -> Result<String, Response> {
    let token = oidc.access_token(&session).await.map_err(|error| error.into_response().map(Body::new))?;
    Ok(token.map_or_else(|| "none\n".to_owned(), |token| format!("of {} characters\n", token.len())))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args().skip(1);
    let (Some(issuer), Some(client)) = (args.next(), args.next()) else {
        return Err("name the issuer and the client: https://id.example.com shop".into());
    };
    let sessions =
        Sessions::builder(Arc::new(MemoryStore::new(10_000, 64 << 20))).over_plain_http().build()?;
    let mut oidc = Oidc::builder(issuer, client, "http://localhost:8080/auth/callback", sessions.clone());
    if let Ok(secret) = env::var("CLIENT_SECRET") {
        oidc = oidc.client_secret(secret);
    }
    let oidc = oidc.build()?;

    let auth = Auth::builder().oidc(oidc.clone()).everywhere(Access::authenticated());
    let drain = Drain::new();
    let asking = tokio::spawn(auth.run(&drain));
    let mut service = Router::new()
        .route("/me", get(me))
        .route("/token", get(token))
        .layer(GateLayer::new(auth))
        .layer(CookieLayer)
        .layer(Extension(sessions))
        .layer(Extension(oidc.clone()));
    // What is added after the gate is open to everybody.
    for (path, _) in oidc.paths() {
        service = service.route_service(path, oidc.service());
    }
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://localhost:8080");
    axum::serve(listener, service).await?;
    drain.start();
    asking.await?;
    Ok(())
}
