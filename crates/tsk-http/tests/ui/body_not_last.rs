//! The body can be read once, by the last argument.

use tsk_http::{Json, Path, post};

async fn handler(_: Json<u64>, _: Path<u64>) {}

fn main() {
    let _ = post("/", handler);
}
