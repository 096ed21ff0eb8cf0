//! actix-web with routes and nothing else. It speaks HTTP/2 with prior knowledge on the same port.

use actix_web::web::{self, Json, JsonConfig, Path, ServiceConfig};
use actix_web::{App, HttpServer};
use contract::{BODY_LIMIT, FURTHER, HELLO, Order, User};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().configure(routes))
        .workers(contract::threads())
        .bind_auto_h2c(("127.0.0.1", contract::port()))?
        .run()
        .await
}

fn routes(app: &mut ServiceConfig) {
    app.app_data(JsonConfig::default().limit(BODY_LIMIT))
        .route("/plaintext", web::get().to(async || HELLO))
        .route("/users/{id}", web::get().to(get_user))
        .route("/echo", web::post().to(echo));
    for (method, template) in contract::further_routes() {
        let method = if method == "POST" { web::post() } else { web::get() };
        app.route(template, method.to(async || FURTHER));
    }
}

async fn get_user(id: Path<u64>) -> Json<User> {
    Json(User::new(id.into_inner()))
}

async fn echo(order: Json<Order>) -> Json<Order> {
    order
}
