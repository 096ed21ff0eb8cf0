//! A service of axum, with its gate, its sessions and its cookies.

use ::axum::{Extension, Router, body::Body, routing::post};
use http::{Request, Response};
use tower_service::Service as _;
use tsk_auth::{
    Auth, Authenticated,
    access::Access,
    session::{CookieLayer, Login, Session, SessionError, Sessions},
};
use tsk_core::GateLayer;

use crate::browser::memory;

async fn login(session: Session) -> String {
    match session.login(Login::new("ada")).await {
        Ok(()) => "welcome".into(),
        Err(error) => error.to_string(),
    }
}

async fn me(caller: Authenticated, session: Session) -> String {
    let visits: Result<u32, SessionError> = async {
        let visits = session.get("visits").await?.unwrap_or(0) + 1;
        session.set("visits", &visits).await?;
        Ok(visits)
    }
    .await;
    format!("{} {}", caller.principal().id(), visits.unwrap())
}

async fn ask(service: &mut Router, path: &str, cookie: Option<&str>) -> (Response<()>, String) {
    let mut request = Request::post(path).header("sec-fetch-site", "same-origin");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let response = service.call(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = ::axum::body::to_bytes(body, 1 << 16).await.unwrap();
    (Response::from_parts(parts, ()), String::from_utf8(bytes.into()).unwrap())
}

#[tokio::test]
async fn sessions_work_in_axum() {
    let sessions = Sessions::new(memory());
    let gate = Auth::builder().scheme(sessions.clone()).everywhere(Access::authenticated());
    let mut service = Router::new()
        .route("/me", post(me))
        .layer(GateLayer::new(gate))
        .route("/login", post(login))
        .layer(CookieLayer)
        .layer(Extension(sessions));
    assert_eq!(ask(&mut service, "/me", None).await.0.status(), 401);
    let (response, said) = ask(&mut service, "/login", None).await;
    assert_eq!(said, "welcome");
    let given = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = given.split(';').next().unwrap();
    assert_eq!(ask(&mut service, "/me", Some(cookie)).await.1, "ada 1");
    assert_eq!(ask(&mut service, "/me", Some(cookie)).await.1, "ada 2");
    let (response, _) = ask(&mut service, "/me", Some("__Host-session=x")).await;
    assert_eq!(response.status(), 401);
    assert!(
        response.headers()["set-cookie"].to_str().unwrap().ends_with("Max-Age=0"),
        "a refusal has it as well"
    );
}
