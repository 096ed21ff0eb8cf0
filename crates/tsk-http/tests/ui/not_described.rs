//! A body of a type without a schema, of a route that its handler is to document.

use serde::Deserialize;
use tsk_http::{Json, Router, post};

#[derive(Deserialize)]
struct Order {
    sku: String,
}

async fn order(Json(order): Json<Order>) -> String {
    order.sku
}

fn main() {
    let _ = Router::new().api(post("/orders", order));
}
