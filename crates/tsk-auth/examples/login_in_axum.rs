//! A form to log in by, in an axum service: `cargo run -p tsk-auth --features axum --example login_in_axum`, then open
//! <http://127.0.0.1:8080/> in a browser. The name is `ada`, the password `correct horse`. Over plain HTTP, as nobody should.

use std::{sync::Arc, time::SystemTime};

use axum::{
    Extension, Router,
    body::Body,
    extract::Form as Fields,
    response::{Redirect, Response},
    routing::{get, post},
};
use tokio::net::TcpListener;
use tsk_auth::{
    Auth, Authenticated,
    access::{Access, Grants},
    login::{Form, Submitted, destination},
    password::{Devices, Logins, Passwords, Visitor},
    session::{CookieLayer, Login, MemoryStore, Session, Sessions, Unchecked},
};
use tsk_core::{GateLayer, IntoResponse, Problem};

/// The one account that there is, and its hash.
#[derive(Clone)]
struct Account(Arc<str>);

fn answer(answer: impl IntoResponse) -> Response {
    answer.into_response().map(Body::new)
}

async fn page(session: Session) -> Response {
    match session.csrf_token().await {
        Ok(token) => answer(Form::new("Shop").token(token)),
        Err(error) => answer(error),
    }
}

async fn log_in(
    Extension((logins, Account(hash))): Extension<(Logins, Account)>,
    visitor: Visitor,
    unchecked: Unchecked,
    Fields(submitted): Fields<Submitted>,
) -> Result<Redirect, Response> {
    let session = unchecked.check(&submitted.token).await.map_err(answer)?;
    let hash = (&*submitted.name == "ada").then_some(&*hash);
    if let Err(error) = logins.check(&submitted.name, &submitted.password, hash, &visitor).await {
        let token = session.csrf_token().await.map_err(answer)?;
        return Err(answer(Form::new("Shop").name(&*submitted.name).token(token).error(error)));
    }
    let login = Login::new(submitted.name).grants(Grants::default().role("editor"));
    session.login(login).await.map_err(answer)?;
    Ok(Redirect::to(destination(submitted.next.as_deref(), "/")))
}

async fn home(caller: Authenticated, Extension(sessions): Extension<Sessions>) -> Result<String, Response> {
    let devices = sessions.list(caller.principal().id(), SystemTime::now()).await;
    let devices = devices.map_err(|error| answer(Problem::from(error)))?;
    Ok(format!("{}, logged in on {} devices\n", caller.principal().id(), devices.len()))
}

async fn log_out(session: Session) -> Result<Redirect, Response> {
    session.logout().await.map_err(answer)?;
    Ok(Redirect::to("/login"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sessions =
        Sessions::builder(Arc::new(MemoryStore::new(10_000, 64 << 20))).over_plain_http().build()?;
    let logins = Logins::with(Passwords::new(), Devices::new()?.over_plain_http()?);
    let account = Account(logins.passwords().hash("correct horse").await?.into());

    let auth = Auth::builder().scheme(sessions.clone()).login("/login")?;
    let service = Router::new()
        .route("/", get(home))
        .route("/logout", post(log_out))
        .layer(GateLayer::new(auth.everywhere(Access::authenticated())))
        // What is added after the gate is open to everybody.
        .route("/login", get(page).post(log_in))
        .layer(CookieLayer)
        .layer(Extension((logins, account)))
        .layer(Extension(sessions));
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, service).await?;
    Ok(())
}
