//! The routes of both axum peers, and how they are served.

use axum::extract::Path;
use axum::routing::{MethodFilter, get, on, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use contract::{FURTHER, HELLO, Order, User};

pub async fn serve(app: Router) -> std::io::Result<()> {
    let listener = contract::listen().await.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await
}

pub fn routes() -> Router {
    let mut routes = Router::new()
        .route("/plaintext", get(|| async { HELLO }))
        .route("/users/{id}", get(get_user))
        .route("/echo", post(echo));
    for (method, template) in contract::further_routes() {
        let method = if method == "POST" { MethodFilter::POST } else { MethodFilter::GET };
        routes = routes.route(template, on(method, || async { FURTHER }));
    }
    routes
}

async fn get_user(Path(id): Path<u64>) -> Json<User> {
    Json(User::new(id))
}

async fn echo(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}
