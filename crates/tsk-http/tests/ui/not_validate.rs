//! An argument that is to be valid, of a type that does not say when it is.

use tsk_http::{Path, Query, Valid, get};

#[derive(serde::Deserialize)]
struct Page;

async fn handler(_: Valid<Query<Page>>, _: Path<u64>) {}

fn main() {
    let _ = get("/", handler);
}
