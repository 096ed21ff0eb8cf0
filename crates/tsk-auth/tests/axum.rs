//! The gate and what a caller may do, in a router of axum.

#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::Body,
    routing::{get, post},
};
use http::HeaderValue;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower_service::Service as _;
use tsk_auth::{
    Attempt, Auth, Identity, Permits, Scheme,
    access::{Access, Grants, Permission, Roles},
};
use tsk_core::{GateLayer, Head, Principal, principal::Kind};

const WRITE: Permission = Permission::new("posts:write");

/// Believes whoever says which role it has.
struct Says;

impl Scheme for Says {
    fn attempt(&self, head: Head<'_>) -> Attempt {
        match head.headers.get("x-role").map(HeaderValue::to_str) {
            Some(Ok(role)) => {
                let identity = Identity::new(Principal::new("ada", Kind::User));
                Attempt::Known(Arc::new(identity.grants(Grants::default().role(role))))
            }
            _ => Attempt::Absent,
        }
    }

    fn document(&self) -> (&str, Value) {
        ("says", json!({}))
    }
}

fn service(with_auth: bool) -> Router {
    let roles = Roles::builder().role("editor", ["posts:*"]).build().unwrap();
    let auth = Auth::builder().scheme(Says).roles(roles).everywhere(Access::public());
    let open = Router::new()
        .route("/", get(|permits: Option<Permits>| async move { permits.is_some().to_string() }))
        .route("/may", get(|permits: Permits| async move { permits.has(&WRITE).to_string() }))
        .layer(GateLayer::new(auth.clone()));
    let closed = Router::new()
        .route("/posts", post(|| async { "written" }))
        .layer(GateLayer::new(auth.demanding(WRITE)));
    let service = open.merge(closed);
    if with_auth { service.layer(Extension(auth)) } else { service }
}

fn ask(mut service: Router, method: &str, path: &str, role: &str) -> (u16, String) {
    let mut request = http::Request::builder().method(method).uri(path);
    if !role.is_empty() {
        request = request.header("x-role", role);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let response = service.call(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    })
}

#[test]
fn a_handler_asks_what_the_caller_may() {
    let may = |role| ask(service(true), "GET", "/may", role);
    assert_eq!(may("editor"), (200, "true".to_owned()));
    assert_eq!(may("reader"), (200, "false".to_owned()));
    assert_eq!(may("").0, 401);
    assert_eq!(ask(service(true), "GET", "/", ""), (200, "false".to_owned()));
    assert_eq!(ask(service(true), "GET", "/", "reader"), (200, "true".to_owned()));
}

#[test]
fn where_nobody_says_so_nobody_may() {
    assert_eq!(ask(service(false), "GET", "/may", "editor"), (200, "false".to_owned()));
}

#[test]
fn each_group_of_routes_demands_something_else_of_the_same_callers() {
    assert_eq!(ask(service(true), "POST", "/posts", "editor"), (200, "written".to_owned()));
    assert_eq!(ask(service(true), "POST", "/posts", "reader").0, 403);
    assert_eq!(ask(service(true), "POST", "/posts", "").0, 401);
}
