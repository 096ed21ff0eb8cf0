//! A body of a type that nothing can be read into.

use tsk_http::{Json, post};

struct Order;

async fn handler(_: Json<Order>) {}

fn main() {
    let _ = post("/", handler);
}
