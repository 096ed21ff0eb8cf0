//! An argument that cannot be read from a request.

use tsk_http::{Path, get};

struct Session;

async fn handler(_: Path<u64>, _: Session, _: String) {}

fn main() {
    let _ = get("/", handler);
}
